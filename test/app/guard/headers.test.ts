import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openTestShop, type TestShop} from '../open-test-shop.js';

const ORIGIN = 'https://shop.example';
let shop: TestShop;
beforeAll(async () => {
	shop = await openTestShop({CORS_ORIGINS: `${ORIGIN}, https://admin.shop.example`});
});
afterAll(() => shop.close());

const ask = (path: string, init: RequestInit = {}) => fetch(`${shop.shop.url}${path}`, init);

describe('every answer', () => {
	it.each(['/api/products', '/api/nothing', '/api/products?category=', '/api/health'])(
		'tells browsers to run, frame and guess nothing: %s',
		async (path) => {
			const {headers} = await ask(path);
			expect(headers.get('content-security-policy')).toContain("default-src 'none'");
			expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
			expect(headers.get('strict-transport-security')).toBe('max-age=63072000; includeSubDomains');
			expect(headers.get('x-content-type-options')).toBe('nosniff');
			expect(headers.get('referrer-policy')).toBe('no-referrer');
			expect(headers.get('permissions-policy')).toContain('camera=()');
			expect(headers.get('cache-control')).toBe('no-store');
			expect(headers.get('server')).toBeNull();
			expect(headers.get('x-powered-by')).toBeNull();
		},
	);
});

describe('browsers of other origins', () => {
	it.each([ORIGIN, 'https://admin.shop.example'])('that are listed may read: %s', async (origin) => {
		const {headers} = await ask('/api/products', {headers: {origin}});
		expect(headers.get('access-control-allow-origin')).toBe(origin);
		expect(headers.get('vary')).toContain('Origin');
	});

	it.each([
		'https://evil.example',
		'null',
		'http://shop.example',
		'https://shop.example.evil.example',
		'https://evilshop.example',
		'https://shopxexample',
		'https://sub.shop.example',
		'https://shop.example:8443',
		'http://localhost:3000',
	])('that are not listed may not, nor ask before: %s', async (origin) => {
		const simple = await ask('/api/products', {headers: {origin}});
		expect(simple.headers.get('access-control-allow-origin')).toBeNull();
		const preflight = await ask('/api/products', {
			method: 'OPTIONS',
			headers: {origin, 'access-control-request-method': 'POST', 'access-control-request-headers': 'authorization'},
		});
		expect(preflight.headers.get('access-control-allow-origin')).toBeNull();
	});
});
