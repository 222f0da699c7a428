import {describe, expect, it} from 'vitest';
import type {Events} from '../../../src/slo/events.js';
import {intervalsOf} from '../../../src/slo/history/intervals.js';
import type {Reading} from '../../../src/slo/history/reading.js';
import {sumIntervals} from '../../../src/slo/history/sum.js';
import {thinReadings} from '../../../src/slo/history/thin.js';
import {makeRandom} from '../../support/sweep.js';

const MINUTE = 60_000;
const DAY = 1440;

/** A reading each minute for days, of a process that restarts now and then, and is busy by chance. */
function readMonth(days: number, seed: number): Reading[] {
	const random = makeRandom(seed);
	const readings: Reading[] = [];
	let total = 0;
	let bad = 0;
	let startedMs = 0;
	for (let minute = 1; minute <= days * DAY; minute++) {
		if (random() < 0.001) {
			total = 0;
			bad = 0;
			startedMs = minute * MINUTE - 20_000;
		}
		total += Math.floor(random() * 20);
		bad += random() < 0.1 ? 1 : 0;
		const events: Events = {total: total + bad, good: total, unsure: 0, alarmGood: total, alarmUnsure: 0};
		readings.push({atMs: minute * MINUTE, instance: 'a', startedMs, counts: {k: events}});
	}
	return readings;
}

describe('readings that are thinned', () => {
	it.each([1, 2, 3])('tell the same of every window, of a tenth of the lines (seed %i)', (seed) => {
		const readings = readMonth(31, seed);
		const nowMs = 31 * DAY * MINUTE;
		const thin = thinReadings(readings, nowMs);
		expect(thin.length).toBeLessThan(readings.length / 10);
		expect(thinReadings(thin, nowMs)).toEqual(thin);
		for (const minutes of [5, 30, 60, 120, 360])
			expect(sum(thin, minutes, nowMs)).toEqual(sum(readings, minutes, nowMs));
		// At a day's edge an interval reaches over by five minutes, at a month's by an hour.
		for (const [minutes, leeway] of [
			[DAY, 6],
			[3 * DAY, 6],
			[30 * DAY, 61],
		] as const) {
			const counted = sum(thin, minutes, nowMs)?.total ?? 0;
			expect(counted).toBeGreaterThanOrEqual(sum(readings, minutes - leeway, nowMs)?.total ?? 0);
			expect(counted).toBeLessThanOrEqual(sum(readings, minutes + leeway, nowMs)?.total ?? 0);
		}
	});

	it('go when they are older than two periods', () => {
		const readings = readMonth(1, 1);
		expect(thinReadings(readings, 97 * DAY * MINUTE)).toEqual([]);
	});
});

function sum(readings: readonly Reading[], minutes: number, nowMs: number): Events | undefined {
	return sumIntervals(intervalsOf(readings, 'k').list, minutes, nowMs);
}
