import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {SHOP_OBJECTIVES} from '../../../src/app/metrics/objectives.js';
import {WINDOWS} from '../../../src/slo/windows.js';
import {openTestShop, type TestShop} from '../open-test-shop.js';
import {readSeries} from './read-metrics.js';

const TOKEN = 'a-token-for-metrics-of-32-characters';
const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPEN = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
/** What Prometheus 2 sends. */
const PROMETHEUS = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.1';

let shop: TestShop;
let guarded: TestShop;
beforeAll(async () => {
	// A busy machine makes requests wait; here none may end without a connection.
	shop = await openTestShop({SHOP_VERSION: '1.4.0', SHOP_COMMIT: 'abc1234', POOL_WAIT_MS: '60000'});
	guarded = await openTestShop({METRICS_TOKEN: TOKEN});
});
afterAll(async () => {
	await shop.close();
	await guarded.close();
});

const get = ({shop: {url}}: TestShop, path: string, headers: Record<string, string> = {}) =>
	fetch(`${url}${path}`, {headers});
/** Past the second that an answer is remembered. */
const nextText = () => new Promise((resolve) => setTimeout(resolve, 1050));

describe('the text', () => {
	it('has every series from the start, at 0', async () => {
		const response = await get(shop, '/metrics');
		expect(response.status).toBe(200);
		expect(response.headers.get('content-type')).toBe(TEXT);
		expect(response.headers.get('cache-control')).toBe('no-store');
		const lines = (await response.text()).split('\n');
		for (const line of [
			'checkout_requests_total{outcome="failed"} 0',
			'checkout_duration_seconds_bucket{le="2"} 0',
			'payments_total{outcome="quarantined"} 0',
			'orders_total{change="paid"} 0',
			'revenue_paise_total 0',
			'registrations_total 0',
			'provider_calls_total{call="createOrder",outcome="timeout"} 0',
			'webhooks_total{outcome="duplicate"} 0',
			'security_events_total{kind="login.failed"} 0',
			'mongodb_pool_checkout_failed_total{reason="timeout"} 0',
			'mongodb_pool_connections{state="max"} 20',
			'http_requests_total{method="GET",route="/api/products",status_class="5xx"} 0',
			'http_request_duration_seconds_bucket{le="0.5",method="GET",route="/api/products/:slug",status_class="2xx"} 0',
			'build_info{version="1.4.0",commit="abc1234",environment="test"} 1',
		])
			expect(lines).toContain(line);
	});

	it('counts what happened, by route and not by path', async () => {
		await nextText();
		const before = readSeries(await (await get(shop, '/metrics')).text());
		await get(shop, '/api/products/one');
		await get(shop, '/api/products/two');
		await get(shop, '/api/products');
		await nextText();
		const text = await (await get(shop, '/metrics')).text();
		const after = readSeries(text);
		const grown = (name: string) => (after.get(name) ?? Number.NaN) - (before.get(name) ?? Number.NaN);
		expect(grown('http_requests_total{method="GET",route="/api/products/:slug",status_class="4xx"}')).toBe(2);
		expect(grown('http_request_duration_seconds_count{method="GET",route="/api/products",status_class="2xx"}')).toBe(1);
		expect(after.get('mongodb_pool_wait_seconds_count')).toBeGreaterThan(0);
		expect(after.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
		expect(text).not.toMatch(/products\/(?:one|two)/);
	});

	it('has an edge at every threshold of an objective', async () => {
		const series = readSeries(await (await get(shop, '/metrics')).text());
		const latencies = SHOP_OBJECTIVES.flatMap(({thresholdMs}) => thresholdMs ?? []);
		expect(latencies).toEqual([2000, 3000, 500]);
		for (const ms of latencies) {
			expect(
				[...series.keys()].some((name) => name.startsWith(`checkout_duration_seconds_bucket{le="${ms / 1000}"`)),
			).toBe(true);
			expect(
				[...series.keys()].some((name) => name.startsWith(`http_request_duration_seconds_bucket{le="${ms / 1000}"`)),
			).toBe(true);
		}
	});

	it('is OpenMetrics where that is preferred, and the plain text is the same after it', async () => {
		await nextText();
		const plain = await (await get(shop, '/metrics')).text();
		const response = await get(shop, '/metrics', {accept: PROMETHEUS});
		expect(response.headers.get('content-type')).toBe(OPEN);
		const open = await response.text();
		expect(open.endsWith('\n# EOF\n')).toBe(true);
		expect(open).toContain('# TYPE http_requests counter\n');
		expect(open).toContain('\nhttp_requests_total{');
		expect(open).not.toContain('\n\n');
		// Every counter's samples end as OpenMetrics wants them.
		for (const [, name] of open.matchAll(/^# TYPE (\w+) counter$/gm)) expect(open).toContain(`\n${name}_total`);
		const again = await (await get(shop, '/metrics')).text();
		expect([...readSeries(again).keys()]).toEqual([...readSeries(plain).keys()]);
		expect(again).toContain('# TYPE http_requests_total counter\n');
	});

	it('is made once for many who ask within a second', async () => {
		await nextText();
		const texts = await Promise.all(Array.from({length: 20}, () => get(shop, '/metrics').then((one) => one.text())));
		expect(new Set(texts).size).toBe(1);
	});
});

describe('who may read', () => {
	it('is whoever has the token, where there is one', async () => {
		for (const path of ['/metrics', '/api/metrics']) {
			expect((await get(guarded, path)).status).toBe(401);
			expect((await get(guarded, path)).headers.get('www-authenticate')).toMatch(/^Bearer/);
			for (const wrong of [TOKEN.slice(1), `${TOKEN}x`, '', `${TOKEN} ${TOKEN}`])
				expect((await get(guarded, path, {authorization: `Bearer ${wrong}`})).status).toBe(401);
			expect((await get(guarded, path, {authorization: `Basic ${TOKEN}`})).status).toBe(401);
			expect((await get(guarded, path, {authorization: `Bearer ${TOKEN}`})).status).toBe(200);
		}
	});

	it('is the machine itself without one, and nobody whom a proxy on it passes on', async () => {
		expect((await get(shop, '/metrics')).status).toBe(200);
		for (const header of ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via'])
			expect((await get(shop, '/metrics', {[header]: '127.0.0.1'})).status).toBe(403);
	});

	it('is not who comes from elsewhere, whatever the headers say', async () => {
		const answer = async (remoteAddress: string, headers = {}) =>
			(await shop.shop.app.inject({url: '/metrics', remoteAddress, headers})).statusCode;
		expect(await answer('203.0.113.9')).toBe(403);
		expect(await answer('203.0.113.9', {'x-forwarded-for': '127.0.0.1'})).toBe(403);
		expect(await answer('10.0.0.127')).toBe(403);
		expect(await answer('::ffff:127.0.0.1')).toBe(200);
		expect(await answer('::1')).toBe(200);
	});
});

describe('the windows', () => {
	it('have all objectives, and prove nothing without data', async () => {
		const {status, body} = await shop.request('GET', '/api/metrics');
		expect(status).toBe(200);
		expect(body['source']).toBe('shop');
		const windows = body['windows'] as Record<string, {objectives: Record<string, unknown>[]}>;
		expect(Object.keys(windows)).toEqual(WINDOWS.map(({name}) => name));
		for (const {objectives} of Object.values(windows)) {
			expect(objectives.map(({name}) => name)).toEqual(SHOP_OBJECTIVES.map(({name}) => name));
			expect(objectives.find(({name}) => name === 'checkout_success')).toMatchObject({
				total: 0,
				ratio: null,
				verdict: 'inconclusive',
				budgetUsed: null,
				burnRate: null,
			});
		}
	});

	it('come as text to who asks for that', async () => {
		expect((await get(shop, '/api/metrics', {accept: 'text/plain'})).headers.get('content-type')).toBe(TEXT);
		expect((await get(shop, '/api/metrics', {accept: PROMETHEUS})).headers.get('content-type')).toBe(OPEN);
		expect((await get(shop, '/api/metrics', {accept: 'text/html,*/*;q=0.8'})).headers.get('content-type')).toContain(
			'json',
		);
		expect((await get(shop, '/api/metrics', {accept: 'image/png'})).status).toBe(406);
	});
});
