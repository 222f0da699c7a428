/** Events up to `upperMs`, and above the bucket before; null is the last, without an end. Not cumulative. */
export type Bucket = {readonly upperMs: number | null; readonly count: number};

/** Between which edges a quantile lies; `upperMs` null: above the last edge. */
export type QuantileBounds = {readonly lowerMs: number; readonly upperMs: number | null};

/**
 * All that buckets can tell of a quantile: the one it lies in. Nothing is interpolated, since requests that all took 220
 * ms would be told as 295. Null without events.
 * @param buckets by rising edge
 */
export function quantileBounds(buckets: readonly Bucket[], quantile: number): QuantileBounds | null {
	const total = buckets.reduce((sum, {count}) => sum + count, 0);
	if (total === 0) return null;
	const rank = Math.max(1, Math.ceil(total * quantile - 1e-9));
	let seen = 0;
	let lowerMs = 0;
	for (const {upperMs, count} of buckets) {
		seen += count;
		if (seen >= rank) return {lowerMs, upperMs};
		lowerMs = upperMs ?? lowerMs;
	}
	return null;
}
