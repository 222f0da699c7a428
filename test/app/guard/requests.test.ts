import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openTestShop, type TestShop} from '../open-test-shop.js';

let shop: TestShop;
beforeAll(async () => {
	shop = await openTestShop();
});
afterAll(() => shop.close());

async function post(body: string | Uint8Array, headers: Record<string, string> = {'content-type': 'application/json'}) {
	const response = await fetch(`${shop.shop.url}/api/sessions`, {method: 'POST', headers, body: body as string});
	return {status: response.status, text: await response.text()};
}

describe('a request that is not what it should be', () => {
	it.each([
		['operators for values', '{"email":{"$gt":""},"password":{"$gt":""}}', 400],
		['operators as keys', '{"email":"a@example.in","password":"long enough then","$where":"1"}', 400],
		['a forbidden key', '{"email":"a@example.in","password":"long enough then","__proto__":{"admin":true}}', 400],
		['a constructor’s key', '{"email":"a@example.in","password":"x","constructor":{"prototype":{"admin":true}}}', 400],
		['fields nobody asked for', '{"email":"a@example.in","password":"long enough then","admin":true}', 400],
		['a number for text', '{"email":"a@example.in","password":123456789012}', 400],
		['a list for text', '{"email":["a@example.in"],"password":"long enough then"}', 400],
		['no JSON', '{"email":', 400],
		['nothing', '', 400],
		['10,000 brackets', '['.repeat(10_000), 400],
		['depth without end', `{"email":${'['.repeat(5000)}${']'.repeat(5000)},"password":"x"}`, 400],
		['more than 64 KiB', JSON.stringify({email: 'a@example.in', password: 'x'.repeat(70_000)}), 413],
	])('is refused: %s', async (_, body, status) => {
		const answer = await post(body);
		expect(answer.status, answer.text).toBe(status);
		expect(JSON.parse(answer.text)).toEqual({
			error: {code: expect.stringMatching(/^[A-Z_]+$/), message: expect.any(String), requestId: expect.any(String)},
		});
		expect(answer.text).not.toMatch(/node_modules|at .+:\d+:\d+|Mongo/);
	});

	it('is refused as bytes that are no text', async () => {
		expect((await post(new Uint8Array([0x7b, 0xff, 0xfe, 0x00, 0x7d]))).status).toBe(400);
	});

	it.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', 'application/xml'])(
		'is refused in any other language: %s',
		async (type) => {
			expect(
				(await post('{"email":"a@example.in","password":"long enough then"}', {'content-type': type})).status,
			).toBe(415);
		},
	);

	it('is refused by its address', async () => {
		for (const path of [
			'/%',
			'/api/products/%ff',
			'/api/products?category[$ne]=1',
			`/api/products/${'x'.repeat(500)}`,
		]) {
			const {status} = await fetch(`${shop.shop.url}${path}`);
			expect(status, path).toBeGreaterThanOrEqual(400);
			expect(status, path).toBeLessThan(500);
		}
	});
});
