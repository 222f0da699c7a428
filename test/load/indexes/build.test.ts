import {describe, expect, it} from 'vitest';
import {phasesOf} from '../../../src/load/indexes/build.js';
import {coarseBucketOf, type Interval} from '../../../src/load/intervals.js';

/** A second of the load with so many answers of so many milliseconds. */
function second(at: number, times: Readonly<Record<number, number>>): Interval {
	const pairs = Object.entries(times).flatMap(([ms, count]) => [coarseBucketOf(Number(ms)), count]);
	const done = Object.values(times).reduce((sum, count) => sum + count, 0);
	return {fromMs: at * 1000, toMs: (at + 1) * 1000, done, failed: 0, underWay: 0, times: pairs};
}

const CALM = {5: 95, 20: 5};

describe('phasesOf', () => {
	const seconds = (during: Readonly<Record<number, number>>) =>
		[CALM, CALM, CALM, during, CALM, CALM].map((times, at) => second(at, times));

	it('puts every second that the build was in into "during", whole', () => {
		const {before, during, after} = phasesOf(seconds(CALM), {fromMs: 2900, toMs: 3100});

		expect([before?.count, during?.count, after?.count]).toEqual([200, 200, 200]);
		expect(during?.seconds).toBe(2);
	});

	it('sees what is slower than chance allows', () => {
		const {effect, during} = phasesOf(seconds({5: 80, 400: 20}), {fromMs: 3100, toMs: 3400});

		expect(effect).toBe('slower');
		expect(during?.p95Ms).toBeGreaterThan(390);
	});

	it('sees nothing in what chance allows', () => {
		expect(phasesOf(seconds({5: 93, 400: 7}), {fromMs: 3100, toMs: 3400}).effect).toBe('none seen');
	});

	it('cannot tell when nothing came before, or nothing ended during the build', () => {
		expect(phasesOf(seconds(CALM), {fromMs: 0, toMs: 900})).toMatchObject({before: null, effect: 'unclear'});
		expect(phasesOf(seconds({}), {fromMs: 3100, toMs: 3400})).toMatchObject({during: null, effect: 'unclear'});
	});

	it('has no "after" when the build outlasted the load', () => {
		expect(phasesOf(seconds(CALM), {fromMs: 3100, toMs: 60_000}).after).toBeNull();
	});
});
