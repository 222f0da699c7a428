import {describe, expect, it} from 'vitest';
import {judgeLive} from '../../../../src/audit/checks/health/live.js';
import {judgeScrape} from '../../../../src/audit/checks/health/metrics.js';
import {judgeReady} from '../../../../src/audit/checks/health/ready.js';
import type {HealthAnswer} from '../../../../src/audit/facts/health.js';
import {leaksOf} from '../../../../src/audit/facts/health.js';
import {parseMetrics} from '../../../../src/ports/metrics-text.js';

const OK = {
	status: 'ok',
	version: '1.2.0',
	commit: '4f2c91e',
	environment: 'production',
	checks: {database: {status: 'up', latencyMs: 1.2}},
};
const answer = (changes: Partial<HealthAnswer> = {}): HealthAnswer => ({
	path: '/api/health',
	status: 200,
	body: OK,
	cacheControl: ['no-store'],
	firstByteMs: 4,
	...changes,
});
const guess = {isDeclared: false, host: 'shop.example'};
const declared = {...guess, isDeclared: true};

describe('health.live', () => {
	it.each([
		['passes the contract', answer(), guess, 'pass'],
		['passes no-cache', answer({cacheControl: ['no-cache']}), guess, 'pass'],
		['passes a health without a word of state', answer({body: {uptime: 3}}), guess, 'pass'],
		['skips a page where a health would be', answer({body: undefined}), guess, 'skip'],
		['fails it for a declared shop', answer({body: undefined}), declared, 'fail'],
		['skips 404', answer({status: 404, body: undefined}), guess, 'skip'],
		['skips a 404 in JSON', answer({status: 404, body: {error: 'not found'}}), guess, 'skip'],
		['fails 404 of a declared shop', answer({status: 404, body: undefined}), declared, 'fail'],
		['skips an API that lets nobody in', answer({status: 401, body: {}}), guess, 'skip'],
		['fails 503', answer({status: 503}), guess, 'fail'],
		['fails 502 of a proxy', answer({status: 502, body: undefined}), guess, 'fail'],
		['fails one that says it is down', answer({body: {status: 'down'}}), guess, 'fail'],
		['fails one that is kept', answer({cacheControl: ['public, max-age=30']}), guess, 'fail'],
		['warns where nothing is said of caches', answer({cacheControl: []}), guess, 'warn'],
		['warns of one that is slow', answer({firstByteMs: 900}), guess, 'warn'],
		['fails one that tells an address inside', answer({body: {...OK, redis: '10.1.2.3:6379'}}), guess, 'fail'],
	])('%s', (_title, facts, terms, expected) => {
		expect(judgeLive(facts, terms).verdict).toBe(expected);
	});

	it('holds no figure in its words, which are the same in every run', () => {
		expect(judgeLive(answer({firstByteMs: 901.5}), guess).reason).not.toContain('901');
	});
});

describe('what a health tells of the inside', () => {
	it.each([
		['the contract', OK, 0],
		[
			'the deep health of the contract',
			{
				status: 'up',
				latencyMs: 1,
				name: 'sastabazar',
				pool: {max: 10},
				indexes: {present: ['orders.userId_1_createdAt_-1'], missing: []},
				privileges: {user: 'shop', roles: ['readWrite@sastabazar'], excessive: []},
			},
			0,
		],
		['its own host', {host: 'shop.example'}, 0],
		['a version with four parts at its top', {version: '1.2.3.4'}, 0],
		['a connection string', {db: 'mongodb+srv://cluster0.abc.mongodb.net/shop'}, 1],
		['a host of a cluster', {where: 'mongo-0.mongo.default.svc.cluster.local'}, 1],
		['a machine’s name', {hostname: 'ip-10-0-0-3'}, 1],
		['an address', {upstream: {peer: '192.168.0.7'}}, 1],
		['a version of Node', {nodeVersion: 'v20.20.2'}, 1],
		['a version of the database', {checks: {database: {status: 'up', version: '7.0.14'}}}, 1],
		['versions', {versions: {v8: '11.3.244'}}, 1],
		['a stack', {error: 'Error: x\n    at connect (/srv/app/db.js:12:3)'}, 1],
		['a path', {cwd: '/home/deploy/shop'}, 1],
	])('%s', (_title, body, expected) => {
		expect(leaksOf(body, 'shop.example')).toHaveLength(expected);
	});

	it('is looked for within bounds, however deep the body', () => {
		let body: Record<string, unknown> = {host: 'inside'};
		for (let depth = 0; depth < 5000; depth++) body = {a: body};
		expect(leaksOf(body, 'shop.example')).toEqual([]);
	});
});

describe('health.ready', () => {
	const deep = answer({path: '/api/health/db', body: {status: 'up', latencyMs: 1}});
	const none = answer({path: '/api/health/db', status: 404, body: undefined});
	it.each([
		['passes both', answer(), deep, guess, 'pass'],
		['passes a health that tells of its parts', answer(), none, declared, 'pass'],
		[
			'understands parts said by a word or by yes',
			answer({body: {status: 'ok', checks: {database: 'up', cache: true}}}),
			none,
			guess,
			'pass',
		],
		[
			'fails a part that is down beside 200',
			answer({body: {status: 'ok', checks: {database: {status: 'down'}}}}),
			deep,
			guess,
			'fail',
		],
		['fails a part that is down by no', answer({body: {status: 'ok', checks: {cache: false}}}), deep, guess, 'fail'],
		['fails a database that is down', answer(), {...deep, status: 503, body: {status: 'down'}}, guess, 'fail'],
		['fails a database that is down beside 200', answer(), {...deep, body: {status: 'down'}}, guess, 'fail'],
		['skips a health that does not tell', answer({body: {status: 'ok'}}), none, declared, 'skip'],
		[
			'warns of a deep health that does not',
			answer({body: {status: 'ok'}}),
			{...deep, body: {latencyMs: 1}},
			guess,
			'warn',
		],
		[
			'does not fail an index that is missing, which another check is for',
			answer(),
			{...deep, body: {status: 'up', indexes: {present: [], missing: ['users.email_1']}}},
			guess,
			'pass',
		],
		['skips a site without an API', answer({status: 404, body: undefined}), none, guess, 'skip'],
		[
			'skips a site that answers everything with its page',
			answer({body: undefined}),
			{...none, status: 200},
			guess,
			'skip',
		],
		['fails one that tells a host', answer(), {...deep, body: {status: 'up', host: 'db-1.internal'}}, guess, 'fail'],
	])('%s', (_title, health, ready, terms, expected) => {
		expect(judgeReady({health, deep: ready}, terms).verdict).toBe(expected);
	});
});

const GOOD = [
	'process_start_time_seconds 1.7e9',
	'http_requests_total{method="GET",route="/api/orders/:id",status_class="2xx"} 4',
	'http_request_duration_seconds_bucket{route="/api/orders/:id",le="0.5"} 4',
	'http_request_duration_seconds_bucket{route="/api/orders/:id",le="+Inf"} 4',
];

describe('metrics.scrape', () => {
	const judge = (status: number, lines: readonly string[]) =>
		[judgeScrape({path: '/metrics', status, samples: parseMetrics(lines.join('\n'))})]
			.flat()
			.map(({verdict, subject, reason}) => `${verdict} ${subject ?? reason}`);
	it.each([
		['passes what objectives need', 200, GOOD, [/^pass/]],
		['skips a shop without', 404, [], [/^skip/]],
		['fails a token that is refused', 401, [], [/^fail .*refuses/]],
		['fails a page that is none', 200, ['<html>'], [/^fail .*no text/]],
		['fails what is missing', 200, GOOD.slice(0, 1), [/^fail .*http_requests_total, http_request_duration/]],
		[
			'fails an id in a route',
			200,
			[...GOOD, 'http_requests_total{route="/api/orders/64b7f2c91e4f2c91e4f2c91e"} 1'],
			[/^fail metric http_requests_total/],
		],
		[
			'fails a label that grows',
			200,
			[...GOOD, ...Array.from({length: 1001}, (_, index) => `visits_total{who="u${index}"} 1`)],
			[/^fail metric visits_total/],
		],
		[
			'does not count the edges of a histogram',
			200,
			[...GOOD, ...Array.from({length: 1200}, (_, index) => `size_bucket{le="${index}"} 1`)],
			[/^pass/],
		],
	] as const)('%s', (_title, status, lines, expected) => {
		expect(judge(status, lines)).toEqual(expected.map((one) => expect.stringMatching(one)));
	});
});
