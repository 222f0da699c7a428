import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import type {SecurityEvent} from '../../../src/app/events.js';
import {makeTestHost} from '../../support/host.js';
import {openTestShop, TEST_PASSWORD, type TestShop, TOLD_COST} from '../open-test-shop.js';

let shop: TestShop;
let aheadMs = 0;
const seen: SecurityEvent[] = [];
beforeAll(async () => {
	shop = await openTestShop({}, {host: makeTestHost({now: () => Date.now() + aheadMs}), passwordCost: TOLD_COST});
	shop.shop.shop.events.subscribe((event) => {
		if (event.type === 'security') seen.push(event);
	});
	await shop.register('meera@example.in');
});
afterAll(() => shop.close());
beforeEach(() => {
	aheadMs = 0;
	seen.length = 0;
});

type Tokens = {accessToken: string; refreshToken: string};
const MEERA = {email: 'meera@example.in', password: TEST_PASSWORD};
const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;

const logIn = (body: object = MEERA) => shop.request('POST', '/api/sessions', {body});
const tokens = async () => (await logIn()).body as Tokens;
const refresh = (refreshToken: unknown) => shop.request('POST', '/api/sessions/refresh', {body: {refreshToken}});
const statusOf = async (token?: string) =>
	(await shop.request('GET', '/api/me', token === undefined ? {} : {token})).status;

describe('logging in', () => {
	it('gives tokens of which the database keeps no word', async () => {
		const {status, body, headers} = await logIn({...MEERA, email: 'MEERA@Example.IN'});
		expect(status).toBe(201);
		expect(headers.get('cache-control')).toBe('no-store');
		expect(body).toMatchObject({expiresInSeconds: 900, user: {email: 'meera@example.in', name: 'Asha'}});
		const {accessToken, refreshToken} = body as Tokens;
		const stored = JSON.stringify(
			await shop.database.mongo.db(shop.database.name).collection('sessions').find().toArray(),
		);
		for (const token of [accessToken, refreshToken]) {
			expect(token).toMatch(/^s[ar]_[0-9a-f]{88}$/);
			expect(stored).not.toContain(token.slice(-64));
		}
		expect(await statusOf(accessToken)).toBe(200);
	});

	it('answers alike to a wrong password and an unknown address', async () => {
		const wrong = await logIn({...MEERA, password: 'sandalwood 43'});
		const unknown = await logIn({...MEERA, email: 'nobody@example.in'});
		expect(wrong.status).toBe(401);
		expect(wrong.headers.get('www-authenticate')).toContain('Bearer');
		const told = ({body}: typeof wrong) => ({...(body['error'] as object), requestId: undefined});
		expect(told(unknown)).toEqual(told(wrong));
		expect(unknown.status).toBe(401);
	});

	it('takes as long for an unknown address', async () => {
		const time = async (email: string) => {
			const startedAt = performance.now();
			await logIn({email, password: 'sandalwood 43'});
			return performance.now() - startedAt;
		};
		const known: number[] = [];
		const unknown: number[] = [];
		for (let round = 0; round < 5; round++) {
			known.push(await time('meera@example.in'));
			unknown.push(await time('nobody@example.in'));
		}
		expect(Math.min(...unknown)).toBeGreaterThan(Math.min(...known) / 2);
		expect(Math.min(...known)).toBeGreaterThan(Math.min(...unknown) / 2);
	});

	it('tells of failures, by a hash that is the same for the same address and not the address', async () => {
		await logIn({...MEERA, password: 'wrong'});
		await logIn({email: 'MEERA@example.in', password: 'wrong'});
		await logIn({email: 'nobody@example.in', password: 'wrong'});
		expect(seen.map(({kind}) => kind)).toEqual(Array(3).fill('login.failed'));
		const [first, again, other] = seen.map(({detail}) => detail['addressHash']);
		expect(first).toBe(again);
		expect(first).not.toBe(other);
		expect(JSON.stringify(seen)).not.toMatch(/example|wrong/);
	});

	it('is not possible to an account whose hash is no hash', async () => {
		const users = shop.database.mongo.db(shop.database.name).collection('users');
		await users.insertOne({email: 'nohash@example.in', name: 'N', passwordHash: 'nobody can log in with this'});
		expect((await logIn({email: 'nohash@example.in', password: 'nobody can log in with this'})).status).toBe(401);
	});

	it.each([
		['an operator as password', {...MEERA, password: {$ne: ''}}],
		['an operator as address', {...MEERA, email: {$regex: '.*'}}],
		['a list of passwords', {...MEERA, password: [TEST_PASSWORD]}],
		['more than asked for', {...MEERA, admin: true}],
	])('refuses %s', async (_, body) => {
		expect((await logIn(body)).status).toBe(400);
	});

	it('lets a crowd wait, and tells the rest when to come back', async () => {
		const answers = await Promise.all(Array.from({length: 90}, () => logIn()));
		const statuses = new Set(answers.map(({status}) => status));
		expect(statuses).toEqual(new Set([201, 503]));
		const busy = answers.filter(({status}) => status === 503);
		expect(busy.every(({headers}) => Number(headers.get('retry-after')) > 0)).toBe(true);
		expect(await statusOf((await tokens()).accessToken)).toBe(200);
	});
});

describe('an access token', () => {
	it('ends after a quarter of an hour', async () => {
		const {accessToken} = await tokens();
		aheadMs = 14 * MINUTE_MS;
		expect(await statusOf(accessToken)).toBe(200);
		aheadMs = 15 * MINUTE_MS + 1000;
		expect(await statusOf(accessToken)).toBe(401);
	});

	it('is nothing that a client can make up', async () => {
		const {accessToken, refreshToken} = await tokens();
		const altered = accessToken.slice(0, -1) + (accessToken.endsWith('0') ? '1' : '0');
		const asAccess = refreshToken.replace(/^sr_/, 'sa_');
		for (const token of [
			undefined,
			'',
			'x',
			altered,
			refreshToken,
			asAccess,
			accessToken.slice(0, -2),
			`${accessToken}00`,
		])
			expect(await statusOf(token), token).toBe(401);
		const answer = await shop.request('GET', '/api/me', {});
		expect(answer.headers.get('www-authenticate')).toContain('Bearer');
		const twice = await shop.request('GET', '/api/me', {headers: {authorization: `Basic ${accessToken}`}});
		expect(twice.status).toBe(401);
	});

	it('is worth nothing after logging out, and neither is its refresh token', async () => {
		const mine = await tokens();
		const other = await tokens();
		expect((await shop.request('DELETE', '/api/sessions', {token: mine.accessToken})).status).toBe(204);
		expect(await statusOf(mine.accessToken)).toBe(401);
		expect((await refresh(mine.refreshToken)).status).toBe(401);
		expect(await statusOf(other.accessToken)).toBe(200);
		expect(seen).toEqual([]);
	});
});

describe('a refresh token', () => {
	it('gives new tokens once, and ends the access token before', async () => {
		const first = await tokens();
		const {status, body} = await refresh(first.refreshToken);
		expect(status).toBe(200);
		const second = body as Tokens;
		expect(await statusOf(second.accessToken)).toBe(200);
		expect(await statusOf(first.accessToken)).toBe(401);
		expect((await refresh(second.refreshToken)).status).toBe(200);
	});

	it('ends its whole session when it is used twice, also long after', async () => {
		const first = await tokens();
		const second = (await refresh(first.refreshToken)).body as Tokens;
		const third = (await refresh(second.refreshToken)).body as Tokens;
		expect(await statusOf(third.accessToken)).toBe(200);
		expect((await refresh(first.refreshToken)).status).toBe(401);
		expect(seen).toMatchObject([{kind: 'token.reused', detail: {user: expect.any(String)}}]);
		expect(JSON.stringify(seen)).not.toContain(first.refreshToken.slice(-64));
		expect(await statusOf(third.accessToken)).toBe(401);
		expect((await refresh(third.refreshToken)).status).toBe(401);
		expect(await statusOf((await tokens()).accessToken)).toBe(200);
	});

	it('used by many at once gives tokens to one at most, and then to none', async () => {
		const {refreshToken} = await tokens();
		const answers = await Promise.all(Array.from({length: 10}, () => refresh(refreshToken)));
		const given = answers.filter(({status}) => status === 200);
		expect(given.length).toBe(1);
		expect(answers.filter(({status}) => status === 401)).toHaveLength(9);
		expect(seen.map(({kind}) => kind)).toEqual(['token.reused']);
		for (const {body} of given) expect(await statusOf((body as Tokens).accessToken)).toBe(401);
	});

	it('ends after fourteen days, and is not ended by one that was made up', async () => {
		const first = await tokens();
		aheadMs = 13 * DAY_MS;
		const second = (await refresh(first.refreshToken)).body as Tokens;
		const madeUp = second.refreshToken.slice(0, -64) + 'a'.repeat(64);
		for (const token of [madeUp, second.accessToken, 'x']) expect((await refresh(token)).status).toBe(401);
		expect((await refresh({$ne: ''})).status).toBe(400);
		expect(seen).toEqual([]);
		aheadMs = 27 * DAY_MS + 1000;
		expect((await refresh(second.refreshToken)).status).toBe(401);
		aheadMs = 26 * DAY_MS;
		expect((await refresh(second.refreshToken)).status).toBe(200);
	});
});
