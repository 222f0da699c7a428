import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {type OpenShop, openShop} from '../../../src/app/shop.js';
import type {Database} from '../../../src/local/database.js';
import {openMongo} from '../../../src/ports/mongo.js';
import {makeTestHost} from '../../support/host.js';
import {privateServer} from '../../support/mongo.js';
import {testSettings} from '../test-settings.js';

/** What any request may take while the database does not do its part. */
const BOUND_MS = 4000;

let server: Database;
let storagePath: string;
let shop: OpenShop;
let port: number;

beforeAll(async () => {
	storagePath = `/tmp/sastaops-test-away-${process.pid}`;
	server = await privateServer({storagePath, testCommands: true});
	port = Number(/:(\d+)/.exec(server.uri.slice('mongodb://'.length))?.[1]);
	const settings = testSettings(
		{uri: server.uri, name: 'sastabazar'},
		{POOL_MAX: '4', POOL_WAIT_MS: '1000', REQUEST_TIMEOUT_MS: '2500'},
	);
	shop = await openShop({settings}, makeTestHost());
});
afterAll(async () => {
	await shop.close();
	await server.stop();
	const {rm} = await import('node:fs/promises');
	await rm(storagePath, {recursive: true, force: true});
});

async function ask(path: string) {
	const startedMs = performance.now();
	const response = await fetch(`${shop.url}${path}`);
	return {
		status: response.status,
		retryAfter: response.headers.get('retry-after'),
		body: (await response.json()) as Record<string, unknown>,
		ms: performance.now() - startedMs,
	};
}

const askMany = (count: number, path: string) => Promise.all(Array.from({length: count}, () => ask(path)));
const settle = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function expectWell() {
	await expect.poll(async () => (await ask('/api/health/db')).status, {timeout: 15_000}).toBe(200);
	await settle(1100);
	const answers = await askMany(12, '/api/products');
	expect(answers.map(({status}) => status)).toEqual(Array(12).fill(200));
	const {pool} = (await ask('/api/health/db')).body as {pool: {inUse: number; waiting: number; connections: number}};
	expect(pool.inUse).toBeLessThanOrEqual(1);
	expect(pool.waiting).toBe(0);
	expect(pool.connections).toBeLessThanOrEqual(4);
}

async function failPoint(mode: object | 'off' | 'alwaysOn', data: object = {}) {
	const mongo = await openMongo(server.uri, makeTestHost());
	await mongo.db('admin').command({configureFailPoint: 'failCommand', mode, data});
	await mongo.close();
}

describe('a database that does not do its part', () => {
	it('is told by health, while requests are answered 503 in bounded time; it comes back without a connection lost', async () => {
		await expectWell();
		await server.kill();
		await settle(1100);
		const answers = await askMany(20, '/api/products');
		for (const {status, ms, retryAfter, body} of answers) {
			expect(status).toBe(503);
			expect(ms).toBeLessThan(BOUND_MS);
			expect(retryAfter).toBe('5');
			expect(body).toMatchObject({error: {code: 'DATABASE'}});
		}
		expect(await ask('/api/health')).toMatchObject({status: 503, body: {status: 'down'}});
		server = await privateServer({storagePath, port, testCommands: true});
		await expectWell();
	}, 60_000);

	it('that is slow costs a request its time and no more', async () => {
		await failPoint({times: 8}, {failCommands: ['find'], blockConnection: true, blockTimeMS: 6000});
		const answers = await askMany(8, '/api/products');
		await failPoint('off');
		for (const {status, ms} of answers) {
			expect([200, 503]).toContain(status);
			expect(ms).toBeLessThan(BOUND_MS);
		}
		expect(answers.some(({status}) => status === 503)).toBe(true);
		await expectWell();
	}, 60_000);

	it('that refuses is 503 as well, and a retry that works is not seen', async () => {
		const NOT_READY = 134;
		await failPoint({times: 1}, {failCommands: ['find'], errorCode: NOT_READY});
		expect((await ask('/api/products')).status).toBe(200);
		await failPoint('alwaysOn', {failCommands: ['find'], errorCode: NOT_READY});
		const refused = await ask('/api/products');
		await failPoint('off');
		expect(refused).toMatchObject({status: 503, body: {error: {code: 'DATABASE'}}});
		expect(refused.ms).toBeLessThan(BOUND_MS);
		await expectWell();
	}, 60_000);

	it('whose connections are all held makes requests wait a bounded time, and the pool shows it', async () => {
		const sessions = Array.from({length: 4}, () => shop.shop.client.startSession());
		await failPoint('alwaysOn', {failCommands: ['find'], blockConnection: true, blockTimeMS: 2500});
		const stuck = Promise.allSettled(
			sessions.map((session) => shop.shop.db.collection('products').findOne({slug: 'none'}, {session})),
		);
		await settle(200);
		const waiting = askMany(6, '/api/products');
		await settle(150);
		expect(shop.shop.pool).toMatchObject({inUse: 4});
		expect(shop.shop.pool.waiting).toBeGreaterThan(0);
		for (const {status, ms} of await waiting) {
			expect(status).toBe(503);
			expect(ms).toBeLessThan(BOUND_MS);
		}
		await stuck;
		await failPoint('off');
		await Promise.all(sessions.map((session) => session.endSession()));
		await expectWell();
	}, 60_000);
});
