import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {allowedBad, budgetUsed, burnRate, ratioOf, secondsToExhaustion} from '../../src/slo/budget.js';
import {judgeCompliance} from '../../src/slo/compliance.js';
import {quantileBounds} from '../../src/slo/quantile-bounds.js';
import {HOUR_MS, MINUTE_MS, spanOf, WINDOWS} from '../../src/slo/windows.js';
import {binomialAtLeast, binomialAtMost} from '../../src/stats/binomial.js';

const verdict = (bad: number, total: number, target: number) => judgeCompliance({good: total - bad, total}, target);

describe('compliance', () => {
	it.each([
		[0.99, [299, 473, 628, 773, 913, 1049]],
		[0.995, [598, 947, 1258, 1549, 1829, 2100]],
		[0.999, [2995, 4742, 6294, 7752, 9151, 10_511]],
		[0.95, [59, 93, 124, 153, 181, 208]],
	])('of %f passes from the exact number of events on, not one before', (target, needed) => {
		for (const [bad, total] of needed.entries()) {
			expect(verdict(bad, total, target)).toBe('pass');
			expect(verdict(bad, total - 1, target)).toBe('inconclusive');
		}
	});

	it.each([
		[0.99, [2, 3, 4, 11, 18, 65]],
		[0.995, [2, 3, 3, 7, 11, 36]],
		[0.95, [3, 7, 11, 36, 65, 282]],
	])('of %f fails from the exact number of bad events on', (target, needed) => {
		for (const [index, total] of [12, 50, 100, 500, 1000, 5000].entries()) {
			const bad = needed[index] ?? 0;
			expect(verdict(bad, total, target)).toBe('fail');
			expect(verdict(bad - 1, total, target)).not.toBe('fail');
		}
	});

	it('fails a target that is just met in at most 2.5 % of cases, and passes one just missed in at most 5 %', () => {
		for (const target of [0.95, 0.99, 0.995, 0.999]) {
			for (const total of [12, 13, 20, 50, 99, 100, 300, 1000, 2500, 10_000, 30_000, 100_000]) {
				let least = 2;
				while (least <= total && verdict(least, total, target) !== 'fail') least++;
				expect(binomialAtLeast(least, total, 1 - target), `${target} of ${total}`).toBeLessThanOrEqual(0.025);
				let most = -1;
				while (verdict(most + 1, total, target) === 'pass') most++;
				if (most >= 0)
					expect(binomialAtMost(most, total, 1 - target), `${target} of ${total}`).toBeLessThanOrEqual(0.05);
			}
		}
	});

	it('never passes, nor fails, without data or by data that contradicts itself', () => {
		const odd: [number, number][] = [
			[0, 0],
			[5, 4],
			[-1, 10],
			[Number.NaN, 10],
			[10, Number.NaN],
			[0.5, 10],
			[0, Number.POSITIVE_INFINITY],
		];
		for (const [good, total] of odd) expect(judgeCompliance({good, total}, 0.99)).toBe('inconclusive');
	});

	it('lets no single slip fail a quiet shop', () => {
		expect(verdict(1, 12, 0.999)).toBe('inconclusive');
		expect(verdict(2, 12, 0.999)).toBe('fail');
	});

	it('never gets better by a bad event', () => {
		const rank = {pass: 2, inconclusive: 1, fail: 0};
		fc.assert(
			fc.property(
				fc.integer({min: 1, max: 20_000}),
				fc.nat(),
				fc.constantFrom(0.95, 0.99, 0.999),
				(n, seed, target) => {
					const bad = seed % n;
					expect(rank[verdict(bad + 1, n, target)]).toBeLessThanOrEqual(rank[verdict(bad, n, target)]);
				},
			),
		);
	});

	it('refuses a target that is none', () => {
		for (const target of [0, 1, Number.NaN]) expect(() => verdict(0, 10, target)).toThrow(RangeError);
	});
});

describe('budgets', () => {
	it('burn at the rate of bad events over allowed ones', () => {
		expect(burnRate({good: 9856, total: 10_000}, 0.999)).toBeCloseTo(14.4, 9);
		expect(burnRate({good: 0, total: 10}, 0.95)).toBeCloseTo(20, 9);
		expect([ratioOf({good: 0, total: 0}), burnRate({good: 0, total: 0}, 0.9)]).toEqual([null, null]);
	});

	it('are used by events, whatever window they fell into', () => {
		const period = {good: 999_500, total: 1_000_000};
		expect(budgetUsed(period, period, 0.999)).toBeCloseTo(0.5, 9);
		expect(budgetUsed({good: 900, total: 1000}, period, 0.999)).toBeCloseTo(0.1, 9);
		expect(budgetUsed({good: 0, total: 0}, {good: 0, total: 0}, 0.999)).toBeNull();
	});

	it('allow whole events, free of rounding', () => {
		for (let thousands = 1; thousands < 2000; thousands++) expect(allowedBad(thousands * 1000, 0.999)).toBe(thousands);
	});

	it('last as long as the rate lets them', () => {
		expect(secondsToExhaustion(2, 0, 30)).toBe(15);
		expect(secondsToExhaustion(0, 0.5, 30)).toBe(Number.POSITIVE_INFINITY);
		expect(secondsToExhaustion(5, 1, 30)).toBe(0);
	});
});

describe('windows', () => {
	it('cover their length and less than one step more', () => {
		fc.assert(
			fc.property(fc.constantFrom(...WINDOWS), fc.integer({min: 1e12, max: 4e12}), ({minutes}, now) => {
				const {fromMs, stepMs} = spanOf(minutes, now);
				expect(fromMs % stepMs).toBe(0);
				expect(now - fromMs).toBeGreaterThanOrEqual(minutes * MINUTE_MS);
				expect(now - fromMs).toBeLessThan(minutes * MINUTE_MS + stepMs);
				expect(stepMs).toBe(minutes >= 1440 ? HOUR_MS : MINUTE_MS);
			}),
		);
	});
});

describe('quantiles', () => {
	const edges = [10, 20, 50, null];

	it('are told as the bucket that holds them', () => {
		fc.assert(
			fc.property(
				fc.array(fc.integer({min: 0, max: 60}), {minLength: 1}),
				fc.constantFrom(0.5, 0.95, 0.99),
				(ms, q) => {
					const buckets = edges.map((upperMs, index) => ({
						upperMs,
						count: ms.filter((x) => x > (edges[index - 1] ?? -1) && x <= (upperMs ?? Number.POSITIVE_INFINITY)).length,
					}));
					const exact = [...ms].sort((a, b) => a - b)[Math.ceil(ms.length * q - 1e-9) - 1] ?? Number.NaN;
					const bounds = quantileBounds(buckets, q);
					expect(exact).toBeGreaterThanOrEqual(bounds?.lowerMs ?? Number.NaN);
					expect(exact).toBeLessThanOrEqual(bounds?.upperMs ?? Number.POSITIVE_INFINITY);
				},
			),
		);
	});

	it('are unknown without events, and open above the last edge', () => {
		expect(
			quantileBounds(
				edges.map((upperMs) => ({upperMs, count: 0})),
				0.95,
			),
		).toBeNull();
		expect(
			quantileBounds(
				[
					{upperMs: 10, count: 0},
					{upperMs: null, count: 3},
				],
				0.5,
			),
		).toEqual({lowerMs: 10, upperMs: null});
	});
});
