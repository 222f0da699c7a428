import {describe, expect, it} from 'vitest';
import {compareLoads, judgeDifferences} from '../../src/load/compare.js';
import {coarseBucketOf, type Interval} from '../../src/load/intervals.js';
import {makeRandom} from '../../src/load/random.js';
import {IS_FULL} from '../support/sweep.js';

/** Seconds of 100 answers each, of exponential times; some of them share a stall. */
function load(
	seed: number,
	{seconds = 60, meanMs = 20, stallShare = 0}: {seconds?: number; meanMs?: number; stallShare?: number} = {},
): Interval[] {
	const random = makeRandom(seed);
	return Array.from({length: seconds}, (_, second) => {
		const factor = random.next() < stallShare ? 10 : 1;
		const counts = new Map<number, number>();
		for (let answer = 0; answer < 100; answer++) {
			const bucket = coarseBucketOf(factor * meanMs * -Math.log(1 - random.next()));
			counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
		}
		const times = [...counts].toSorted(([a], [b]) => a - b).flat();
		return {fromMs: second * 1000, toMs: (second + 1) * 1000, done: 100, failed: 0, underWay: 0, times};
	});
}

describe('two loads', () => {
	it('of the same server are not told apart', () => {
		const differences = compareLoads(load(1), load(2));
		expect(judgeDifferences(differences, 0.2)).toBe('pass');
		for (const {low, high} of differences) expect(low <= 1 && high >= 1).toBe(true);
	});

	it('of which one is slower by half are', () => {
		const differences = compareLoads(load(1), load(2, {meanMs: 30}));
		expect(judgeDifferences(differences, 0.05)).toBe('fail');
		const p95 = differences.find(({name}) => name === 'p95');
		expect(p95?.ratio).toBeCloseTo(1.5, 0);
		expect((p95?.low ?? 0) < 1.5 && (p95?.high ?? 0) > 1.5).toBe(true);
	});

	it('of which one is faster pass', () => {
		expect(judgeDifferences(compareLoads(load(1), load(2, {meanMs: 12})), 0.05)).toBe('pass');
	});

	it('with seconds that stall together have wider bounds than as many independent answers would', () => {
		const [calm, stalling] = [
			compareLoads(load(1), load(2)),
			compareLoads(load(3, {stallShare: 0.06}), load(4, {stallShare: 0.06})),
		];
		const widthOf = (differences: typeof calm) => {
			const p95 = differences.find(({name}) => name === 'p95');
			return Math.log((p95?.high ?? 0) / (p95?.low ?? 1));
		};
		expect(widthOf(stalling)).toBeGreaterThan(3 * widthOf(calm));
	});

	it('are seldom called different when they are not: at most the 5 % that the bounds allow, and some', () => {
		const tries = IS_FULL ? 200 : 20;
		let wrong = 0;
		for (let turn = 0; turn < tries; turn++) {
			const [p95] = compareLoads(load(100 + turn, {seconds: 30}), load(500 + turn, {seconds: 30})).filter(
				({name}) => name === 'p95',
			);
			if (p95 !== undefined && (p95.low > 1 || p95.high < 1)) wrong++;
		}
		expect(wrong / tries).toBeLessThanOrEqual(IS_FULL ? 0.1 : 0.2);
	});

	it('give the same answer again', () => {
		expect(compareLoads(load(1), load(2))).toEqual(compareLoads(load(1), load(2)));
	});
});
