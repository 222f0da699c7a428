import {describe, expect, it} from 'vitest';
import {seriesOf} from '../../../src/app/dashboard/read-dashboard.js';
import {openTestShop} from '../open-test-shop.js';

const MINUTE_MS = 60_000;

describe('the series of the charts', () => {
	const nowMs = 100 * MINUTE_MS + 30_000;
	const series = (steps: {atMs: number; counts: Record<string, number>}[]) =>
		seriesOf(steps, {stepMs: MINUTE_MS, steps: 4, nowMs});

	it('add all processes up, leave out the minute under way, and begin where counting began', () => {
		const {at, requests, errors} = series([
			{atMs: 97 * MINUTE_MS, counts: {requests: 3, errors: 1}},
			{atMs: 97 * MINUTE_MS, counts: {requests: 4}},
			{atMs: 99 * MINUTE_MS, counts: {requests: 5}},
			{atMs: 100 * MINUTE_MS, counts: {requests: 1}},
		]);
		expect(at).toEqual([96, 97, 98, 99].map((minute) => minute * 60));
		// Before anything was counted is unknown; a minute without requests is none.
		expect(requests).toEqual([null, 7, 0, 5]);
		expect(errors).toEqual([null, 1, 0, 0]);
	});

	it('are unknown throughout where nothing was ever counted', () => {
		expect(series([]).requests).toEqual([null, null, null, null]);
	});
});

describe('the alerts', () => {
	/** What the dashboard tells after this many minutes of one failure in twenty. */
	async function alertsAfter(minutes: number): Promise<unknown> {
		const shop = await openTestShop();
		const now = Date.now();
		const steps = Array.from({length: minutes}, (_, index) => ({
			at: new Date(Math.floor(now / MINUTE_MS) * MINUTE_MS - (index + 1) * MINUTE_MS),
			instance: 'other',
			version: '1.0.0',
			counts: {requests: 100, errors: 5},
		}));
		await shop.database.mongo.db(shop.database.name).collection('metric_minutes').insertMany(steps);
		const {body} = await shop.request('GET', '/api/dashboard');
		await shop.close();
		return body['alerts'];
	}

	it('tell of a budget that burns, once there is an hour of figures', async () => {
		expect(await alertsAfter(30)).toEqual([]);
		expect(await alertsAfter(70)).toMatchObject([
			{
				severity: 'critical',
				text: expect.stringMatching(/server error: the budget goes 50\.0 times too fast over 1h$/),
			},
		]);
	});
});
