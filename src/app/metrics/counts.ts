import type {Bucket} from '../../slo/quantile-bounds.js';
import {LATENCY_EDGES_MS} from './edges.js';

/**
 * How often what happened, in a minute or longer: `requests`, `errors`, `request_ms_500`, `checkout_placed`,
 * `revenue_paise`, … What never happened is missing. Flat and additive: the sum of any two is again one.
 */
export type Counts = Readonly<Record<string, number>>;

/** What is being added up. */
export type Sum = Record<string, number>;

/** Only whole numbers are added: a document that somebody damaged must not damage the rest. */
export function addCounts(sum: Sum, counts: Counts): void {
	for (const name in counts) {
		const value = counts[name];
		if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) sum[name] = (sum[name] ?? 0) + value;
	}
}

export function count(counts: Counts, ...names: readonly string[]): number {
	return names.reduce((sum, name) => sum + (counts[name] ?? 0), 0);
}

/** What has a duration: any request of a customer, a checkout, the confirmation of a payment. */
export type Timed = 'request' | 'checkout' | 'payment';

/** The latency buckets, by rising edge. */
export function bucketsOf(counts: Counts, what: Timed): readonly Bucket[] {
	return [...LATENCY_EDGES_MS, null].map((upperMs) => ({
		upperMs,
		count: counts[`${what}_ms_${upperMs ?? 'inf'}`] ?? 0,
	}));
}
