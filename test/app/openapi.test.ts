import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {makeDescriptionCheck} from './described.js';
import {openTestShop, type TestShop} from './open-test-shop.js';

type Operation = {readonly summary?: string; readonly tags?: readonly string[]; readonly responses: object};

let shop: TestShop;
let description: Record<string, unknown>;
beforeAll(async () => {
	shop = await openTestShop();
	description = (await shop.request('GET', '/api/openapi.json')).body;
});
afterAll(() => shop.close());

const operations = () =>
	Object.entries(description['paths'] as Record<string, Record<string, Operation>>).flatMap(([path, methods]) =>
		Object.entries(methods).map(([method, operation]) => ({name: `${method.toUpperCase()} ${path}`, operation})),
	);

describe('the description of the API', () => {
	it('is the one in docs; `npx vitest run test/app/openapi.test.ts -u` writes it', async () => {
		await expect(`${JSON.stringify(description, null, '\t')}\n`).toMatchFileSnapshot('../../docs/openapi.json');
	});

	it('has every route of the contract, each with a summary, a tag and what it answers', () => {
		const names = operations().map(({name}) => name);
		for (const needed of [
			'GET /api/health',
			'GET /api/health/db',
			'GET /api/metrics',
			'GET /api/dashboard',
			'GET /api/products',
			'POST /api/users',
			'POST /api/sessions',
			'POST /api/checkout',
			'GET /api/orders',
			'POST /api/payments/verify',
			'POST /api/webhooks/razorpay',
		])
			expect(names).toContain(needed);
		for (const {name, operation} of operations()) {
			expect(operation.summary, name).toBeTruthy();
			expect(operation.tags, name).toHaveLength(1);
			expect(Object.keys(operation.responses), name).toEqual(expect.arrayContaining(['4XX', '5XX']));
		}
	});

	it('is what every test’s answers are held to', () => {
		const check = makeDescriptionCheck(description as never);
		const health = {method: 'GET', path: '/api/health', type: 'application/json; charset=utf-8'};
		expect(() => check({...health, status: 200, body: {status: 'fine'}})).toThrow('is not as described');
		expect(() => check({...health, status: 302, body: {}})).toThrow('is not described');
		expect(() => check({...health, status: 404, body: {message: 'no'}})).toThrow('is not as described');
		expect(() => check({...health, path: '/api/nothing', status: 200, body: {}})).not.toThrow();
	});
});
