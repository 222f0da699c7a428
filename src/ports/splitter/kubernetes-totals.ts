import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {InstantSample, InstantVector, Prometheus} from '../prometheus.js';
import {SIDES, type Side, type SideTotals, type TrafficReading} from './splitter.js';

/** Of each side, queries that give its counters as they are now: not rates, and not increases. */
export type CounterQueries = Readonly<Record<Side, {readonly requests: string; readonly errors: string}>>;

/** What the series of one query have come to. */
export type CounterSum = {
	/** Adds what the counters grew by. True where one has fallen: it began anew, or was summed over one that is gone. */
	add(samples: readonly InstantSample[]): boolean;
	total(): number;
};

/**
 * A series that has fallen counts for nothing until it is read again: what it says now may be its own, or the rest of a
 * sum, and requests that never were are worse than some not counted. One that was not there before is new, and counts from
 * its beginning: the first error of a route makes its series. One that is gone is remembered, as it may only have been
 * missed.
 */
export function makeCounterSum(): CounterSum {
	const last = new Map<string, number>();
	let isFirst = true;
	let sum = 0;
	return {
		total: () => sum,
		add(samples) {
			let hasFallen = false;
			for (const {labels, value} of samples) {
				if (!Number.isFinite(value)) continue;
				const name = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
				const before = last.get(name);
				last.set(name, value);
				if (isFirst) continue;
				if (before !== undefined && value < before) hasFallen = true;
				else sum += value - (before ?? 0);
			}
			isFirst = false;
			return hasFallen;
		},
	};
}

/** Reads the totals of both sides, counted from the first reading on. */
export function makeTotalsReader(
	prometheus: Prometheus | undefined,
	queries: CounterQueries | undefined,
): {observe(): Promise<TrafficReading>} {
	const sums = {stable: makeSums(), canary: makeSums()};
	/** Totals of earlier lives are in the sums as well, and are taken off. */
	let before: TrafficReading['totals'] = {stable: NOTHING, canary: NOTHING};
	let lives = 1;

	return {
		async observe() {
			if (prometheus === undefined || queries === undefined) throw noPrometheus();
			const stable = await prometheus.query(queries.stable.requests);
			// One moment for all: else there would be errors of requests that are not counted yet.
			const [canary, stableErrors, canaryErrors] = await Promise.all(
				[queries.canary.requests, queries.stable.errors, queries.canary.errors].map((query) =>
					prometheus.query(query, stable.atMs),
				),
			);
			if (canary === undefined || stableErrors === undefined || canaryErrors === undefined)
				throw new Error('three were asked');
			if (stable.samples.length === 0) throw noRequests(queries.stable.requests, prometheus.where);
			const fallen = [
				sums.stable.requests.add(stable.samples),
				sums.canary.requests.add(canary.samples),
				sums.stable.errors.add(stableErrors.samples),
				sums.canary.errors.add(canaryErrors.samples),
			];
			if (fallen.includes(true)) {
				lives++;
				before = {stable: totalOf(sums.stable), canary: totalOf(sums.canary)};
			}
			return reading(stable);
		},
	};

	function reading({atMs}: InstantVector): TrafficReading {
		const since = (side: Side) => {
			const now = totalOf(sums[side]);
			const requests = now.requests - before[side].requests;
			return {requests, errors: Math.min(requests, now.errors - before[side].errors)};
		};
		return {
			atMs,
			incarnation: `counters ${lives}`,
			totals: {stable: since('stable'), canary: since('canary')},
			served: undefined,
			missed: 0,
		};
	}
}

const NOTHING: SideTotals = {requests: 0, errors: 0};

type Sums = {readonly requests: CounterSum; readonly errors: CounterSum};

function makeSums(): Sums {
	return {requests: makeCounterSum(), errors: makeCounterSum()};
}

function totalOf({requests, errors}: Sums): SideTotals {
	return {requests: requests.total(), errors: errors.total()};
}

/** `{side}` becomes stable or canary, `{service}` the name of that Service. */
export function fillQueries(
	{requests, errors}: {requests: QueryTemplate; errors: QueryTemplate},
	services: Readonly<Record<Side, string>>,
): CounterQueries {
	const fill = (template: QueryTemplate, side: Side) =>
		typeof template === 'string'
			? template.replaceAll('{side}', side).replaceAll('{service}', services[side])
			: template[side];
	const [stable, canary] = SIDES.map((side) => ({requests: fill(requests, side), errors: fill(errors, side)}));
	if (stable === undefined || canary === undefined) throw new Error('there are two sides');
	return {stable, canary};
}

/** One query with `{side}` or `{service}` in it, or one for each side. */
export type QueryTemplate = string | Readonly<Record<Side, string>>;

function noPrometheus(): SastaError {
	return new SastaError('SPLITTER_UNKNOWN', 'Nothing tells how many requests each side of the route has had', {
		exitCode: EXIT.outside,
		details: ['Kubernetes does not count them; the gateway in front does, for Prometheus'],
		hint: 'Set canary.splitter.prometheus to the url and the queries; docs/canary-kubernetes.md has them for each gateway',
	});
}

function noRequests(query: string, where: string): SastaError {
	return new SastaError('SPLITTER_UNKNOWN', `Prometheus at ${where} has no requests to stable`, {
		exitCode: EXIT.outside,
		details: [`It gives nothing for ${query}`],
		hint: 'Try the query in its web page; a gateway that Prometheus cannot reach is gone from it after five minutes',
	});
}
