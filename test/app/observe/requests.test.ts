import {once} from 'node:events';
import {connect} from 'node:net';
import fc from 'fast-check';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {PASSWORD_COST} from '../../../src/app/accounts/password.js';
import {parseTraceparent} from '../../../src/app/observe/request-context.js';
import {openTestShop, type TestShop} from '../open-test-shop.js';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const PARENT = '00f067aa0ba902b7';

let shop: TestShop;
const lines: Record<string, unknown>[] = [];
beforeAll(async () => {
	shop = await openTestShop(
		{SHOP_VERSION: '1.4.0'},
		// Registering takes its time, in which a client can go away.
		{log: (line) => void lines.push(JSON.parse(line)), passwordCost: PASSWORD_COST},
	);
});
afterAll(() => shop.close());

const ask = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
	lines.length = 0;
	const {headers: answer, status} = await shop.request(method, path, {headers});
	await new Promise((resolve) => setTimeout(resolve, 20));
	return {status, answer};
};

describe('the trace', () => {
	it('is the caller’s, with a parent of our own', () => {
		expect(parseTraceparent(`00-${TRACE}-${PARENT}-01`)).toEqual({traceId: TRACE, flags: '01'});
		// A version to come may say more, and of its flags one is known.
		expect(parseTraceparent(`01-${TRACE}-${PARENT}-ff-more`)).toEqual({traceId: TRACE, flags: '01'});
	});

	it.each([
		`00-${'0'.repeat(32)}-${PARENT}-01`,
		`00-${TRACE}-${'0'.repeat(16)}-01`,
		`ff-${TRACE}-${PARENT}-01`,
		`00-${TRACE}-${PARENT}-01-more`,
		`00-${TRACE.toUpperCase()}-${PARENT}-01`,
		`00-${TRACE}-${PARENT}-1`,
		`00-${TRACE}-${PARENT}`,
		`00-${TRACE}-${PARENT}-01, 00-${TRACE}-${PARENT}-01`,
		'',
		undefined,
		['a'],
	])('is refused where it is none: %s', (header) => {
		expect(parseTraceparent(header)).toBeUndefined();
	});

	it('is echoed, and stands in the log', async () => {
		const {answer} = await ask('/api/products', {traceparent: `00-${TRACE}-${PARENT}-01`});
		const [, traceId, spanId, flags] = answer.get('traceparent')?.split('-') ?? [];
		expect([traceId, flags]).toEqual([TRACE, '01']);
		expect(spanId).toMatch(/^[0-9a-f]{16}$/);
		expect(spanId).not.toBe(PARENT);
		expect(lines.at(-1)).toMatchObject({traceId: TRACE, spanId});
	});

	it('begins anew where there was none, each time another', async () => {
		const headers = [await ask('/api/products'), await ask('/api/products', {traceparent: 'nonsense'})];
		const traces = headers.map(({answer}) => answer.get('traceparent'));
		for (const trace of traces) expect(trace).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-00$/);
		expect(new Set(traces).size).toBe(2);
	});
});

describe('the request id', () => {
	it('is the caller’s where it is harmless, ours where not', async () => {
		const harmless = fc.stringMatching(/^[A-Za-z0-9._-]{1,128}$/);
		const visible = fc.stringMatching(/^[\x21-\x7e]{1,200}$/);
		await fc.assert(
			fc.asyncProperty(fc.oneof(harmless, visible), async (id) => {
				const {headers} = await shop.shop.app.inject({url: '/api/products', headers: {'x-request-id': id}});
				if (/^[A-Za-z0-9._-]{1,128}$/.test(id)) expect(headers['x-request-id']).toBe(id);
				else expect(headers['x-request-id']).toMatch(/^[0-9a-f]{32}$/);
			}),
			{numRuns: 60},
		);
	});

	it('is in the answer to a failure, and in its log', async () => {
		const {status, answer} = await ask('/api/products/none', {'x-request-id': 'order.7-B'});
		expect([status, answer.get('x-request-id')]).toEqual([404, 'order.7-B']);
		expect(lines.at(-1)).toMatchObject({requestId: 'order.7-B'});
	});
});

describe('the log', () => {
	it('has one line for each request, with all that one looks for', async () => {
		await ask('/api/products/some-slug?q=1');
		expect(lines).toHaveLength(1);
		expect(lines[0]).toEqual({
			level: 30,
			time: expect.any(Number),
			version: '1.4.0',
			environment: 'test',
			requestId: expect.stringMatching(/^[0-9a-f]{32}$/),
			traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
			spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
			method: 'GET',
			route: '/api/products/:slug',
			status: 404,
			latencyMs: expect.any(Number),
			msg: 'Request',
		});
	});

	it('never has the path itself', async () => {
		await ask('/a/secret-path/of-somebody?token=abcdef0123456789');
		await ask('/api/products/a-very-own-slug');
		expect(JSON.stringify(lines)).not.toMatch(/secret-path|a-very-own|abcdef0123/);
		expect(lines.at(-1)).toMatchObject({route: '/api/products/:slug'});
	});

	it('names the user once somebody has logged in', async () => {
		const token = await shop.register('asha@example.in');
		await ask('/api/orders', {authorization: `Bearer ${token}`});
		expect(lines.at(-1)).toMatchObject({
			route: '/api/orders',
			status: 200,
			userId: expect.stringMatching(/^[0-9a-f]{24}$/),
		});
		await ask('/api/orders');
		expect(lines.at(-1)).toMatchObject({status: 401});
		expect(lines.at(-1)).not.toHaveProperty('userId');
	});

	it('tells of a client that went away before its answer', async () => {
		lines.length = 0;
		const socket = connect(Number(new URL(shop.shop.url).port), '127.0.0.1');
		await once(socket, 'connect');
		const body = JSON.stringify({email: 'gone@example.in', password: 'long enough for us', name: 'Gone'});
		socket.write(
			`POST /api/users HTTP/1.1\r\nhost: shop\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
		);
		await new Promise((resolve) => setTimeout(resolve, 30));
		socket.destroy();
		const own = () => lines.filter(({route}) => route === '/api/users');
		await expect.poll(() => own().length, {timeout: 5000}).toBe(1);
		expect(own()[0]).toMatchObject({level: 40, route: '/api/users', status: null, msg: 'The client went away'});
		await new Promise((resolve) => setTimeout(resolve, 1100));
		const text = await shop.shop.shop.telemetry.metrics.text();
		expect(text).toContain('http_requests_total{method="POST",route="/api/users",status_class="aborted"} 1');
		expect(own()).toHaveLength(1);
	});
});
