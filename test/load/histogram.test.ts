import {build} from 'hdr-histogram-js';
import {describe, expect, it} from 'vitest';
import {
	BUCKETS,
	bucketOf,
	highestOf,
	LONGEST_US,
	lowestOf,
	percentilesOf,
	quantileMs,
	record,
} from '../../src/load/histogram.js';
import {makeRandom} from '../../src/load/random.js';
import {sumCounts} from '../../src/load/summarise.js';

describe('the buckets', () => {
	it('cover every microsecond up to an hour once, none wider than a thousandth of its value', () => {
		const wrong: number[] = [];
		for (let bucket = 0; bucket < BUCKETS; bucket++) {
			const [low, high] = [lowestOf(bucket), highestOf(bucket)];
			const follows = bucket === 0 ? low === 0 : low === highestOf(bucket - 1) + 1;
			const holds = bucketOf(low) === bucket && bucketOf(Math.min(high, LONGEST_US)) === bucket;
			if (!follows || !holds || high - low > low / 1000) wrong.push(bucket);
		}
		expect(wrong).toEqual([]);
	});

	it('are HdrHistogram’s own', () => {
		const other = build({
			lowestDiscernibleValue: 1,
			highestTrackableValue: LONGEST_US,
			numberOfSignificantValueDigits: 3,
		});
		const random = makeRandom(3);
		for (let turn = 0; turn < 2000; turn++) {
			const us = Math.floor(LONGEST_US ** random.next());
			other.reset();
			other.recordValue(us);
			expect(highestOf(bucketOf(us))).toBe(other.getValueAtPercentile(100));
		}
	});
});

describe('a histogram', () => {
	it('tells percentiles within a thousandth of those of the sorted times', () => {
		const random = makeRandom(11);
		const times = Array.from({length: 20_000}, () => 0.2 + random.next() ** 6 * 4000);
		const counts = new Uint32Array(BUCKETS);
		for (const ms of times) record(counts, ms);
		const sorted = times.toSorted((a, b) => a - b);
		for (const quantile of [0.5, 0.9, 0.95, 0.99, 0.999, 1]) {
			const truth = sorted[Math.max(0, Math.ceil(quantile * times.length) - 1)] as number;
			expect(Math.abs((quantileMs(counts, quantile) as number) - truth)).toBeLessThanOrEqual(0.001 + truth / 1000);
		}
		const mean = times.reduce((sum, ms) => sum + ms, 0) / times.length;
		expect(percentilesOf(counts)?.mean).toBeCloseTo(mean, 0);
	});

	it('counts what is below nothing as nothing, and what is above an hour as an hour', () => {
		const counts = new Uint32Array(BUCKETS);
		record(counts, -3);
		record(counts, 1e12);
		expect(percentilesOf(counts)).toMatchObject({count: 2, min: 0});
		expect(counts[BUCKETS - 1]).toBe(1);
	});

	it('says nothing of nothing', () => {
		expect(percentilesOf(new Uint32Array(BUCKETS))).toBeNull();
		expect(quantileMs(new Uint32Array(BUCKETS), 0.5)).toBeUndefined();
	});

	it('is the same whoever counted the parts', () => {
		const random = makeRandom(5);
		const parts = [new Uint32Array(BUCKETS), new Uint32Array(BUCKETS), new Uint32Array(BUCKETS)];
		const whole = new Uint32Array(BUCKETS);
		for (let turn = 0; turn < 3000; turn++) {
			const ms = random.next() * 500;
			record(parts[turn % 3] as Uint32Array, ms);
			record(whole, ms);
		}
		expect([...sumCounts(parts)]).toEqual([...whole]);
	});
});
