import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, it, onTestFinished} from 'vitest';
import {type CheckContext, type DatabaseCheck, makeCheck, makeContext, runChecks} from '../../src/database/check.js';
import {CHECKS} from '../../src/database/checks/all.js';
import {serverCheck} from '../../src/database/checks/server.js';
import {outcomeOf} from '../../src/database/finding.js';
import {configSchema} from '../../src/kernel/config/schema.js';
import type {Database} from '../../src/local/database.js';
import {type Mongo, openMongo} from '../../src/ports/mongo.js';
import {makeTestHost} from '../support/host.js';
import {privateServer} from '../support/mongo.js';

let server: Database;
let mongo: Mongo;
beforeAll(async () => {
	server = await privateServer({testCommands: true});
	mongo = await openMongo(server.uri, makeTestHost());
	await mongo.db('shop').collection('orders').createIndex({userId: 1, createdAt: -1});
}, 60_000);
afterAll(async () => {
	await mongo?.close();
	await server?.stop();
});

function contextOf(signal = new AbortController().signal): CheckContext {
	const {database} = configSchema.parse({
		database: {name: 'shop', indexes: {orders: [{keys: {userId: 1, createdAt: -1}}]}},
	});
	if (database === 'none') throw new Error('there is one');
	return makeContext({mongo, uri: server.uri, config: database, host: makeTestHost({signal})});
}

const checkThat = (run: () => Promise<never[]>): DatabaseCheck => ({id: 'x', title: '', run});

describe('a check', () => {
	it.each([
		['may not be asked', {code: 13}, 'skip', true],
		['is refused by a small tier of Atlas', {code: 8000}, 'skip', true],
		['is refused by words', {code: 1, message: 'setFreeMonitoring is not allowed in this atlas tier'}, 'skip', true],
		['is not known to the server', {code: 59}, 'skip', true],
		['breaks off', {code: 89}, 'inconclusive', undefined],
	])('that %s', async (_, error, verdict, isUnavailable) => {
		const check = checkThat(async () => {
			throw Object.assign(new Error('message' in error ? error.message : 'no'), error);
		});
		const [result] = await runChecks([check], contextOf());
		expect(result?.findings).toMatchObject([{verdict, ...(isUnavailable ? {isUnavailable} : {})}]);
	});

	it('that hangs is inconclusive in time, and holds up no other', async () => {
		const hangs = checkThat(() => new Promise(() => undefined));
		const passes = makeCheck({id: 'y', title: '', gather: async () => 0, judge: () => [{verdict: 'pass', reason: ''}]});
		const results = await runChecks([hangs, passes], contextOf(), 50);
		expect(results.map(({verdict}) => verdict)).toEqual(['inconclusive', 'pass']);
	});

	it('ends at once when it is stopped, save one that cleans up behind itself', async () => {
		const controller = new AbortController();
		const context = contextOf(controller.signal);
		let cleaned = false;
		const cleans: DatabaseCheck = {
			...checkThat(async () => {
				await delay(100);
				cleaned = true;
				throw controller.signal.reason;
			}),
			cleansUp: true,
		};
		const hangs = runChecks([checkThat(() => new Promise(() => undefined))], context);
		const waits = runChecks([cleans], context);
		controller.abort(new Error('Ctrl-C'));
		await expect(hangs).rejects.toThrow('Ctrl-C');
		expect(cleaned).toBe(false);
		await expect(waits).rejects.toThrow('Ctrl-C');
		expect(cleaned).toBe(true);
	});
});

it('tells that a standalone server has no transactions', async () => {
	const alone = await privateServer({standalone: true});
	onTestFinished(() => alone.stop());
	const other = await openMongo(alone.uri, makeTestHost());
	onTestFinished(() => other.close());
	const [result] = await runChecks([serverCheck], {...contextOf(), mongo: other, db: other.db('shop')});
	expect(result?.findings).toContainEqual(expect.objectContaining({verdict: 'warn', subject: 'topology'}));
});

describe('a server that refuses what small tiers of Atlas do', () => {
	it('is judged by the rest, and never fails for it', async () => {
		await mongo.db('admin').command({
			configureFailPoint: 'failCommand',
			mode: 'alwaysOn',
			data: {failCommands: ['serverStatus', 'aggregate', 'replSetGetStatus', 'listDatabases'], errorCode: 8000},
		});
		try {
			const results = await runChecks(CHECKS, contextOf());
			const findings = results.flatMap(({findings: own}) => own);
			expect(outcomeOf(findings)).toMatch(/pass|warn/);
			expect(outcomeOf(findings, true)).toBe('inconclusive');
			const untold = findings.filter(({isUnavailable}) => isUnavailable === true).map(({subject}) => subject);
			expect(untold).toEqual(expect.arrayContaining(['usage', 'now', 'pools']));
		} finally {
			await mongo.db('admin').command({configureFailPoint: 'failCommand', mode: 'off'});
		}
	});
});
