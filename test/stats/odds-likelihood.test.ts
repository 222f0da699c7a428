import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {logLikelihood, type Stratum} from '../../src/stats/odds-likelihood.js';

const stratum = (nc: number, ns: number, ec: number, es: number): Stratum => ({
	canary: {trials: nc, events: ec},
	stable: {trials: ns, events: es},
});

/** From exact integers: C(nc,k)·C(ns,e−k) as BigInt, the ratio's powers as floats. */
function exactly({canary, stable}: Stratum, ratio: number): number {
	const choose = (n: number, k: number): bigint => {
		if (k < 0 || k > n) return 0n;
		let result = 1n;
		for (let i = 1n; i <= BigInt(k); i++) result = (result * (BigInt(n) - i + 1n)) / i;
		return result;
	};
	const events = canary.events + stable.events;
	const ways = (k: number) => choose(canary.trials, k) * choose(stable.trials, events - k);
	const scale = ways(canary.events);
	let sum = 0;
	for (let k = 0; k <= events; k++)
		sum += (Number((ways(k) * 10n ** 60n) / scale) / 1e60) * ratio ** (k - canary.events);
	return -Math.log(sum);
}

describe('logLikelihood', () => {
	it.each([
		[stratum(100, 1900, 3, 10), [-3.859033, -2.412188, -1.38047]],
		[stratum(120, 1800, 2, 7), [-2.414699, -1.573055, -1.19291]],
		[stratum(90, 2000, 0, 11), [-0.485374, -0.948148, -2.22099]],
		[stratum(500, 1500, 9, 8), [-4.702384, -2.249345, -1.94988]],
	])('gives the published values at odds ratios 1, 2 and 5 (case %#)', (counts, values) => {
		const computed = [1, 2, 5].map((ratio) => logLikelihood(counts, Math.log(ratio)));
		computed.forEach((value, index) => {
			expect(value).toBeCloseTo(values[index] ?? Number.NaN, 5);
		});
	});

	it('agrees with exact integers', () => {
		const cases = fc
			.tuple(fc.integer({min: 0, max: 60}), fc.integer({min: 0, max: 60}), fc.double({min: 0.05, max: 20, noNaN: true}))
			.chain(([nc, ns, ratio]) =>
				fc.tuple(
					fc.constant(nc),
					fc.constant(ns),
					fc.integer({min: 0, max: nc}),
					fc.integer({min: 0, max: ns}),
					fc.constant(ratio),
				),
			);
		fc.assert(
			fc.property(cases, ([nc, ns, ec, es, ratio]) => {
				const counts = stratum(nc, ns, ec, es);
				expect(logLikelihood(counts, Math.log(ratio))).toBeCloseTo(exactly(counts, ratio), 6);
			}),
			{numRuns: 500},
		);
	});

	it('sums to one over all outcomes, however many and however unlikely', () => {
		for (const [nc, ns, events] of [
			[20_000, 400_000, 30_000],
			[5, 1_000_000, 800],
			[300, 300, 600],
		] as const) {
			for (const beta of [-3.9, 0, 0.01, 3.9]) {
				let sum = 0;
				for (let k = Math.max(0, events - ns); k <= Math.min(nc, events); k++)
					sum += Math.exp(logLikelihood(stratum(nc, ns, k, events - k), beta));
				expect(sum).toBeCloseTo(1, 6);
			}
		}
	});

	it('says nothing where only one outcome was possible', () => {
		expect(logLikelihood(stratum(50, 900, 0, 0), 1)).toBe(0);
		expect(logLikelihood(stratum(0, 900, 0, 30), 1)).toBe(0);
		expect(logLikelihood(stratum(30, 0, 12, 0), 1)).toBe(0);
		expect(logLikelihood(stratum(30, 20, 30, 20), 1)).toBe(0);
	});
});
