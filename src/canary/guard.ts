/**
 * How much worse a canary may be. `points`: percentage points of the requests, 0.5 is from 1 % to 1.5 %. `percent`: of a
 * time or a rate, 20 is a fifth slower, or a fifth fewer.
 */
export type Tolerance = {readonly points: number} | {readonly percent: number};

type GuardBase = {
	/** Stable: configuration, journal and JSON use it. */
	readonly name: string;
	/** For people: `errors`, `p95 latency`, `payments that fail`. */
	readonly title: string;
	/** Proved worse than this, the canary goes back. */
	readonly worse: Tolerance;
	/** Proved no worse than this, the canary may go on. Wider than `worse`. */
	readonly acceptable: Tolerance;
	/** Share of the error probability that is spent on it; those of all guards add up to 1. */
	readonly weight: number;
};

/** A share of events that are bad, of tries counted at the same requests: errors of requests, failed of all payments. */
export type FailureGuard = GuardBase & {readonly kind: 'failures'; readonly measure: string};

/**
 * A rate that must not fall: checkouts of requests. Its events come later than the requests that lead to them, so that it is
 * not counted for a while after each change of the share.
 */
export type RateGuard = GuardBase & {readonly kind: 'rate'; readonly measure: string};

/** The whole distribution of answer times, at edges chosen from the stable side before the canary is judged by them. */
export type LatencyGuard = GuardBase & {readonly kind: 'latency'};

export type Guard = FailureGuard | RateGuard | LatencyGuard;

/** What is watched unless the configuration says otherwise. */
export const DEFAULT_GUARDS: readonly Guard[] = [
	{
		name: 'errors',
		kind: 'failures',
		measure: 'errors',
		title: 'errors',
		worse: {points: 0.1},
		acceptable: {points: 1},
		weight: 0.45,
	},
	{name: 'latency', kind: 'latency', title: 'latency', worse: {percent: 10}, acceptable: {percent: 50}, weight: 0.25},
	{
		name: 'payments',
		kind: 'failures',
		measure: 'payments',
		title: 'payments that fail',
		worse: {points: 1},
		acceptable: {points: 5},
		weight: 0.1,
	},
	{
		name: 'checkouts',
		kind: 'failures',
		measure: 'checkouts',
		title: 'checkouts that fail',
		worse: {points: 0.5},
		acceptable: {points: 3},
		weight: 0.1,
	},
	{
		name: 'checkout-rate',
		kind: 'rate',
		measure: 'checkout-rate',
		title: 'checkouts per request',
		worse: {percent: 10},
		acceptable: {percent: 50},
		weight: 0.025,
	},
	{
		name: 'order-rate',
		kind: 'rate',
		measure: 'order-rate',
		title: 'paid orders per request',
		worse: {percent: 10},
		acceptable: {percent: 50},
		weight: 0.025,
	},
	{
		name: 'event-loop',
		kind: 'failures',
		measure: 'event-loop',
		title: 'time with a slow event loop',
		worse: {points: 5},
		acceptable: {points: 30},
		weight: 0.025,
	},
	{
		name: 'pool-wait',
		kind: 'failures',
		measure: 'pool-wait',
		title: 'queries that wait for a connection',
		worse: {points: 1},
		acceptable: {points: 10},
		weight: 0.025,
	},
];

/** `no more than 0.5 points worse`, `no more than 20 % slower`: as a shop's owner would say it. */
export function toleranceWords({kind}: Pick<Guard, 'kind'>, tolerance: Tolerance): string {
	if ('points' in tolerance)
		return `no more than ${tolerance.points} ${tolerance.points === 1 ? 'point' : 'points'} worse`;
	const way = {latency: 'slower', rate: 'fewer', failures: 'more often'}[kind];
	return `no more than ${tolerance.percent} % ${way}`;
}
