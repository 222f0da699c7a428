/**
 * A histogram of microseconds in fixed memory: 2048 buckets for the first two milliseconds, then 1024 for each doubling,
 * so that a bucket is never wider than a thousandth of its value. The buckets are HdrHistogram's own of three significant
 * digits (lowest discernible value 1), which makes its logs an exact copy. Two are merged by adding them, exactly.
 */
export type Counts = Uint32Array;

/** An hour; what takes longer is counted as an hour. */
export const LONGEST_US = 3_600_000_000;

const HALF = 1024;

export const BUCKETS = bucketOf(LONGEST_US) + 1;

/** The bucket of a time in whole microseconds. */
export function bucketOf(us: number): number {
	const shift = 21 - Math.clz32(us | 2047);
	return shift * HALF + (us >>> shift);
}

/** The last microsecond of a bucket: what HdrHistogram tells for a percentile in it. */
export function highestOf(bucket: number): number {
	const shift = shiftOf(bucket);
	return (bucket - shift * HALF + 1) * 2 ** shift - 1;
}

export function lowestOf(bucket: number): number {
	const shift = shiftOf(bucket);
	return (bucket - shift * HALF) * 2 ** shift;
}

function shiftOf(bucket: number): number {
	return Math.max(0, Math.floor(bucket / HALF) - 1);
}

/** Counts one time; negative ones as none, those above an hour as an hour. */
export function record(counts: Counts, ms: number): void {
	const us = ms <= 0 ? 0 : Math.min(Math.round(ms * 1000), LONGEST_US);
	const bucket = bucketOf(us);
	counts[bucket] = (counts[bucket] ?? 0) + 1;
}

export function addCounts(into: Float64Array | Counts, from: Float64Array | Counts): void {
	for (let bucket = 0; bucket < from.length; bucket++) {
		const count = from[bucket] as number;
		if (count > 0) into[bucket] = (into[bucket] as number) + count;
	}
}

export function totalOf(counts: Float64Array | Counts): number {
	let total = 0;
	for (const count of counts) total += count;
	return total;
}

/** The time at or below which a share of all lies, in milliseconds; undefined without any. */
export function quantileMs(
	counts: Float64Array | Counts,
	quantile: number,
	total = totalOf(counts),
): number | undefined {
	if (total === 0) return undefined;
	// The tiny term keeps 0.95 × 20 at 19.
	const rank = Math.max(1, Math.ceil(quantile * total - 1e-9));
	let seen = 0;
	for (let bucket = 0; bucket < counts.length; bucket++) {
		seen += counts[bucket] as number;
		if (seen >= rank) return highestOf(bucket) / 1000;
	}
	return undefined;
}

/** In milliseconds; of buckets, so within a thousandth. */
export type Percentiles = {
	readonly count: number;
	readonly min: number;
	readonly mean: number;
	readonly p50: number;
	readonly p75: number;
	readonly p90: number;
	readonly p95: number;
	readonly p99: number;
	readonly p999: number;
	readonly max: number;
};

/** Null without any. */
export function percentilesOf(counts: Float64Array | Counts): Percentiles | null {
	const count = totalOf(counts);
	if (count === 0) return null;
	let sum = 0;
	for (let bucket = 0; bucket < counts.length; bucket++)
		sum += (counts[bucket] as number) * ((lowestOf(bucket) + highestOf(bucket)) / 2000);
	const at = (quantile: number) => quantileMs(counts, quantile, count) ?? 0;
	return {
		count,
		min: lowestOf(counts.findIndex((one) => one > 0)) / 1000,
		mean: sum / count,
		p50: at(0.5),
		p75: at(0.75),
		p90: at(0.9),
		p95: at(0.95),
		p99: at(0.99),
		p999: at(0.999),
		max: at(1),
	};
}
