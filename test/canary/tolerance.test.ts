import {describe, expect, it} from 'vitest';
import {histogramOf} from '../../src/canary/histogram.js';
import {latencyTolerance, tolerancesOdds} from '../../src/canary/tolerance.js';

const stable = (share: number) => ({trials: 1_000_000, events: share * 1_000_000});

describe('a tolerance', () => {
	it.each([
		['failures', {points: 0.5}, 0.01, 1.5],
		['failures', {points: 0.1}, 0.005, 1.2],
		['failures', {percent: 50}, 0.02, 1.515],
		['failures', {points: 0}, 0.02, 1],
		['rate', {percent: 10}, 0.98, 1.113],
	] as const)('of %s by %o at %f bad is odds of about %f', (kind, tolerance, share, ratio) => {
		expect(Math.exp(tolerancesOdds(kind, tolerance, stable(share)))).toBeCloseTo(ratio, 1);
	});

	it('never asks a canary to be better, and stands at both ends of what can be', () => {
		for (const share of [0, 0.5, 0.999_999, 1]) {
			for (const tolerance of [{points: 0}, {points: 5}, {percent: 20}]) {
				const odds = tolerancesOdds('failures', tolerance, stable(share));
				expect(odds).toBeGreaterThanOrEqual(0);
				expect(Number.isFinite(odds)).toBe(true);
			}
		}
	});

	it('of latency is what a canary slower by so much would show at the edge', () => {
		// Log-logistic times: ten percent slower multiplies the odds of being above any edge by 1.1^shape.
		const shape = 3;
		const times = Array.from({length: 100_000}, (_, index) => {
			const share = (index + 0.5) / 100_000;
			return 100 * (share / (1 - share)) ** (1 / shape);
		});
		const histogram = histogramOf(times);
		for (const quantile of [0.5, 0.8, 0.95, 0.99]) {
			const exact = 100 * (quantile / (1 - quantile)) ** (1 / shape);
			const edge = histogram.edgesMs.find((edgeMs) => edgeMs >= exact) ?? 0;
			expect(Math.exp(latencyTolerance({percent: 10}, histogram, edge))).toBeCloseTo(1.1 ** shape, 1);
		}
	});

	it('of latency lets pass what nobody feels: five milliseconds, whatever the percentage', () => {
		const quick = histogramOf(Array.from({length: 10_000}, (_, index) => 1 + (index % 100) / 20));
		const edge = quick.edgesMs.find((edgeMs) => edgeMs >= 4) ?? 0;
		// All of it above half a millisecond: nothing could be slower than that allows.
		expect(latencyTolerance({percent: 10}, quick, edge)).toBeGreaterThan(5);
	});

	it('of latency is finite where nothing, or everything, is slower', () => {
		const histogram = histogramOf(Array.from({length: 500}, () => 20));
		for (const edge of [1, 10, 21.1, 1000, 50_000]) {
			const near = histogram.edgesMs.reduce((a, b) => (Math.abs(b - edge) < Math.abs(a - edge) ? b : a));
			expect(Number.isFinite(latencyTolerance({percent: 10}, histogram, near))).toBe(true);
		}
	});
});
