import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {MongoClient} from 'mongodb';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {judge} from '../../../src/load/timeouts/judge.js';
import {SCENARIO_NAMES, type ScenarioName} from '../../../src/load/timeouts/names.js';
import {tryTimeouts} from '../../../src/load/timeouts/run.js';
import type {Seen} from '../../../src/load/timeouts/seen.js';
import {readSettings} from '../../../src/load/timeouts/settings.js';
import {type Ground, withTrial} from '../../../src/load/timeouts/trial.js';
import type {Database} from '../../../src/local/database.js';
import {freePort} from '../../../src/local/free-port.js';
import {openMongo} from '../../../src/ports/mongo.js';
import {makeTestHost} from '../../support/host.js';
import {freshDatabase, privateServer, testMongoUri} from '../../support/mongo.js';

const SHORT = [
	'connectTimeoutMS=500',
	'serverSelectionTimeoutMS=900',
	'socketTimeoutMS=1500',
	'waitQueueTimeoutMS=1000',
	'heartbeatFrequencyMS=500',
	'maxPoolSize=3',
	'maxTimeMS=100',
];

let server: Database;
beforeAll(async () => {
	server = await privateServer({testCommands: true});
});
afterAll(async () => {
	await server.stop();
});

const loadDatabases = async (uri: string) => {
	const mongo = await openMongo(uri, makeTestHost());
	const {databases} = await mongo.db('admin').admin().listDatabases({nameOnly: true});
	await mongo.close();
	return databases.map(({name}) => name).filter((name) => name.startsWith('sastaops_load_'));
};

const listeners = () => process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length;

describe('timeouts of a shop that bounds its waits', () => {
	let all: ReadonlyMap<ScenarioName, Seen>;
	let open: number;
	beforeAll(async () => {
		open = listeners();
		const choice = {uri: server.uri, options: SHORT, only: SCENARIO_NAMES, patienceMs: 6000, knows: false};
		const {seen, isClean} = await tryTimeouts(choice, makeTestHost());
		expect(isClean).toBe(true);
		all = new Map(seen.flatMap((one) => ('why' in one ? [] : [[one.scenario, one]])));
	});
	const seen = (name: ScenarioName) => all.get(name) as Seen;
	const nameOf = ({outcome}: Seen) => (outcome.kind === 'error' ? outcome.error.name : outcome.kind);

	it('tries every scenario, leaks no connection, listens nowhere and leaves no database', async () => {
		expect([...all.keys()]).toEqual(SCENARIO_NAMES);
		for (const {scenario, connections} of all.values())
			expect(connections, scenario).toMatchObject({notReturned: 0, leftOpen: 0});
		expect(listeners()).toBe(open);
		expect(await loadDatabases(server.uri)).toEqual([]);
	});

	it.each<[ScenarioName, string, number, number]>([
		['slow', 'ok', 1000, 1450],
		['mute', 'MongoServerSelectionError', 900, 1500],
		['refuse', 'MongoServerSelectionError', 900, 1500],
		['pool', 'MongoWaitQueueTimeoutError', 1000, 1400],
		// The first try by socketTimeoutMS, the second at once on another connection.
		['stuck', 'ok', 1500, 2200],
	])('%s ends as %s, no sooner and not much later than configured', (name, outcome, least, most) => {
		expect(nameOf(seen(name))).toBe(outcome);
		expect(seen(name).afterMs).toBeGreaterThanOrEqual(least - 2);
		expect(seen(name).afterMs).toBeLessThan(most);
	});

	it('ends what hangs although nothing answers', () => {
		const {outcome, afterMs} = seen('hang');
		expect(outcome.kind).toBe('error');
		expect(afterMs).toBeLessThan(5000);
	});

	it.each<[ScenarioName, number]>([
		['reset', 2],
		['reset-write', 2],
		['election', 2],
		['shutdown', 2],
		['stuck', 2],
		['slow', 1],
		['pool', 0],
		['refuse', 0],
	])('counts the tries of %s: %i', (name, tries) => {
		expect(seen(name).tries).toBe(tries);
	});

	it('proves that a write whose answer was lost is there once, not twice', () => {
		expect(seen('reset-write')).toMatchObject({outcome: {kind: 'ok'}, stored: 1});
		expect(seen('shutdown')).toMatchObject({outcome: {kind: 'ok'}, stored: 1});
	});

	it('finds that a client whose first connection failed works only after another connect()', () => {
		expect(seen('refuse')).toMatchObject({recoveredMs: null, reconnectedMs: expect.any(Number)});
	});

	it('measures how soon a server that returned is used', () => {
		const {recoveredMs, faultMs} = seen('gone');
		expect(faultMs).toBeGreaterThan(1990);
		expect(recoveredMs).toBeLessThan(2000);
	});

	it('sees the limit of the server itself', () => {
		expect(seen('busy').outcome).toMatchObject({kind: 'error', error: {code: 50, codeName: 'MaxTimeMSExpired'}});
	});

	it('sees when a heartbeat is given up', () => {
		expect(seen('mute').heartbeatMs).toBeGreaterThanOrEqual(495);
		expect(seen('mute').heartbeatMs).toBeLessThan(900);
	});
});

describe('timeouts of a shop that does not', () => {
	it('finds waits without an end, within its own patience, and what is lost when nothing is tried twice', async () => {
		const host = makeTestHost();
		const options = ['maxPoolSize=2', 'retryReads=false'];
		const only: ScenarioName[] = ['stuck', 'reset', 'pool'];
		const beganMs = host.monotonicMs();
		const {seen, settings} = await tryTimeouts(
			{uri: testMongoUri(), options, only, patienceMs: 1500, knows: false},
			host,
		);
		expect(host.monotonicMs() - beganMs).toBeLessThan(8000);
		const verdicts = Object.fromEntries(seen.map((one) => [one.scenario, judge(one, settings, 1500).verdict]));
		expect(verdicts).toEqual({stuck: 'fail', reset: 'warn', pool: 'fail'});
		expect(seen[1]).toMatchObject({outcome: {error: {name: 'MongoNetworkError'}}, tries: 1});
	});
});

describe('timeouts that are too short for a healthy server', () => {
	it('are told by their error, and nothing is claimed of the faults', async () => {
		const options = ['waitQueueTimeoutMS=1'];
		const choice = {uri: testMongoUri(), options, only: ['slow' as const], patienceMs: 1000, knows: false};
		const {seen, isClean} = await tryTimeouts(choice, makeTestHost());
		expect(seen).toEqual([{scenario: 'slow', why: expect.stringContaining('MongoWaitQueueTimeoutError')}]);
		expect(isClean).toBe(true);
	});
});

describe('a client that leaks', () => {
	it('is caught by what the proxy still holds open', async () => {
		const fresh = await freshDatabase();
		const {hostname, port} = new URL(fresh.uri.replace('mongodb:', 'http:'));
		const host = makeTestHost();
		const settings = readSettings(fresh.uri, [], host.redact);
		const ground: Ground = {
			uri: fresh.uri,
			settings,
			target: {host: hostname, port: Number(port)},
			servername: undefined,
			db: fresh.mongo.db(fresh.name),
			patienceMs: 1000,
			hasTestCommands: false,
			host,
		};
		let forgotten: MongoClient | undefined;
		const seen = await withTrial('slow', ground, async (trial) => {
			forgotten = new MongoClient(`mongodb://127.0.0.1:${trial.proxy.port}/?directConnection=true`);
			await forgotten.db(fresh.name).collection('things').findOne();
			return trial.attempt();
		});
		await forgotten?.close();
		await fresh.drop();
		// Its monitors and one connection of its pool.
		expect(seen.connections.leftOpen).toBeGreaterThanOrEqual(2);
		expect(judge(seen, settings, 1000).verdict).toBe('fail');
	});
});

describe('a server that is killed in the middle', () => {
	it('and started again lets the run end with what was seen, and nothing left', async () => {
		const host = makeTestHost();
		const storagePath = await mkdtemp(join(tmpdir(), 'sastaops-timeouts-'));
		const port = await freePort();
		const first = await privateServer({storagePath, port});
		const choice = {uri: first.uri, options: SHORT, patienceMs: 2000, knows: false};
		const running = tryTimeouts({...choice, only: ['slow', 'hang', 'mute', 'pool', 'election']}, host);
		await host.sleep(700);
		await first.kill();
		const second = await privateServer({storagePath, port});
		try {
			const {seen, isClean} = await running;
			expect(seen.map(({scenario}) => scenario)).toEqual(['slow', 'hang', 'mute', 'pool', 'election']);
			expect(seen.at(-1)).toEqual({scenario: 'election', why: 'the server has no test commands'});
			expect(isClean).toBe(true);
			expect(await loadDatabases(second.uri)).toEqual([]);
		} finally {
			await second.stop();
			await rm(storagePath, {recursive: true, force: true});
		}
	});
});

describe('a run that is not allowed', () => {
	it('to try a server elsewhere connects to nothing', async () => {
		const choice = {
			uri: 'mongodb://db.shop.example/',
			options: [],
			only: SCENARIO_NAMES,
			patienceMs: 1000,
			knows: false,
		};
		await expect(tryTimeouts(choice, makeTestHost())).rejects.toMatchObject({code: 'LOAD_NOT_LOCAL', exitCode: 4});
	});
});
