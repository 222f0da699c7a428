import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openTestShop, type TestShop} from '../open-test-shop.js';

const TOKEN = 'a-token-for-metrics-of-32-characters';

let shop: TestShop;
beforeAll(async () => {
	shop = await openTestShop({SHOP_VERSION: '1.4.0', SHOP_COMMIT: 'abc1234'});
});
afterAll(() => shop.close());

const scrape = (path = '/metrics', headers: Record<string, string> = {}, url = shop.shop.url) =>
	fetch(`${url}${path}`, {headers});

describe('GET /metrics', () => {
	it('tells every series from the start, at 0', async () => {
		const response = await scrape();
		expect(response.status).toBe(200);
		expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
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
			'http_requests_total{method="POST",route="/api/sessions",status_class="5xx"} 0',
			'http_request_duration_seconds_bucket{le="0.5",method="GET",route="/api/products/:slug",status_class="2xx"} 0',
			'build_info{version="1.4.0",commit="abc1234",environment="test"} 1',
		])
			expect(lines).toContain(line);
	});
});
void TOKEN;
