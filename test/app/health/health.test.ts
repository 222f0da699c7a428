import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openShop} from '../../../src/app/shop.js';
import {openMongo} from '../../../src/ports/mongo.js';
import {makeTestHost} from '../../support/host.js';
import {privateServer} from '../../support/mongo.js';
import {openTestShop, requester, type TestShop} from '../open-test-shop.js';
import {testSettings} from '../test-settings.js';

let shop: TestShop;
beforeAll(async () => {
	shop = await openTestShop({SHOP_VERSION: '1.4.0', SHOP_COMMIT: 'abc1234', SHOP_ENV: 'staging'});
});
afterAll(() => shop.close());

/** Past the second that a look is remembered. */
const nextLook = () => new Promise((resolve) => setTimeout(resolve, 1100));

describe('health', () => {
	it('says who answers and whether the database does', async () => {
		const {status, body, headers} = await shop.request('GET', '/api/health');
		expect(status).toBe(200);
		expect(headers.get('cache-control')).toBe('no-store');
		expect(body).toEqual({
			status: 'ok',
			version: '1.4.0',
			commit: 'abc1234',
			environment: 'staging',
			uptimeSeconds: expect.any(Number),
			checks: {database: {status: 'up', latencyMs: expect.any(Number)}},
			maintenance: false,
		});
	});

	it('lists the indexes, and notices one that is gone', async () => {
		const {body, headers} = await shop.request('GET', '/api/health/db');
		expect(headers.get('cache-control')).toBe('no-store');
		expect(body).toMatchObject({
			status: 'up',
			name: shop.database.name,
			pool: {max: 20, waiting: 0},
			transactions: true,
			privileges: null,
			indexes: {missing: []},
		});
		const {present} = body['indexes'] as {present: string[]};
		for (const index of ['users.email_1', 'products.slug_1', 'orders.userId_1_createdAt_-1', 'metric_minutes.at_1'])
			expect(present).toContain(index);

		const products = shop.database.mongo.db(shop.database.name).collection('products');
		await products.dropIndex('category_1');
		await nextLook();
		expect((await shop.request('GET', '/api/health/db')).body).toMatchObject({
			indexes: {missing: ['products.category_1']},
		});
		await products.createIndex({category: 1});
	});

	it('costs the database one ping however many ask at once', async () => {
		await nextLook();
		const {client} = shop.shop.shop;
		let checkouts = 0;
		const count = () => checkouts++;
		client.on('connectionCheckedOut', count);
		const answers = await Promise.all(Array.from({length: 200}, () => shop.request('GET', '/api/health')));
		client.off('connectionCheckedOut', count);
		expect(new Set(answers.map(({status}) => status))).toEqual(new Set([200]));
		// One ping, one look at the maintenance switch; jobs of the shop's own may fall into the same moment.
		expect(checkouts).toBeLessThan(20);
	});
});

describe('privileges', () => {
	it('are told, with what a shop does not need', async () => {
		const server = await privateServer({auth: {user: 'root-user', password: 'a-test-password'}});
		const open = await openShop({settings: testSettings({uri: server.uri, name: 'sastabazar'})}, makeTestHost());
		const {body} = await requester(open.url)('GET', '/api/health/db');
		expect(body).toMatchObject({privileges: {user: 'root-user', excessive: ['root@admin']}});
		expect(JSON.stringify(body)).not.toContain('a-test-password');
		await open.close();
		await server.stop();
	});
});

describe('a database that does not answer', () => {
	it('turns health to 503 when it dies', async () => {
		const server = await privateServer();
		const open = await openShop({settings: testSettings({uri: server.uri, name: 'sastabazar'})}, makeTestHost());
		const request = requester(open.url);
		expect((await request('GET', '/api/health')).status).toBe(200);
		await server.kill();
		await nextLook();
		const {status, body} = await request('GET', '/api/health');
		expect(status).toBe(503);
		expect(body).toMatchObject({status: 'down', checks: {database: {status: 'down'}}, maintenance: null});
		expect((await request('GET', '/api/health/db')).body).toMatchObject({status: 'down', pool: {max: 20}});
		const login = {email: 'a@example.in', password: 'does not matter'};
		const write = await request('POST', '/api/sessions', {body: login});
		expect(write).toMatchObject({status: 503, body: {error: {code: 'DATABASE'}}});
		await open.close();
	});

	it('is told within a second and a half when it hangs', async () => {
		const server = await privateServer({testCommands: true});
		const open = await openShop({settings: testSettings({uri: server.uri, name: 'sastabazar'})}, makeTestHost());
		const mongo = await openMongo(server.uri, makeTestHost());
		const hang = {failCommands: ['ping'], blockConnection: true, blockTimeMS: 4000};
		await mongo.db('admin').command({configureFailPoint: 'failCommand', mode: {times: 1}, data: hang});
		await nextLook();
		const started = performance.now();
		const answers = await Promise.all(Array.from({length: 30}, () => requester(open.url)('GET', '/api/health')));
		expect(performance.now() - started).toBeLessThan(4000);
		expect(new Set(answers.map(({status}) => status))).toEqual(new Set([503]));
		await nextLook();
		expect((await requester(open.url)('GET', '/api/health')).status).toBe(200);
		await mongo.close();
		await open.close();
		await server.stop();
	});
});
