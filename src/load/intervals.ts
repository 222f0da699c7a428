import {BUCKETS, bucketOf, highestOf, lowestOf} from './histogram.js';

/** What ended in one stretch of the load. */
export type Interval = {
	/** After the start of what counts. */
	readonly fromMs: number;
	readonly toMs: number;
	readonly done: number;
	readonly failed: number;
	/** Under way at its end. */
	readonly underWay: number;
	/** Response times as pairs: a coarse bucket's number, and how many were in it; by rising number. */
	readonly times: readonly number[];
};

/** More than this are joined in pairs, so that a long load takes no more memory than a short one. */
export const MOST_INTERVALS = 600;

/** 32 buckets for each doubling: within 3 % of the value. */
const FINE_PER_COARSE = 32;

/** Of counts that grew from `before` to `now`, in coarse buckets. */
export function coarseTimes(now: Float64Array, before: Float64Array): number[] {
	const times: number[] = [];
	for (let first = 0; first < BUCKETS; first += FINE_PER_COARSE) {
		let count = 0;
		const end = Math.min(first + FINE_PER_COARSE, BUCKETS);
		for (let bucket = first; bucket < end; bucket++) count += (now[bucket] as number) - (before[bucket] as number);
		if (count > 0) times.push(first / FINE_PER_COARSE, count);
	}
	return times;
}

export function coarseBucketOf(ms: number): number {
	return Math.floor(bucketOf(Math.round(ms * 1000)) / FINE_PER_COARSE);
}

/** In milliseconds. */
export function coarseRange(coarse: number): {readonly lowMs: number; readonly highMs: number} {
	const first = coarse * FINE_PER_COARSE;
	return {lowMs: lowestOf(first) / 1000, highMs: highestOf(first + FINE_PER_COARSE - 1) / 1000};
}

/** Adds up `times` of several intervals. */
export function joinTimes(all: readonly (readonly number[])[]): Map<number, number> {
	const sums = new Map<number, number>();
	for (const times of all)
		for (let at = 0; at < times.length; at += 2) {
			const coarse = times[at] as number;
			sums.set(coarse, (sums.get(coarse) ?? 0) + (times[at + 1] as number));
		}
	return sums;
}

/** The upper edge of the bucket a quantile lies in, in milliseconds; undefined without any. */
export function coarseQuantile(sums: ReadonlyMap<number, number>, quantile: number): number | undefined {
	const ordered = [...sums].toSorted(([a], [b]) => a - b);
	const total = ordered.reduce((sum, [, count]) => sum + count, 0);
	if (total === 0) return undefined;
	const rank = Math.max(1, Math.ceil(quantile * total - 1e-9));
	let seen = 0;
	for (const [coarse, count] of ordered) {
		seen += count;
		if (seen >= rank) return coarseRange(coarse).highMs;
	}
	return undefined;
}

/** Joins neighbours while there are too many. */
export function limitIntervals(intervals: readonly Interval[]): readonly Interval[] {
	if (intervals.length <= MOST_INTERVALS) return intervals;
	const joined: Interval[] = [];
	for (let at = 0; at < intervals.length; at += 2) {
		const [first, second] = intervals.slice(at, at + 2);
		if (first === undefined) continue;
		joined.push(second === undefined ? first : joinIntervals(first, second));
	}
	return joined;
}

/** Two neighbours as one. */
export function joinIntervals(first: Interval, second: Interval): Interval {
	return {
		fromMs: first.fromMs,
		toMs: second.toMs,
		done: first.done + second.done,
		failed: first.failed + second.failed,
		underWay: second.underWay,
		times: [...joinTimes([first.times, second.times])].toSorted(([a], [b]) => a - b).flat(),
	};
}
