import {describe, expect, it} from 'vitest';
import {type ArrivalPlan, makeArrivals, planEndMs} from '../../src/load/arrivals.js';

const PLAN: ArrivalPlan = {rate: 100, rampMs: 1000, warmUpMs: 500, measureMs: 2000, spread: 'even', seed: 4};

function allOf(plan: ArrivalPlan, part = {index: 0, count: 1}): {index: number; dueMs: number}[] {
	const arrivals = makeArrivals(plan, part);
	const found: {index: number; dueMs: number}[] = [];
	while (arrivals.advance()) found.push({index: arrivals.index, dueMs: arrivals.dueMs});
	return found;
}

describe('arrivals', () => {
	it('are as many as the rate says, in every part of the plan', () => {
		const due = allOf(PLAN).map(({dueMs}) => dueMs);
		const between = (from: number, to: number) => due.filter((ms) => ms >= from && ms < to).length;
		// A ramp from nothing has half of the whole rate.
		expect([between(0, 1000), between(1000, 1500), between(1500, 3500)]).toEqual([50, 50, 200]);
		// A quarter of the ramp’s in its first half: 12.5, of which the last is due at its very end.
		expect(between(0, 500)).toBe(12);
	});

	it.each(['even', 'poisson'] as const)('of all parts together are those of the whole, once each: %s', (spread) => {
		const plan = {...PLAN, spread};
		const parts = Array.from({length: 7}, (_, index) => allOf(plan, {index, count: 7})).flat();
		expect(parts.toSorted((a, b) => a.index - b.index)).toEqual(allOf(plan));
	});

	it.each(['even', 'poisson'] as const)('come by rising time and end with the plan: %s', (spread) => {
		const due = allOf({...PLAN, spread}).map(({dueMs}) => dueMs);
		expect(due).toEqual(due.toSorted((a, b) => a - b));
		expect(due.at(-1)).toBeLessThan(planEndMs(PLAN));
	});

	it('as of independent customers have gaps as scattered as an exponential distribution’s', () => {
		const due = allOf({...PLAN, rampMs: 0, spread: 'poisson', measureMs: 200_000}).map(({dueMs}) => dueMs);
		const gaps = due.slice(1).map((ms, at) => ms - (due[at] as number));
		const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
		const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
		expect(mean).toBeCloseTo(10, 0);
		expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1);
	});

	it('are the same for the same seed, and others for another', () => {
		const plan = {...PLAN, spread: 'poisson'} as const;
		expect(allOf(plan)).toEqual(allOf(plan));
		expect(allOf({...plan, seed: 5})).not.toEqual(allOf(plan));
	});
});
