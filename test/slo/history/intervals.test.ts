import {describe, expect, it} from 'vitest';
import type {Events} from '../../../src/slo/events.js';
import {intervalsOf} from '../../../src/slo/history/intervals.js';
import type {Reading} from '../../../src/slo/history/reading.js';
import {coveredMinutes, sumIntervals} from '../../../src/slo/history/sum.js';

const KEY = 'k';
const MINUTE = 60_000;
const events = (total: number, bad = 0): Events => ({
	total,
	good: total - bad,
	unsure: 0,
	alarmGood: total - bad,
	alarmUnsure: 0,
});
/** At a minute, by a process that started at another; null: the series is not there. */
const reading = (minute: number, started: number | null, counted: Events | null | undefined): Reading => ({
	atMs: minute * MINUTE,
	instance: 'http://a',
	startedMs: started === null ? null : started * MINUTE,
	counts: counted === undefined ? {} : {[KEY]: counted},
});
const told = (readings: readonly Reading[]) => {
	const {list, restarts, isInTurn} = intervalsOf(readings, KEY);
	return {totals: list.map((interval) => interval.events.total), restarts, isInTurn};
};

describe('readings of one instance', () => {
	it('tell what happened between them, whole, and before the first what the process counted since its start', () => {
		const {list} = intervalsOf([reading(100, 40, events(60, 3)), reading(105, 40, events(70, 4))], KEY);
		expect(list).toEqual([
			{fromMs: 40 * MINUTE, toMs: 100 * MINUTE, events: events(60, 3)},
			{fromMs: 100 * MINUTE, toMs: 105 * MINUTE, events: events(10, 1)},
		]);
	});

	it('tell nothing of the time before the first where the process does not say when it started', () => {
		expect(told([reading(100, null, events(60)), reading(105, null, events(70))]).totals).toEqual([10]);
	});

	it('begin at zero with a process that started anew, even where it has counted more than the one before', () => {
		const readings = [reading(100, 40, events(60)), reading(110, 101, events(90)), reading(115, 101, events(95))];
		expect(told(readings)).toEqual({totals: [60, 90, 5], restarts: 1, isInTurn: false});
	});

	it('begin at zero where counters fall without a word of a start', () => {
		expect(told([reading(1, null, events(60)), reading(2, null, events(7))]).totals).toEqual([7]);
	});

	it('count a series that was not there from zero, and one of an objective that was not there not at all', () => {
		expect(told([reading(1, 0, null), reading(2, 0, events(7))]).totals).toEqual([0, 7]);
		expect(told([reading(1, 0, undefined), reading(2, 0, events(7)), reading(3, 0, events(9))]).totals).toEqual([7, 2]);
		expect(
			told([reading(1, null, undefined), reading(2, null, events(7)), reading(3, null, events(9))]).totals,
		).toEqual([2]);
	});

	it('are told apart when several processes answer in turn, and none of their differences counts', () => {
		const turns = [reading(100, 10, events(500)), reading(101, 12, events(480)), reading(102, 10, events(505))];
		expect(told(turns)).toEqual({totals: [500], restarts: 0, isInTurn: true});
	});

	it('allow two clocks that differ by seconds', () => {
		const restarted = {...reading(101, 99.95, events(2)), startedMs: 100 * MINUTE - 3000};
		expect(told([reading(100, 10, events(500)), restarted])).toMatchObject({restarts: 1, isInTurn: false});
		const same = {...reading(101, 10, events(501)), startedMs: 10 * MINUTE + 900};
		expect(told([reading(100, 10, events(500)), same])).toMatchObject({totals: [500, 1], restarts: 0});
	});
});

describe('a window', () => {
	const everyFive = Array.from({length: 13}, (_, index) => reading(index * 5, 0, events(index * 10)));
	const {list} = intervalsOf(everyFive, KEY);

	it('holds the intervals that fit, and one that reaches over its beginning by a little', () => {
		expect(sumIntervals(list, 5, 60 * MINUTE)?.total).toBe(10);
		expect(sumIntervals(list, 30, 60 * MINUTE)?.total).toBe(60);
		expect(sumIntervals(list, 57, 60 * MINUTE)?.total).toBe(120);
		expect(sumIntervals(list, 1440, 60 * MINUTE)?.total).toBe(120);
	});

	it('tells nothing where readings come too seldom for it', () => {
		expect(sumIntervals(list, 2, 60 * MINUTE)).toBeUndefined();
		expect(sumIntervals([], 5, 0)).toBeUndefined();
	});

	it('holds nothing of what came after the moment that is judged', () => {
		expect(sumIntervals(list, 5, 30 * MINUTE)?.total).toBe(10);
		expect(sumIntervals(list, 1440, 30 * MINUTE)?.total).toBe(60);
	});

	it('is covered from the first thing that was counted', () => {
		expect(coveredMinutes(list, 60 * MINUTE)).toBe(60);
		expect(coveredMinutes([], 60 * MINUTE)).toBe(0);
	});
});
