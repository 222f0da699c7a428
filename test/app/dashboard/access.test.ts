import {connect} from 'node:net';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openTestShop, type TestShop} from '../open-test-shop.js';

const TOKEN = 'the-token-of-the-dashboard-of-good-length';
let open: TestShop;
let locked: TestShop;
beforeAll(async () => {
	[open, locked] = await Promise.all([openTestShop(), openTestShop({DASHBOARD_TOKEN: TOKEN})]);
});
afterAll(async () => {
	await open.close();
	await locked.close();
});

const logIn = (token: string) =>
	fetch(`${locked.shop.url}/dashboard/login`, {
		method: 'POST',
		headers: {'content-type': 'application/x-www-form-urlencoded'},
		body: new URLSearchParams({token}).toString(),
		redirect: 'manual',
	});
const get = (path: string, headers: Record<string, string> = {}) => fetch(`${locked.shop.url}${path}`, {headers});
const PATHS = ['/api/dashboard', '/dashboard', '/dashboard/events'];

describe('the dashboard', () => {
	it('without a token is for the machine itself, and for nobody that a proxy passes on', async () => {
		expect((await fetch(`${open.shop.url}/dashboard`)).status).toBe(200);
		for (const path of PATHS) {
			const {status} = await fetch(`${open.shop.url}${path}`, {headers: {'x-forwarded-for': '127.0.0.1'}});
			expect(status, path).toBe(403);
		}
	});

	it.each(PATHS)('with a token shows nothing to anybody else: %s', async (path) => {
		for (const headers of [
			{},
			{authorization: 'Bearer wrong'},
			{cookie: `__Host-dashboard=9999999999999.${'a'.repeat(64)}`},
			{cookie: '__Host-dashboard=1.b'},
		] as Record<string, string>[]) {
			const response = await get(path, headers);
			expect(response.status).toBe(401);
			expect(await response.text()).not.toContain('objectives');
		}
	});

	it('lets in by a form, with a cookie that scripts cannot read and that holds no token', async () => {
		const refused = await logIn('wrong');
		expect(refused.status).toBe(401);
		expect(refused.headers.get('set-cookie')).toBeNull();
		expect(await refused.text()).toContain('That is not the token');

		const answer = await logIn(TOKEN);
		expect(answer.status).toBe(303);
		expect(answer.headers.get('location')).toBe('/dashboard');
		const cookie = answer.headers.get('set-cookie') ?? '';
		expect(cookie).toMatch(/^__Host-dashboard=\S+; Path=\/; Max-Age=43200; HttpOnly; Secure; SameSite=Strict$/);
		expect(cookie).not.toContain(TOKEN);
		const [pair = ''] = cookie.split(';');
		expect((await get('/dashboard', {cookie: pair})).status).toBe(200);
		expect((await get('/api/dashboard', {cookie: `other=1; ${pair}`})).status).toBe(200);

		// Not for longer than it says, whatever the browser makes of it.
		const [, endsAt = '', signature = ''] = /=(\d+)\.(\w+)/.exec(pair) ?? [];
		const later = `__Host-dashboard=${Number(endsAt) + 1}.${signature}`;
		expect((await get('/api/dashboard', {cookie: later})).status).toBe(401);
	});

	it('is data as well, for who has the token', async () => {
		const response = await get('/api/dashboard', {authorization: `Bearer ${TOKEN}`});
		expect(await response.json()).toMatchObject({
			health: {status: 'ok'},
			objectives: expect.arrayContaining([expect.objectContaining({verdict: 'inconclusive', budgetUsed: null})]),
		});
	});

	it('does not hold up a shutdown, nor does a viewer that reads nothing', async () => {
		const other = await openTestShop();
		const port = Number(new URL(other.shop.url).port);
		const deaf = connect(port, '127.0.0.1');
		deaf.on('error', () => undefined);
		deaf.write('GET /dashboard/events HTTP/1.1\r\nhost: x\r\n\r\n');
		deaf.pause();
		const stream = await fetch(`${other.shop.url}/dashboard/events`);
		expect(stream.headers.get('content-type')).toBe('text/event-stream');
		const startedMs = performance.now();
		await other.close();
		expect(performance.now() - startedMs).toBeLessThan(5000);
		expect(await stream.text()).toContain('data: {');
		deaf.destroy();
	});
});
