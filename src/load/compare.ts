import {coarseRange, type Interval} from './intervals.js';
import {makeRandom, type Random} from './random.js';

/** A percentile of two loads. */
export type Difference = {
	readonly name: 'p50' | 'p95' | 'p99';
	readonly beforeMs: number;
	readonly afterMs: number;
	/** `after` divided by `before`, and between what it lies with 95 % confidence. */
	readonly ratio: number;
	readonly low: number;
	readonly high: number;
};

const QUANTILES = {p50: 0.5, p95: 0.95, p99: 0.99} as const;
const DRAWS = 2000;

/** Below this no scatter between seconds can be told. */
export const LEAST_INTERVALS = 10;

/**
 * By a moving-block bootstrap (Künsch 1989): stretches of neighbouring seconds are drawn anew, so that what hangs
 * together, such as a stall, is drawn or left out as a whole. Single answers are no independent draws, and bounds that
 * took them for that would be too narrow. Seeded: the same files give the same answer. Pure.
 */
export function compareLoads(before: readonly Interval[], after: readonly Interval[]): readonly Difference[] {
	const random = makeRandom(1);
	const buckets = bucketsOf([...before, ...after]);
	const [old, now] = [before, after].map((intervals) => intervals.map((interval) => denseOf(interval, buckets))) as [
		Float64Array[],
		Float64Array[],
	];
	const quantileOf = (sums: Float64Array, quantile: number) => quantileIn(sums, quantile, buckets);
	const names = Object.keys(QUANTILES) as (keyof typeof QUANTILES)[];
	const ratios = names.map((): number[] => []);
	for (let draw = 0; draw < DRAWS; draw++) {
		const [a, b] = [drawn(old, random), drawn(now, random)];
		for (const [at, name] of names.entries())
			ratios[at]?.push(quantileOf(b, QUANTILES[name]) / quantileOf(a, QUANTILES[name]));
	}
	const [wholeBefore, wholeAfter] = [sumOf(old), sumOf(now)];
	return names.map((name, at) => {
		const sorted = (ratios[at] ?? []).toSorted((x, y) => x - y);
		const beforeMs = quantileOf(wholeBefore, QUANTILES[name]);
		const afterMs = quantileOf(wholeAfter, QUANTILES[name]);
		return {
			name,
			beforeMs,
			afterMs,
			ratio: afterMs / beforeMs,
			low: sorted[Math.floor(DRAWS * 0.025)] ?? Number.NaN,
			high: sorted[Math.ceil(DRAWS * 0.975) - 1] ?? Number.NaN,
		};
	});
}

/**
 * `fail`: surely slower than the tolerance allows; `pass`: surely not. Of p95, which objectives are made of, and p50.
 */
export function judgeDifferences(
	differences: readonly Difference[],
	tolerance: number,
): 'pass' | 'fail' | 'inconclusive' {
	const judged = differences.filter(({name}) => name !== 'p99');
	if (judged.some(({low}) => low > 1 + tolerance)) return 'fail';
	return judged.every(({high}) => high <= 1 + tolerance) ? 'pass' : 'inconclusive';
}

/** Those that any interval has something in, by rising number. */
function bucketsOf(intervals: readonly Interval[]): readonly number[] {
	const used = new Set<number>();
	for (const {times} of intervals) for (let at = 0; at < times.length; at += 2) used.add(times[at] as number);
	return [...used].toSorted((a, b) => a - b);
}

/** An interval's counts, in the places of `buckets`. */
function denseOf({times}: Interval, buckets: readonly number[]): Float64Array {
	const counts = new Map<number, number>();
	for (let at = 0; at < times.length; at += 2) counts.set(times[at] as number, times[at + 1] as number);
	return Float64Array.from(buckets, (bucket) => counts.get(bucket) ?? 0);
}

/** As many intervals as there are, in blocks of neighbours as long as the cube root of their number. */
function drawn(intervals: readonly Float64Array[], random: Random): Float64Array {
	const block = Math.max(1, Math.ceil(Math.cbrt(intervals.length)));
	const chosen: Float64Array[] = [];
	while (chosen.length < intervals.length) {
		const first = random.below(intervals.length - block + 1);
		chosen.push(...intervals.slice(first, first + block));
	}
	return sumOf(chosen.slice(0, intervals.length));
}

function sumOf(all: readonly Float64Array[]): Float64Array {
	const sum = new Float64Array(all[0]?.length ?? 0);
	for (const one of all) for (let at = 0; at < sum.length; at++) sum[at] = (sum[at] as number) + (one[at] as number);
	return sum;
}

/** Within its bucket as if the answers there were spread evenly: an edge would jump from one answer to the next. */
function quantileIn(sums: Float64Array, quantile: number, buckets: readonly number[]): number {
	const total = sums.reduce((sum, count) => sum + count, 0);
	const rank = Math.max(1, Math.ceil(quantile * total - 1e-9));
	let seen = 0;
	for (const [at, bucket] of buckets.entries()) {
		const count = sums[at] as number;
		seen += count;
		if (seen < rank) continue;
		const {lowMs, highMs} = coarseRange(bucket);
		return lowMs + (highMs - lowMs) * ((rank - (seen - count)) / count);
	}
	return Number.NaN;
}
