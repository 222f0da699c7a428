import type {CanaryConfig} from '../kernel/config/schema.js';
import {parseSelector, type Selector} from '../kernel/selector.js';
import {sumOf} from '../ports/metrics-page.js';
import type {Sample} from '../ports/metrics-text.js';

/** A measure that an instance tells by counters: tries, and either the bad or the good ones among them. */
type CounterMeasure = {
	readonly name: string;
	readonly total: string;
	readonly bad?: string;
	readonly good?: string;
};

/** Requests of customers: who watches the shop is no customer. */
const CUSTOMERS = 'route=~"/api/.*",route!~"/api/(?:health|metrics|dashboard|openapi).*"';
const REQUESTS = `http_requests_total{${CUSTOMERS},status_class!="aborted"}`;

/** The metrics of the shop contract; a shop with other names says them under canary.guards. */
const CONTRACT: readonly CounterMeasure[] = [
	{name: 'errors', total: REQUESTS, bad: `http_requests_total{${CUSTOMERS},status_class="5xx"}`},
	{
		name: 'checkouts',
		total: 'checkout_requests_total{outcome=~"placed|replayed|out_of_stock|failed"}',
		bad: 'checkout_requests_total{outcome="failed"}',
	},
	{
		name: 'payments',
		total: 'payments_total{outcome=~"captured|failed|refused|quarantined"}',
		bad: 'payments_total{outcome=~"failed|refused|quarantined"}',
	},
	{name: 'checkout-rate', total: REQUESTS, good: 'checkout_requests_total{outcome="placed"}'},
	{name: 'order-rate', total: REQUESTS, good: 'orders_total{change="paid"}'},
	{name: 'pool-wait', total: 'mongodb_pool_wait_seconds_count', good: 'mongodb_pool_wait_seconds_bucket{le="0.1"}'},
];

const DURATIONS = `http_request_duration_seconds_bucket{${CUSTOMERS},status_class!="aborted"}`;
const LOOP_DELAY = 'nodejs_eventloop_lag_seconds{quantile="0.99"}';
const STARTED = 'process_start_time_seconds';

/** What an instance has counted since it started: plain data. */
export type InstanceCounts = {
	/** Seconds since the epoch; undefined where it does not tell. */
	readonly startedAt: number | undefined;
	/** `payments.total`, `payments.bad`, `latency.0.25`, …: cumulative. What it does not have is missing. */
	readonly counters: Readonly<Record<string, number>>;
	/** The event loop's delay now, in seconds. */
	readonly loopDelay: number | undefined;
};

export type MeasureReader = {
	readonly names: readonly string[];
	read(samples: readonly Sample[]): InstanceCounts;
};

/** @throws SastaError SELECTOR_INVALID for a metric of the configuration */
export function openMeasures(guards: CanaryConfig['guards']): MeasureReader {
	const measures = [...CONTRACT.filter(({name}) => !hasMetrics(guards[name])), ...ownMeasures(guards)];
	const selectors = measures.flatMap(({name, total, bad, good}) =>
		Object.entries({total, bad, good}).flatMap(([part, text]): [string, Selector][] =>
			text === undefined ? [] : [[`${name}.${part}`, parseSelector(text)]],
		),
	);
	const [durations, loopDelay, started] = [DURATIONS, LOOP_DELAY, STARTED].map(parseSelector) as [
		Selector,
		Selector,
		Selector,
	];
	return {
		names: [...measures.map(({name}) => name), 'latency', 'event-loop'],
		read(samples) {
			const counters: Record<string, number> = {};
			for (const [key, selector] of selectors) {
				const sum = sumOf(samples, selector);
				if (sum !== undefined) counters[key] = sum;
			}
			for (const sample of samples) {
				if (!durations.matches(sample)) continue;
				const key = `latency.${sample.labels['le']}`;
				counters[key] = (counters[key] ?? 0) + sample.value;
			}
			return {startedAt: sumOf(samples, started), counters, loopDelay: sumOf(samples, loopDelay)};
		},
	};
}

function hasMetrics(guard: CanaryConfig['guards'][string] | undefined): boolean {
	return guard !== undefined && guard !== 'off' && guard.total !== undefined;
}

function ownMeasures(guards: CanaryConfig['guards']): CounterMeasure[] {
	return Object.entries(guards).flatMap(([name, guard]) => {
		if (guard === 'off' || guard.total === undefined) return [];
		const {total, bad, good} = guard;
		return [{name, total, ...(bad === undefined ? {} : {bad}), ...(good === undefined ? {} : {good})}];
	});
}
