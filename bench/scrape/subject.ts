import {LATENCY_EDGES_MS} from '../../src/app/metrics/edges.js';
import {addEventMetrics} from '../../src/app/metrics/event-metrics.js';
import {addHttpMetrics} from '../../src/app/metrics/http-metrics.js';
import {toOpenMetrics} from '../../src/app/metrics/openmetrics.js';
import {openOwnCounts} from '../../src/app/metrics/own-counts.js';
import {addProcessMetrics} from '../../src/app/metrics/process-metrics.js';
import {openRegistry} from '../../src/app/metrics/registry.js';
import {makeReport} from '../../src/app/metrics/report.js';
import {HOUR_MS, MINUTE_MS} from '../../src/slo/windows.js';

/** More than the shop has. */
const ROUTES = 40;
const STATUSES = [101, 200, 302, 404, 500, undefined];

/** The metrics of a shop in which every label set that can be is used. */
export function openScrape() {
	const registry = openRegistry();
	const http = addHttpMetrics(registry);
	addEventMetrics(registry);
	const info = {version: '1.0.0', commit: 'abc1234', environment: 'production'};
	const loop = addProcessMetrics(registry, info, () => Date.now());
	for (let route = 0; route < ROUTES; route++) {
		http.addRoute('GET', `/api/some/long/route/number/${route}/:id`);
		for (const method of ['GET', 'HEAD']) {
			for (const status of STATUSES)
				http.observe({method, route: `/api/some/long/route/number/${route}/:id`, status, durationMs: 3});
		}
	}
	const count = () =>
		http.observe({method: 'GET', route: '/api/some/long/route/number/7/:id', status: 200, durationMs: 3});
	return {text: registry.text, toOpenMetrics, count, close: loop.stop};
}

/** Thirty days of four processes, every step full. */
export function openHistory() {
	const now = 1_764_000_000_000;
	const names = ['requests', 'errors', 'checkout_placed', 'order_paid', 'revenue_paise', 'payment_captured'];
	const counts = Object.fromEntries([
		...names.map((name) => [name, 10]),
		...[...LATENCY_EDGES_MS, 'inf'].flatMap((edge) => [
			[`request_ms_${edge}`, 3],
			[`checkout_ms_${edge}`, 1],
		]),
	]) as Record<string, number>;
	const steps = (number: number, stepMs: number) =>
		Array.from({length: 4 * number}, (_, index) => ({atMs: now - Math.floor(index / 4) * stepMs, counts}));
	const history = {minutes: steps(360, MINUTE_MS), hours: steps(720, HOUR_MS), isComplete: true};
	return {report: () => makeReport(history, now)};
}

/** Counts as the roll-ups do for one request. */
export function openCounting() {
	const own = openOwnCounts(() => Date.now());
	return () => {
		own.add('requests');
		own.add('request_ms_5');
	};
}
