import {describe, expect, it} from 'vitest';
import {openPrometheus} from '../../../src/ports/prometheus.js';
import {judgeTold} from '../../../src/slo/check.js';
import {DEFAULT_OBJECTIVES} from '../../../src/slo/default-objectives.js';
import type {MeasuredObjective} from '../../../src/slo/objective.js';
import {readPrometheus} from '../../../src/slo/sources/prometheus.js';
import {makeTestHost} from '../../support/host.js';
import {prometheusPath, startPrometheus} from '../../support/prometheus.js';

const ratio: MeasuredObjective = {
	name: 'a',
	title: 'A',
	kind: 'ratio',
	target: 0.99,
	indicator: {kind: 'ratio', bad: ['r_total{o="bad"}'], total: ['r_total']},
};
const latency = (thresholdMs: number): MeasuredObjective => ({
	name: 'l',
	title: 'L',
	kind: 'latency',
	target: 0.95,
	thresholdMs,
	indicator: {kind: 'latency', histogram: 'd_seconds'},
});

describe.skipIf(prometheusPath() === undefined)('a Prometheus server', () => {
	it('tells whole events between its scrapes, over a restart, and edges that are no thresholds', async () => {
		const server = await startPrometheus();
		const started = Math.floor(Date.now() / 1000) - 600;
		const page = (start: number, ok: number, bad: number, fast: number) =>
			`process_start_time_seconds ${start}\nr_total{o="ok"} ${ok}\n${bad > 0 ? `r_total{o="bad"} ${bad}\n` : ''}` +
			`d_seconds_bucket{le="1.0"} ${fast}\nd_seconds_bucket{le="2.5"} ${fast + 10}\nd_seconds_bucket{le="+Inf"} ${fast + 20}\n` +
			`d_seconds_count ${fast + 20}\nd_seconds_sum 1\n`;
		const prometheus = openPrometheus({url: server.url}, makeTestHost());
		const moments: number[] = [];
		for (const text of [page(started, 1000, 0, 100), page(started, 1100, 1, 150), page(started + 599, 50, 2, 30)]) {
			await server.page(text);
			moments.push(Date.now());
			await new Promise((done) => setTimeout(done, 300));
		}
		const read = async (atMs: number) => {
			const objectives = [ratio, latency(1000), latency(2000)].map((one, index) => ({...one, name: `o${index}`}));
			const told = await readPrometheus({
				prometheus,
				objectives,
				labels: {job: 'gateway'},
				periodMinutes: 43_200,
				atMs,
			});
			return judgeTold(told, {windowMinutes: 43_200, periodMinutes: 43_200, failOn: 'burn'}).objectives;
		};
		// The first scrape tells what was counted since the process started, the next one what came in between.
		const [first] = await read(moments[0] ?? 0);
		expect(first).toMatchObject({good: 1000, total: 1000, state: 'pass'});
		expect(first?.coveredMinutes).toBeCloseTo(10, 0);
		const now = await read(Date.now());
		// Of one minute's step the last scrape counts: it is another process, and begins at zero.
		expect(now[0]).toMatchObject({total: 50 + 2, good: 50});
		expect(now[1]).toMatchObject({good: 30, total: 50, between: null});
		expect(now[2]).toMatchObject({
			good: 30,
			total: 50,
			between: {thresholdMs: 2000, belowMs: 1000, aboveMs: 2500},
			state: 'breach',
		});
	});

	it('that knows none of the metrics gives no verdict, and the defaults are queries that it takes', async () => {
		const server = await startPrometheus();
		await server.page('up_total 1\n');
		const prometheus = openPrometheus({url: server.url}, makeTestHost());
		const told = await readPrometheus({
			prometheus,
			objectives: DEFAULT_OBJECTIVES,
			labels: {},
			periodMinutes: 43_200,
			atMs: Date.now(),
		});
		const {outcome, objectives} = judgeTold(told, {windowMinutes: 43_200, periodMinutes: 43_200, failOn: 'burn'});
		expect(outcome).toBe('inconclusive');
		for (const {state, why} of objectives) {
			expect(state).toBe('no-data');
			expect(why).toMatch(/Prometheus has no series of/);
		}
	});
});
