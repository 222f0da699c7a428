import {once} from 'node:events';
import {connect} from 'node:net';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openShop} from '../../src/app/shop.js';
import {makeTestHost} from '../support/host.js';
import {privateServer} from '../support/mongo.js';
import {openTestShop, type TestShop} from './open-test-shop.js';
import {testSettings} from './test-settings.js';

let shop: TestShop;
beforeAll(async () => {
	shop = await openTestShop({SHOP_VERSION: '1.4.0', SHOP_COMMIT: 'abc1234', SHOP_ENV: 'staging'});
});
afterAll(() => shop.close());

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
		const {body} = await shop.request('GET', '/api/health/db');
		expect(body).toMatchObject({
			status: 'up',
			name: shop.database.name,
			pool: {max: 20},
			transactions: true,
			privileges: null,
			indexes: {
				present: [
					'users.email_1',
					'products.slug_1',
					'products.category_1',
					'products.pricePaise_1_slug_1',
					'orders.userId_1_createdAt_-1',
					'orders.status_1_reservedUntil_1',
					'sessions.expiresAt_1',
					'idempotency.expiresAt_1',
				],
				missing: [],
			},
		});
		const products = shop.database.mongo.db(shop.database.name).collection('products');
		await products.dropIndex('category_1');
		expect((await shop.request('GET', '/api/health/db')).body).toMatchObject({
			indexes: {missing: ['products.category_1']},
		});
		await products.createIndex({category: 1});
	});

	it('turns to 503 when the database dies', async () => {
		const server = await privateServer();
		const {url, close} = await openShop(
			{settings: testSettings({uri: server.uri, name: 'sastabazar'})},
			makeTestHost(),
		);
		expect((await fetch(`${url}/api/health`)).status).toBe(200);
		await server.kill();
		await new Promise((resolve) => setTimeout(resolve, 1100));
		const response = await fetch(`${url}/api/health`);
		expect(response.status).toBe(503);
		expect(await response.json()).toMatchObject({
			status: 'down',
			checks: {database: {status: 'down'}},
			maintenance: null,
		});
		const write = await fetch(`${url}/api/sessions`, {
			method: 'POST',
			headers: {'content-type': 'application/json'},
			body: JSON.stringify({email: 'a@example.in', password: 'does not matter'}),
		});
		expect(write.status).toBe(503);
		expect(await write.json()).toMatchObject({error: {code: 'DATABASE'}});
		await close();
	});
});

describe('maintenance', () => {
	it('stops writes within a second, lets reads through, and ends when the switch is off', async () => {
		const control = shop.database.mongo.db(shop.database.name).collection<{_id: string}>('sastaops_control');
		const body = {email: 'late@example.in', password: 'long enough for us', name: 'Late'};
		expect((await shop.request('POST', '/api/users', {body})).status).toBe(202);

		const on = {on: true, reason: 'Restoring a backup', since: new Date()};
		await control.updateOne({_id: 'maintenance'}, {$set: on}, {upsert: true});
		await new Promise((resolve) => setTimeout(resolve, 1000));
		const refused = await shop.request('POST', '/api/users', {body: {...body, email: 'later@example.in'}});
		expect(refused.status).toBe(503);
		expect(refused.headers.get('retry-after')).toBe('30');
		expect(refused.body).toEqual({error: {code: 'MAINTENANCE', message: 'Restoring a backup'}});
		expect((await shop.request('GET', '/api/products')).status).toBe(200);
		expect(await shop.request('GET', '/api/health')).toMatchObject({status: 200, body: {maintenance: true}});

		await control.updateOne({_id: 'maintenance'}, {$set: {on: false}});
		await new Promise((resolve) => setTimeout(resolve, 1000));
		expect((await shop.request('POST', '/api/users', {body: {...body, email: 'later@example.in'}})).status).toBe(202);
		expect((await shop.request('GET', '/api/health')).body).toMatchObject({maintenance: false});
	});
});

describe('shutting down', () => {
	it('answers the request under way, and does not wait for idle connections', async () => {
		const other = await openTestShop();
		const idle = connect(Number(new URL(other.shop.url).port), '127.0.0.1');
		await once(idle, 'connect');
		const body = {email: 'busy@example.in', password: 'long enough for us', name: 'Busy'};
		// Hashing takes a while: the request is under way when the shop is told to close.
		const answer = other.request('POST', '/api/users', {body});
		await new Promise((resolve) => setTimeout(resolve, 50));
		await other.shop.close();
		expect((await answer).status).toBe(202);
		await expect(fetch(`${other.shop.url}/api/health`)).rejects.toThrow('fetch failed');
		idle.destroy();
		await other.database.drop();
	});
});

describe('starting', () => {
	it('fails with a reason when the database is away', async () => {
		const host = makeTestHost();
		const settings = testSettings({uri: 'mongodb://127.0.0.1:1/', name: 'sastabazar'});
		await expect(openShop({settings}, host)).rejects.toMatchObject({
			code: 'DATABASE_UNREACHABLE',
		});
	});
});
