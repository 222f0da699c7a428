import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openTestShop, type TestShop} from './open-test-shop.js';

let shop: TestShop;
beforeAll(async () => {
	shop = await openTestShop();
});
afterAll(() => shop.close());

const meera = {email: 'Meera@Example.in', password: 'sandalwood 42', name: 'Meera'};

describe('registering', () => {
	it('keeps neither the password nor the token', async () => {
		const {status, body} = await shop.request('POST', '/api/users', {body: meera});
		expect(status).toBe(201);
		expect(body).toMatchObject({email: 'meera@example.in', name: 'Meera'});

		const db = shop.database.mongo.db(shop.database.name);
		const stored = JSON.stringify([await db.collection('users').findOne(), await db.collection('sessions').findOne()]);
		expect(stored).toContain('scrypt$32768$8$3$');
		expect(stored).not.toContain(meera.password);
		expect(stored).not.toContain(String(body['token']));
	});

	it('refuses an address that is taken, in any case and at any speed', async () => {
		expect(await shop.request('POST', '/api/users', {body: {...meera, email: 'MEERA@example.in'}})).toMatchObject({
			status: 409,
			body: {error: {code: 'EMAIL_TAKEN'}},
		});
		const body = {...meera, email: 'twins@example.in'};
		const answers = await Promise.all([1, 2, 3].map(() => shop.request('POST', '/api/users', {body})));
		expect(answers.map(({status}) => status).sort()).toEqual([201, 409, 409]);
	});

	it.each([
		['a short password', {password: 'short'}],
		['no address', {email: 'nobody'}],
		['an operator as address', {email: {$gt: ''}}],
		['a role of one’s own choice', {role: 'admin'}],
	])('refuses %s', async (_name, change) => {
		expect((await shop.request('POST', '/api/users', {body: {...meera, ...change}})).status).toBe(400);
	});
});

describe('logging in', () => {
	it('answers alike to a wrong password and an unknown address', async () => {
		const {email, password} = meera;
		expect((await shop.request('POST', '/api/sessions', {body: {email, password}})).status).toBe(201);
		const wrong = await shop.request('POST', '/api/sessions', {body: {email, password: 'sandalwood 43'}});
		const unknown = await shop.request('POST', '/api/sessions', {body: {email: 'no@example.in', password}});
		expect(wrong.status).toBe(401);
		expect(unknown).toMatchObject({status: 401, body: wrong.body});
	});
});
