import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {binomialAtLeast, binomialAtMost} from '../../src/stats/binomial.js';

const SCALE = 10n ** 40n;

/** P(X = i) for p = perMille / 1000, in exact whole numbers. */
function exactMass(i: number, n: number, perMille: number): number {
	let choose = 1n;
	for (let j = 0; j < i; j++) choose = (choose * BigInt(n - j)) / BigInt(j + 1);
	const value = choose * BigInt(perMille) ** BigInt(i) * BigInt(1000 - perMille) ** BigInt(n - i);
	return Number((value * SCALE) / 1000n ** BigInt(n)) / Number(SCALE);
}

function exactSum(from: number, to: number, n: number, perMille: number): number {
	let sum = 0;
	for (let i = from; i <= to; i++) sum += exactMass(i, n, perMille);
	return sum;
}

describe('the binomial distribution', () => {
	it('agrees with exact arithmetic, in both tails', () => {
		fc.assert(
			fc.property(fc.integer({min: 1, max: 120}), fc.nat(), fc.integer({min: 1, max: 999}), (n, seed, perMille) => {
				const k = seed % (n + 1);
				expect(binomialAtMost(k, n, perMille / 1000)).toBeCloseTo(exactSum(0, k, n, perMille), 11);
				expect(binomialAtLeast(k, n, perMille / 1000)).toBeCloseTo(exactSum(k, n, n, perMille), 11);
			}),
			{numRuns: 200},
		);
	});

	it('keeps what is very small', () => {
		// 0.001^50 · C(50, 50)
		expect(binomialAtLeast(50, 50, 0.001)).toBeCloseTo(1e-150, 160);
		expect(binomialAtLeast(50, 50, 0.001) / 1e-150).toBeCloseTo(1, 9);
	});

	it('holds for as many events as a shop can have in a month', () => {
		const n = 500_000_000;
		expect(binomialAtMost(n / 1000, n, 0.001)).toBeCloseTo(0.5, 3);
		// Five standard deviations: 2.87e-7 under the normal curve, 3 % more for the skew.
		expect(binomialAtLeast(n / 1000 + 5 * Math.sqrt(n * 0.001 * 0.999), n, 0.001) / 2.87e-7).toBeCloseTo(1.03, 2);
	});

	it('is certain at the edges', () => {
		expect([binomialAtMost(-1, 5, 0.5), binomialAtMost(5, 5, 0.5)]).toEqual([0, 1]);
		expect([binomialAtLeast(0, 5, 0.5), binomialAtLeast(6, 5, 0.5)]).toEqual([1, 0]);
		expect([binomialAtMost(0, 5, 0), binomialAtLeast(1, 5, 0)]).toEqual([1, 0]);
	});
});
