import {describe, expect, it} from 'vitest';
import {openPrometheus} from '../../../src/ports/prometheus.js';
import {fillQueries, makeCounterSum, makeTotalsReader} from '../../../src/ports/splitter/kubernetes-totals.js';
import {makeTestHost} from '../../support/host.js';
import {prometheusPath, startPrometheus} from '../../support/prometheus.js';

const SERVICES = {stable: 'shop-stable', canary: 'shop-canary'};
const QUERIES = fillQueries(
	{
		requests: 'sum by (pod) (requests_total{service="{service}"})',
		errors: 'sum by (pod) (requests_total{service="{service}",code=~"5.."})',
	},
	SERVICES,
);

type Counts = {pod?: string; stable?: number; canary?: number; stable5xx?: number; canary5xx?: number};

function page(...pods: Counts[]): string {
	return pods
		.flatMap(({pod = 'a', stable, canary, stable5xx, canary5xx}) => [
			...(stable === undefined ? [] : [`requests_total{service="shop-stable",code="200",pod="${pod}"} ${stable}`]),
			...(canary === undefined ? [] : [`requests_total{service="shop-canary",code="200",pod="${pod}"} ${canary}`]),
			...(stable5xx === undefined
				? []
				: [`requests_total{service="shop-stable",code="503",pod="${pod}"} ${stable5xx}`]),
			...(canary5xx === undefined
				? []
				: [`requests_total{service="shop-canary",code="503",pod="${pod}"} ${canary5xx}`]),
		])
		.map((line) => `${line}\n`)
		.join('');
}

describe.skipIf(prometheusPath() === undefined)('the totals of both sides, by a real Prometheus', () => {
	async function start(first: string) {
		const server = await startPrometheus();
		await server.page(first);
		const reader = makeTotalsReader(openPrometheus({url: server.url}, makeTestHost()), QUERIES);
		const read = async (text: string) => {
			await server.page(text);
			return reader.observe();
		};
		return {reader, read, server};
	}

	it('counts from the first reading on, over pods and codes', async () => {
		const {reader, read} = await start(page({stable: 1000, stable5xx: 9}));
		expect(await reader.observe()).toMatchObject({
			totals: {stable: {requests: 0, errors: 0}, canary: {requests: 0, errors: 0}},
			served: undefined,
			missed: 0,
		});
		// The canary's series, and its first error, begin to exist only now.
		const {totals} = await read(page({stable: 1100, stable5xx: 10, canary: 7, canary5xx: 2}));
		expect(totals).toEqual({stable: {requests: 101, errors: 1}, canary: {requests: 9, errors: 2}});
		const later = await read(page({stable: 1100, stable5xx: 10, canary: 8, canary5xx: 2}, {pod: 'b', stable: 5}));
		expect(later.totals).toEqual({stable: {requests: 106, errors: 1}, canary: {requests: 10, errors: 2}});
	});

	it('makes no requests out of a pod that is gone or began anew, and tells by another incarnation', async () => {
		const {reader, read} = await start(page({stable: 1000, canary: 50}, {pod: 'b', stable: 2000, canary: 60}));
		const before = await reader.observe();
		const gone = await read(page({stable: 1010, canary: 51}));
		expect(gone).toMatchObject({
			incarnation: before.incarnation,
			totals: {stable: {requests: 10}, canary: {requests: 1}},
		});
		const anew = await read(page({stable: 3, canary: 1}));
		expect(anew.incarnation).not.toBe(before.incarnation);
		expect(anew.totals).toEqual({stable: {requests: 0, errors: 0}, canary: {requests: 0, errors: 0}});
		const later = await read(page({stable: 10, canary: 2}, {pod: 'b', stable: 2005, canary: 60}));
		expect(later).toMatchObject({
			incarnation: anew.incarnation,
			totals: {stable: {requests: 12}, canary: {requests: 1}},
		});
	});

	it('says that it has no requests where the query finds none, instead of counting nothing', async () => {
		const {reader} = await start('other_total 1\n');
		await expect(reader.observe()).rejects.toMatchObject({
			code: 'SPLITTER_UNKNOWN',
			details: [expect.stringContaining('shop-stable')],
		});
	});
});

describe('the totals of both sides', () => {
	it('says what to configure where nothing tells them', async () => {
		await expect(makeTotalsReader(undefined, undefined).observe()).rejects.toMatchObject({
			code: 'SPLITTER_UNKNOWN',
			hint: expect.stringContaining('canary.splitter.prometheus'),
		});
	});

	it('fills side and service into one query, or takes one for each side', () => {
		expect(fillQueries({requests: 'a{x="{side}"}', errors: {stable: 'e1', canary: 'e2'}}, SERVICES)).toEqual({
			stable: {requests: 'a{x="stable"}', errors: 'e1'},
			canary: {requests: 'a{x="canary"}', errors: 'e2'},
		});
		expect(QUERIES.canary.requests).toContain('service="shop-canary"');
	});

	it('never falls, whatever the counters do', () => {
		const sum = makeCounterSum();
		let before = 0;
		for (const value of [5, 9, 2, Number.NaN, 4, Number.POSITIVE_INFINITY, 0, 7]) {
			sum.add([{labels: {pod: 'a'}, value}]);
			expect(sum.total()).toBeGreaterThanOrEqual(before);
			before = sum.total();
		}
		expect(before).toBe(4 + 2 + 7);
	});
});
