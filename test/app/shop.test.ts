import {once} from 'node:events';
import {connect} from 'node:net';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openShop} from '../../src/app/shop.js';
import {makeTestHost} from '../support/host.js';
import {openTestShop, type TestShop} from './open-test-shop.js';
import {testSettings} from './test-settings.js';

let shop: TestShop;
beforeAll(async () => {
	shop = await openTestShop();
});
afterAll(() => shop.close());

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
		expect(refused.body).toMatchObject({error: {code: 'MAINTENANCE', message: 'Restoring a backup'}});
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
