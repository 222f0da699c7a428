import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {ShopEvent} from '../../../src/app/events.js';
import {openTestShop, type TestShop, TOLD_COST} from '../open-test-shop.js';

let shop: TestShop;
const seen: ShopEvent[] = [];
beforeAll(async () => {
	shop = await openTestShop({}, {passwordCost: TOLD_COST});
	shop.shop.shop.events.subscribe((event) => void seen.push(event));
});
afterAll(() => shop.close());

const MEERA = {email: 'Meera@Example.in', password: 'sandalwood 42', name: 'Meera'};
const users = () => shop.database.mongo.db(shop.database.name).collection('users');
const registrations = () => seen.filter(({type}) => type === 'registration').length;

describe('registering', () => {
	it('keeps the address in lower case, and not the password', async () => {
		expect((await shop.request('POST', '/api/users', {body: MEERA})).status).toBe(202);
		const stored = await users().findOne({email: 'meera@example.in'});
		expect(stored?.['passwordHash']).toMatch(/^scrypt\$8192\$8\$3\$/);
		expect(JSON.stringify(stored)).not.toContain(MEERA.password);
		expect(registrations()).toBe(1);
	});

	it('does not log in', async () => {
		const {body, headers} = await shop.request('POST', '/api/users', {body: {...MEERA, email: 'new@example.in'}});
		expect(JSON.stringify(body)).not.toMatch(/[0-9a-f]{16}/);
		expect(headers.get('set-cookie')).toBeNull();
	});

	it('answers alike to an address that is taken, and leaves its account as it was', async () => {
		const fresh = await shop.request('POST', '/api/users', {body: {...MEERA, email: 'fresh@example.in'}});
		const before = await users().findOne({email: 'meera@example.in'});
		const told = registrations();
		const thief = {email: 'MEERA@example.in', password: 'another password', name: 'Thief'};
		const taken = await shop.request('POST', '/api/users', {body: thief});
		expect({status: taken.status, body: taken.body}).toEqual({status: fresh.status, body: fresh.body});
		expect(await users().findOne({email: 'meera@example.in'})).toEqual(before);
		expect(registrations()).toBe(told);
	});

	it('takes as long for an address that is taken', async () => {
		const time = async (email: string) => {
			const startedAt = performance.now();
			await shop.request('POST', '/api/users', {body: {...MEERA, email}});
			return performance.now() - startedAt;
		};
		const fresh: number[] = [];
		const taken: number[] = [];
		for (let round = 0; round < 5; round++) {
			fresh.push(await time(`round-${round}@example.in`));
			taken.push(await time('meera@example.in'));
		}
		// Without the hash it would be a twentieth of it. The fastest of each, for what else the machine does only slows.
		expect(Math.min(...taken)).toBeGreaterThan(Math.min(...fresh) / 2);
	});

	it('makes one account for one address, however many ask at once', async () => {
		const body = {...MEERA, email: 'twins@example.in'};
		const told = registrations();
		const answers = await Promise.all([1, 2, 3, 4, 5].map(() => shop.request('POST', '/api/users', {body})));
		expect(answers.map(({status}) => status)).toEqual(Array(5).fill(202));
		expect(await users().countDocuments({email: 'twins@example.in'})).toBe(1);
		expect(registrations()).toBe(told + 1);
	});

	it.each([
		['a password of eleven characters', {password: 'elevenchars'}],
		['a password of 129 characters', {password: 'p'.repeat(129)}],
		['a password that is no text', {password: ['sandalwood 42']}],
		['no address', {email: 'nobody'}],
		['an operator as address', {email: {$gt: ''}}],
		['a role of one’s own choice', {role: 'admin'}],
		['a hash of one’s own', {passwordHash: 'scrypt$1$1$1$a$a'}],
		['an id of one’s own', {_id: 'f'.repeat(24)}],
		['no name', {name: ''}],
	])('refuses %s', async (_name, change) => {
		const body = {...MEERA, email: 'refused@example.in', ...change};
		expect((await shop.request('POST', '/api/users', {body})).status).toBe(400);
		expect(await users().countDocuments({email: 'refused@example.in'})).toBe(0);
	});
});
