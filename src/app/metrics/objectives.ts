import type {Objective, Tally} from '../../slo/objective.js';
import {bucketsOf, type Counts, count} from './counts.js';
import type {LATENCY_EDGES_MS} from './edges.js';

export type ShopObjective = Objective & {
	/** What of a window's counts was good, of what counts. */
	tally(counts: Counts): Tally;
};

/** A threshold between two edges could only be guessed at. */
type Edge = (typeof LATENCY_EDGES_MS)[number];

/**
 * What the reference shop promises. Requests are those to /api except health, metrics and dashboard, which would water
 * the rest down; an address that no route has counts for nothing.
 */
export const SHOP_OBJECTIVES: readonly ShopObjective[] = [
	{
		name: 'api_availability',
		title: '99.9 % of API requests are answered without a server error',
		kind: 'ratio',
		target: 0.999,
		tally: (counts) => tallyOf(count(counts, 'requests'), count(counts, 'errors')),
	},
	{
		name: 'checkout_success',
		title: '99.5 % of checkouts that can succeed do',
		kind: 'ratio',
		target: 0.995,
		// An empty shelf or a bad request says nothing of the shop's health, neither way.
		tally(counts) {
			const failed = count(counts, 'checkout_failed');
			return tallyOf(count(counts, 'checkout_placed', 'checkout_replayed') + failed, failed);
		},
	},
	{
		name: 'payment_success',
		title: '99 % of payments are dealt with',
		kind: 'ratio',
		target: 0.99,
		// A bank that declines a card was answered rightly. What counts against the shop: money that it could not place, and
		// payments that it could not ask the provider about.
		tally(counts) {
			const failed = count(counts, 'payment_quarantined', 'payment_call_failed');
			return tallyOf(count(counts, 'payment_captured', 'payment_failed') + failed, failed);
		},
	},
	latency({
		name: 'checkout_latency',
		title: '95 % of checkouts are answered within 2 s',
		target: 0.95,
		thresholdMs: 2000,
		of: 'checkout',
	}),
	latency({
		name: 'api_latency',
		title: '95 % of API requests are answered within 0.5 s',
		target: 0.95,
		thresholdMs: 500,
		of: 'request',
	}),
];

type LatencyPromise = {
	readonly name: string;
	readonly title: string;
	readonly target: number;
	readonly thresholdMs: Edge;
	readonly of: 'request' | 'checkout';
};

function latency({of, ...promise}: LatencyPromise): ShopObjective {
	return {
		...promise,
		kind: 'latency',
		tally(counts) {
			let good = 0;
			let total = 0;
			for (const {upperMs, count: inBucket} of bucketsOf(counts, of)) {
				total += inBucket;
				if (upperMs !== null && upperMs <= promise.thresholdMs) good += inBucket;
			}
			return {good, total};
		},
	};
}

function tallyOf(total: number, bad: number): Tally {
	return {good: total - bad, total};
}
