import {describe, expect, it} from 'vitest';
import {readingsOf} from '../../../src/app/alerts/readings.js';
import {makeReport} from '../../../src/app/metrics/report.js';

const NOW = Date.parse('2026-11-24T12:30:30Z');
const MINUTE = 60_000;

type Counts = Readonly<Record<string, number>>;

/** Every reading that is not quiet, as `bad critical payment_success:alarm`, of counts in minutes before now. */
async function readings(minutes: Readonly<Record<number, Counts>>, isComplete = true): Promise<string[]> {
	const steps = Object.entries(minutes).map(([ago, counts]) => ({
		atMs: Math.floor(NOW / MINUTE) * MINUTE - Number(ago) * MINUTE,
		counts,
	}));
	const hourMs = 60 * MINUTE;
	const hours = steps.map(({atMs, counts}) => ({atMs: Math.floor(atMs / hourMs) * hourMs, counts}));
	const report = await makeReport({minutes: steps, hours, isComplete}, NOW);
	return readingsOf(report, 'shop', NOW)
		.filter(({seen}) => seen !== 'unknown')
		.map(({seen, alert}) => `${seen} ${alert.severity} ${alert.key.replace('sastaops:shop:', '')}`)
		.sort();
}

const about = (lines: readonly string[], what: string) => lines.filter((line) => line.includes(what));

describe('what a shop reads of its counts', () => {
	it('is nothing without traffic, and without the database nothing either', async () => {
		expect(await readings({})).toEqual([]);
		expect(await readings({1: {payment_captured: 1, payment_quarantined: 50}}, false)).toEqual([]);
	});

	it.each([
		[
			'one failure on a quiet evening',
			{payment_captured: 9, payment_quarantined: 1},
			'between critical payment_success:alarm',
		],
		['payments that fail', {payment_captured: 20, payment_quarantined: 10}, 'bad critical payment_success:alarm'],
		['payments as promised', {payment_captured: 200, payment_quarantined: 1}, 'good critical payment_success:alarm'],
		[
			'payments between the lines',
			{payment_captured: 96, payment_quarantined: 4},
			'between critical payment_success:alarm',
		],
		['cards that banks decline', {payment_captured: 20, payment_failed: 30}, 'good critical payment_success:alarm'],
		['an API that fails', {requests: 300, errors: 30}, 'bad critical api_availability:alarm'],
		['many errors', {requests: 5000, errors: 40}, 'bad warning api_availability:errors'],
		['errors as promised', {requests: 5000, errors: 4}, 'good warning api_availability:errors'],
	])('%s', async (_title, counts, expected) => {
		expect(await readings({1: counts})).toContain(expected);
	});

	it('ends when the last minutes are fine, whatever the hour was, and goes on without requests', async () => {
		const outage = {requests: 300, errors: 150};
		expect(about(await readings({20: outage, 1: {requests: 300}}), 'api_availability:alarm')).toEqual([
			'good critical api_availability:alarm',
		]);
		expect(about(await readings({20: outage}), 'api_availability:alarm')).toEqual([]);
	});

	it('is slow where the promise is proved broken, and critical beyond its alarm line', async () => {
		const slow = await readings({1: {checkout_ms_1000: 50, checkout_ms_3000: 50}});
		expect(about(slow, 'checkout_latency:slow')).toEqual(['bad warning checkout_latency:slow']);
		expect(about(slow, 'checkout_latency:alarm')).toEqual(['good critical checkout_latency:alarm']);
		const stuck = await readings({1: {checkout_ms_1000: 50, checkout_ms_10000: 50}});
		expect(about(stuck, 'checkout_latency:alarm')).toEqual(['bad critical checkout_latency:alarm']);
	});
});
