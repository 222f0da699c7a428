import {describe, expect, it} from 'vitest';
import {makeRandom} from '../../src/load/random.js';
import {medianRange} from '../../src/stats/median-range.js';

describe('medianRange', () => {
	it.each([
		// Counted from the binomial of one half: the largest rank whose tail is at most a fortieth.
		[6, 1, 6],
		[8, 1, 8],
		[9, 2, 8],
		[12, 3, 10],
		[20, 6, 15],
		[100, 40, 61],
	])('of %i values lies between the %ith and the %ith', (n, low, high) => {
		const values = Array.from({length: n}, (_, at) => n - at);

		expect(medianRange(values, 0.95)).toEqual({median: (n + 1) / 2, low, high});
	});

	it('says nothing of five values, which may all lie on one side by chance', () => {
		expect(medianRange([1, 2, 3, 4, 5], 0.95)).toBeUndefined();
		expect(medianRange([], 0.95)).toBeUndefined();
	});

	it('is indifferent to an outlier', () => {
		const values = [1, 2, 3, 4, 5, 6, 7, 8, 9];

		expect(medianRange([...values.slice(0, 8), 1e9], 0.95)).toEqual(medianRange(values, 0.95));
	});

	it('holds the true median as often as it promises, of a distribution with a long tail', () => {
		const random = makeRandom(3);
		let held = 0;
		for (let round = 0; round < 2000; round++) {
			const values = Array.from({length: 25}, () => (-Math.log(1 - random.next())) ** 3);
			const range = medianRange(values, 0.95);
			const truth = Math.log(2) ** 3;
			if (range !== undefined && range.low <= truth && truth <= range.high) held++;
		}

		expect(held / 2000).toBeGreaterThan(0.94);
		expect(held / 2000).toBeLessThan(0.98);
	});
});
