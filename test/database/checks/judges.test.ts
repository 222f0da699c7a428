import {describe, expect, it} from 'vitest';
import {judgeBackups} from '../../../src/database/checks/backups.js';
import {judgeIndexes} from '../../../src/database/checks/indexes.js';
import {judgeLogIn, judgeTls} from '../../../src/database/checks/log-in.js';
import {judgeName} from '../../../src/database/checks/name.js';
import {judgePool} from '../../../src/database/checks/pool.js';
import {judgeProbe} from '../../../src/database/checks/probe.js';
import {judgeQueries} from '../../../src/database/checks/queries.js';
import {judgeTopology, type Member} from '../../../src/database/checks/server.js';
import {judgeSlow} from '../../../src/database/checks/slow.js';
import {judgeSpare, mergeUsage, type SpareFacts} from '../../../src/database/checks/spare-indexes.js';
import {judgeState} from '../../../src/database/checks/state.js';
import {judgeValidators} from '../../../src/database/checks/validators.js';
import {outcomeOf} from '../../../src/database/finding.js';
import {judgeVersion} from '../../../src/database/versions.js';

const DAY_MS = 86_400_000;
const NOW = Date.parse('2026-11-25T00:00:00Z');

describe('the verdict of all findings', () => {
	it.each([
		[['pass', 'warn', 'fail', 'inconclusive'], 'fail'],
		[['pass', 'warn', 'inconclusive'], 'inconclusive'],
		[['pass', 'warn', 'skip'], 'warn'],
		[['pass', 'skip'], 'pass'],
		[['skip'], 'inconclusive'],
		[[], 'inconclusive'],
	] as const)('of %j is %s', (verdicts, outcome) => {
		expect(outcomeOf(verdicts.map((verdict) => ({verdict})))).toBe(outcome);
	});

	it('takes what is not told for inconclusive only when asked to', () => {
		const findings = [{verdict: 'pass'}, {verdict: 'skip', isUnavailable: true}] as const;
		expect([outcomeOf(findings), outcomeOf(findings, true)]).toEqual(['pass', 'inconclusive']);
	});
});

describe('a version', () => {
	it.each([
		['8.0.17', {}, 'pass'],
		['8.0.16', {}, 'fail'],
		['8.0.16', {isAtlas: true}, 'pass'],
		['7.0.28', {}, 'pass'],
		['6.0.27', {}, 'warn'],
		['4.2.25', {}, 'warn'],
		['9.4.0', {}, 'pass'],
		['nonsense', {}, 'pass'],
		['5.0.0', {product: 'FerretDB'}, 'pass'],
	] as const)('%s %j is %s in November 2026', (version, more, verdict) => {
		expect(judgeVersion({version, product: undefined, isAtlas: false, ...more}, NOW).verdict).toBe(verdict);
	});
});

describe('a topology', () => {
	const member = (state: string, more: Partial<Member> = {}): Member => ({
		name: `${state}:27017`,
		state,
		isHealthy: true,
		lagSeconds: 0,
		...more,
	});
	it.each([
		['standalone', {kind: 'standalone'}, 'warn'],
		['sharded', {kind: 'sharded'}, 'pass'],
		['of which nothing is told', {kind: 'replica set', hosts: ['a', 'b', 'c'], members: undefined}, 'pass'],
		['of one', {kind: 'replica set', hosts: ['a'], members: [member('PRIMARY')]}, 'pass'],
		['of two', {kind: 'replica set', hosts: [], members: [member('PRIMARY'), member('SECONDARY')]}, 'warn'],
		[
			'of three',
			{kind: 'replica set', hosts: [], members: [member('PRIMARY'), member('SECONDARY'), member('SECONDARY')]},
			'pass',
		],
		[
			'with one lost',
			{
				kind: 'replica set',
				hosts: [],
				members: [member('PRIMARY'), member('SECONDARY'), member('(not reachable/healthy)', {isHealthy: false})],
			},
			'warn',
		],
		[
			'without a majority',
			{
				kind: 'replica set',
				hosts: [],
				members: [member('SECONDARY'), member('DOWN', {isHealthy: false}), member('DOWN', {isHealthy: false})],
			},
			'fail',
		],
		[
			'with one far behind',
			{
				kind: 'replica set',
				hosts: [],
				members: [member('PRIMARY'), member('SECONDARY'), member('SECONDARY', {lagSeconds: 11})],
			},
			'warn',
		],
	] as const)('%s', (_, topology, verdict) => {
		expect(judgeTopology(topology).map((finding) => finding.verdict)).toEqual([verdict]);
	});
});

describe('a log-in', () => {
	const facts = {anonymous: 'refused', isEncrypted: true, trustsAnybody: false, isOnThisMachine: false} as const;
	it.each([
		[facts, 'pass', 'pass'],
		[{...facts, anonymous: 'open'}, 'fail', 'pass'],
		[{...facts, anonymous: 'open', isOnThisMachine: true, isEncrypted: false}, 'warn', 'pass'],
		[{...facts, anonymous: {unclear: 'it hung up'}}, 'inconclusive', 'pass'],
		[{...facts, isEncrypted: false}, 'pass', 'fail'],
		[{...facts, trustsAnybody: true}, 'pass', 'fail'],
	] as const)('%j: %s, TLS %s', (given, logIn, tls) => {
		expect([judgeLogIn(given).verdict, judgeTls(given).verdict]).toEqual([logIn, tls]);
	});
});

describe('a name', () => {
	const wanted = ['users', 'products', 'orders'];
	it('passes with the collections of the shop', () => {
		expect(judgeName({name: 'shop', found: [...wanted, 'more'], wanted, others: []}).verdict).toBe('pass');
	});

	it.each([
		['one that differs in capitals', [{name: 'Shop', has: 0}], 'Shop is there: it differs in capital letters only'],
		[
			'the fullest, and of those the nearest',
			[
				{name: 'shop2', has: 3},
				{name: 'archive', has: 3},
				{name: 'shoq', has: 1},
			],
			'shop2 has 3 of the 3 collections the shop needs',
		],
	])('of an empty database suggests %s', (_, others, why) => {
		expect(judgeName({name: 'shop', found: [], wanted, others})).toMatchObject({verdict: 'fail', evidence: [why]});
	});

	it('is not told where nobody may see it', () => {
		expect(judgeName({name: 'shop', found: undefined, wanted, others: undefined})).toMatchObject({
			verdict: 'skip',
			isUnavailable: true,
		});
	});
});

describe('pools', () => {
	const pool = {workers: 4, maxPoolSize: 20, reserve: 20} as const;
	const connections = {current: 10, available: 490};
	it.each([
		['fit', {pool, connections, poolOfAddress: undefined}, 'pass'],
		['are too many', {pool: {...pool, maxPoolSize: 200}, connections, poolOfAddress: undefined}, 'fail'],
		['leave little', {pool: {...pool, maxPoolSize: 100}, connections, poolOfAddress: undefined}, 'warn'],
		[
			'are the driver’s hundred by default',
			{pool: {workers: 5, reserve: 20}, connections, poolOfAddress: undefined},
			'fail',
		],
		['are what the address says', {pool: {workers: 5, reserve: 20}, connections, poolOfAddress: 10}, 'pass'],
		['go by the tier', {pool: {...pool, maxPoolSize: 200, tier: 'M10'}, connections, poolOfAddress: undefined}, 'pass'],
		['have no limit that is told', {pool, connections: undefined, poolOfAddress: undefined}, 'skip'],
	] as const)('%s', (_, facts, verdict) => {
		expect(judgePool(facts as Parameters<typeof judgePool>[0]).verdict).toBe(verdict);
	});

	it('too large are told the size that fits, and it does', () => {
		const facts = {pool: {...pool, maxPoolSize: 200}, connections, poolOfAddress: undefined};
		const most = Number(/maxPoolSize (\d+)/.exec(judgePool(facts).mend?.[0] ?? '')?.[1]);
		expect(judgePool({...facts, pool: {...pool, maxPoolSize: most}}).verdict).not.toBe('fail');
		expect(judgePool({...facts, pool: {...pool, maxPoolSize: most + 1}}).verdict).toBe('fail');
	});
});

describe('queries', () => {
	const query = {
		collection: 'orders',
		index: 'userId_1',
		stages: ['FETCH', 'IXSCAN'],
		scanned: ['userId_1'],
		documents: 5000,
		executed: {returned: 10, documentsExamined: 10, keysExamined: 10},
	};
	it.each([
		['by an index', query, 'pass'],
		['by a scan', {...query, stages: ['COLLSCAN']}, 'fail'],
		['by a scan of few', {...query, stages: ['COLLSCAN'], documents: 1000}, 'pass'],
		['that sorts in memory', {...query, stages: ['SORT', 'FETCH', 'IXSCAN'], scanned: ['status_1']}, 'warn'],
		['that the server sorts once more', {...query, stages: ['SORT', 'FETCH', 'IXSCAN']}, 'pass'],
		['that reads much', {...query, executed: {...query.executed, documentsExamined: 101}}, 'warn'],
		['that reads far too much', {...query, executed: {returned: 0, documentsExamined: 1001, keysExamined: 1}}, 'fail'],
		['that could not be run', {...query, executed: undefined}, 'pass'],
	] as const)('%s', (_, facts, verdict) => {
		expect(judgeQueries([facts]).map((finding) => finding.verdict)).toEqual([verdict]);
	});
});

describe('indexes that cost for nothing', () => {
	const spare = (found: SpareFacts['collections'][number]['found'], more: object = {}) =>
		judgeSpare({
			nowMs: NOW,
			collections: [{collection: 'orders', needed: [], usage: undefined, found, ...more}],
		}).filter(({verdict}) => verdict === 'warn');
	const wide = {name: 'userId_1_createdAt_-1', key: {userId: 1, createdAt: -1}};

	it.each([
		['the beginning of another', {name: 'userId_1', key: {userId: 1}}],
		['the beginning, turned', {name: 'userId_-1', key: {userId: -1}}],
	])('are told: %s', (_, index) => {
		expect(spare([index, wide]).map(({subject}) => subject)).toEqual([`orders.${index.name}`]);
	});

	it.each([
		['_id', {name: '_id_', key: {_id: 1}}],
		['a unique one', {name: 'u', key: {userId: 1}, unique: true}],
		['a TTL', {name: 't', key: {userId: 1}, expireAfterSeconds: 1}],
		['a sparse one', {name: 's', key: {userId: 1}, sparse: true}],
		['a partial one', {name: 'p', key: {userId: 1}, partialFilterExpression: {a: 1}}],
		['a hidden one', {name: 'h', key: {userId: 1}, hidden: true}],
		['one of another collation', {name: 'c', key: {userId: 1}, collation: {locale: 'en'}}],
		['the second field of another', {name: 'createdAt_-1', key: {createdAt: -1}}],
		['other directions', {name: 'o', key: {userId: 1, createdAt: 1}}],
		['a text index', {name: 'x', key: {userId: 'text'}}],
	])('are not told: %s', (_, index) => {
		expect(spare([index, wide])).toEqual([]);
	});

	it('do not count as served by one that leaves documents out', () => {
		const index = {name: 'userId_1', key: {userId: 1}};
		for (const more of [{sparse: true}, {hidden: true}, {partialFilterExpression: {a: 1}}])
			expect(spare([index, {...wide, ...more}])).toEqual([]);
	});

	it.each([
		['never used in eight days', 0, 8, ['orders.old']],
		['used once', 1, 8, []],
		['counted for six days only', 0, 6, []],
	])('by use: %s', (_, ops, days, subjects) => {
		const usage = [{name: 'old', ops, sinceMs: NOW - days * DAY_MS}];
		expect(spare([{name: 'old', key: {old: 1}}], {usage}).map(({subject}) => subject)).toEqual(subjects);
	});

	it('are used when one shard uses them, and counted since the last shard began', () => {
		const of = (ops: number, sinceMs: number | undefined) => ({name: 'a', ops, sinceMs});
		expect(mergeUsage([of(0, 5), of(3, 9), {name: 'b', ops: 1, sinceMs: 1}])).toEqual([
			of(3, 9),
			{name: 'b', ops: 1, sinceMs: 1},
		]);
		expect(mergeUsage([of(0, 5), of(0, undefined)])).toEqual([of(0, undefined)]);
	});

	it('are not told when they are declared, unique, or when nobody says since when is counted', () => {
		const unused = (sinceMs: number | undefined) => [{name: 'old', ops: 0, sinceMs}];
		const since = NOW - 30 * DAY_MS;
		const index = {name: 'old', key: {old: 1}};
		expect(spare([index], {usage: unused(since), needed: [{keys: {old: 1}}]})).toEqual([]);
		expect(spare([{...index, unique: true}], {usage: unused(since)})).toEqual([]);
		expect(spare([index], {usage: unused(undefined)})).toEqual([]);
	});
});

describe('declared indexes', () => {
	it('are told with the command that makes them', () => {
		const needed = [{keys: {email: 1}, unique: true}];
		expect(judgeIndexes([{collection: 'users', needed, found: []}])).toMatchObject([
			{verdict: 'fail', subject: 'users.email_1', mend: ['sastaops db indexes create users']},
		]);
		const found = [{name: 'email_1', key: {email: 1}}];
		expect(judgeIndexes([{collection: 'users', needed, found}])).toMatchObject([
			{verdict: 'fail', evidence: ['it is not unique, and must be'], mend: ['sastaops db indexes plan users']},
		]);
	});
});

it.each([
	[undefined, 'skip'],
	[[], 'pass'],
	[[{name: 'a', hasValidator: false, isLax: false}], 'pass'],
	[[{name: 'a', hasValidator: true, isLax: true}], 'warn'],
	[[{name: 'a', hasValidator: false, isLax: true}], 'pass'],
] as const)('validators %j are %s', (facts, verdict) => {
	expect(judgeValidators(facts).verdict).toBe(verdict);
});

it.each([
	[undefined, undefined, ['skip', 'skip']],
	[[], [], ['pass', 'pass']],
	[[{op: 'query', namespace: 'shop.orders', ms: 4000, plan: 'COLLSCAN'}], [], ['warn', 'pass']],
	[[], [{op: 'query', namespace: 'shop.orders', ms: 4000, plan: undefined}], ['pass', 'warn']],
] as const)('slow operations, now %j and today %j, are %j', (running, profiled, verdicts) => {
	expect(judgeSlow({running, isOwnOnly: false, profiled}).map(({verdict}) => verdict)).toEqual(verdicts);
});

describe('the state', () => {
	const about = {shop: 'shop', name: 'sastaops_state', isSameServer: true};
	const holder = {id: 'a', host: 'h', pid: 1, pidStartedAt: 'x', command: 'release create', url: undefined, since: 0};
	const state = {canWrite: 'yes', holder: undefined, isDead: false, remainingMs: 0} as const;
	it.each([
		['apart and free', {...about, state}, 'pass'],
		['in the shop’s own database', {...about, name: 'shop', state}, 'fail'],
		['of the same name on another server', {...about, name: 'shop', isSameServer: false, state}, 'pass'],
		['out of reach', {...about, state: {unreachable: 'nobody answers'}}, 'fail'],
		['that may not be written', {...about, state: {...state, canWrite: 'no'}}, 'warn'],
		['that may not be read', {...about, state: {unavailable: 'this user may not ask'}}, 'warn'],
		['held by a run at work', {...about, state: {...state, holder}}, 'pass'],
		['held by a dead run', {...about, state: {...state, holder, isDead: true}}, 'warn'],
	] as const)('%s', (_, facts, verdict) => {
		expect(judgeState(facts).verdict).toBe(verdict);
	});
});

describe('backups', () => {
	const facts = {store: './backups', database: 'shop', damaged: []};
	const newest = {id: 'b1', createdMs: NOW - DAY_MS, isVerified: true};
	it.each([
		[undefined, [], 'warn'],
		[newest, [], 'pass'],
		[{...newest, isVerified: false}, [], 'warn'],
		[{...newest, createdMs: NOW - 8 * DAY_MS}, [], 'warn'],
		[newest, ['b0'], 'warn'],
	] as const)('%j, damaged %j, are %s', (backup, damaged, verdict) => {
		expect(judgeBackups({...facts, newest: backup, damaged}, NOW).verdict).toBe(verdict);
	});
});

describe('a probe', () => {
	it.each([
		['that worked', {done: ['write'], leftovers: []}, ['pass']],
		['not tried', {barred: 'it may not', done: [], leftovers: []}, ['skip']],
		[
			'that was refused',
			{done: [], failed: {step: 'write', reason: 'not authorized', isRefusal: true}, leftovers: []},
			['fail'],
		],
		[
			'cut off by the network',
			{done: ['write'], failed: {step: 'read', reason: 'it hung up', isRefusal: false}, leftovers: []},
			['inconclusive'],
		],
		['that stays', {done: ['write'], left: {name: 'sastaops_probe_1', reason: 'no'}, leftovers: []}, ['pass', 'fail']],
		['after one that stayed', {done: ['write'], leftovers: ['sastaops_probe_0']}, ['pass', 'warn']],
	] as const)('%s', (_, facts, verdicts) => {
		expect(judgeProbe(facts as Parameters<typeof judgeProbe>[0]).map(({verdict}) => verdict)).toEqual(verdicts);
	});
});
