import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openMeasures} from '../../src/canary/measures.js';
import {readMetricsPage} from '../../src/ports/metrics-page.js';
import {type CheckoutShop, openCheckout} from '../app/checkout/open-checkout.js';
import {makeTestHost} from '../support/host.js';

describe('the measures of an instance', () => {
	let shop: CheckoutShop;
	beforeAll(async () => {
		shop = await openCheckout();
	});
	afterAll(() => shop?.close());

	const read = async () =>
		openMeasures({}).read(
			await readMetricsPage(
				{url: `${shop.shop.url}/metrics`, tokenKey: 'canary.metricsToken', timeoutMs: 5000},
				makeTestHost(),
			),
		);

	it('are all told by the reference shop, each under the name that the contract gives', async () => {
		const before = await read();
		for (const name of ['errors', 'checkouts', 'payments', 'checkout-rate', 'order-rate', 'pool-wait']) {
			expect(before.counters[`${name}.total`], name).toBeTypeOf('number');
			expect(before.counters[`${name}.bad`] ?? before.counters[`${name}.good`], name).toBeTypeOf('number');
		}
		expect(before.startedAt).toBeGreaterThan(1_700_000_000);
		expect(before.loopDelay).toBeTypeOf('number');
	});

	it('count customers, and nobody who watches', async () => {
		const before = await read();
		for (let i = 0; i < 5; i++) await shop.request('GET', '/api/products');
		for (let i = 0; i < 9; i++) await shop.request('GET', '/api/health');
		// The page is made at most once in a second.
		await new Promise((done) => setTimeout(done, 1100));
		const after = await read();
		const grown = (key: string) => (after.counters[key] ?? 0) - (before.counters[key] ?? 0);
		expect(grown('errors.total')).toBe(5);
		expect(grown('errors.bad')).toBe(0);
		expect(grown('latency.+Inf')).toBe(5);
		expect(after.startedAt).toBe(before.startedAt);
	});

	it('may be a shop’s own, which stand above ours', () => {
		const measures = openMeasures({
			payments: {total: 'paid_total', bad: 'paid_total{ok="no"}'},
			searches: {total: 'searches_total', good: 'found_total'},
			errors: 'off',
		});
		const sample = (name: string, value: number, labels = {}) => ({name, labels, value});
		expect(measures.names).toContain('searches');
		expect(
			measures.read([
				sample('paid_total', 5, {ok: 'yes'}),
				sample('paid_total', 2, {ok: 'no'}),
				sample('searches_total', 9),
				sample('found_total', 8),
			]).counters,
		).toEqual({'payments.total': 7, 'payments.bad': 2, 'searches.total': 9, 'searches.good': 8});
	});
});
