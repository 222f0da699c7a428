import {type Events, NO_EVENTS} from '../events.js';
import {MINUTE_MS} from '../windows.js';
import type {Interval} from './intervals.js';

/** How much longer than it says a window may be, since readings do not come when windows begin. */
const LEEWAY = 0.2;
/** Of a short one. */
const LEAST_LEEWAY_MS = MINUTE_MS;

/**
 * The events of the last `minutes`. An interval counts as a whole, or not at all when it began too long before: half of
 * what it holds may be of any time. Undefined where readings came too seldom to tell: intervals reach in, and none fits.
 */
export function sumIntervals(intervals: readonly Interval[], minutes: number, atMs: number): Events | undefined {
	const fromMs = atMs - minutes * MINUTE_MS;
	const earliestMs = fromMs - Math.max(LEAST_LEEWAY_MS, minutes * MINUTE_MS * LEEWAY);
	const sum = {...NO_EVENTS};
	let isTold = false;
	for (const interval of intervals) {
		if (interval.toMs <= fromMs || interval.toMs > atMs || interval.fromMs < earliestMs) continue;
		isTold = true;
		const {total, good, unsure, alarmGood, alarmUnsure} = interval.events;
		sum.total += total;
		sum.good += good;
		sum.unsure += unsure;
		sum.alarmGood += alarmGood;
		sum.alarmUnsure += alarmUnsure;
	}
	return isTold ? sum : undefined;
}

/** How long before `atMs` the first thing was counted; 0 where nothing was. */
export function coveredMinutes(intervals: readonly Interval[], atMs: number): number {
	const first = intervals.reduce((least, {fromMs}) => Math.min(least, fromMs), atMs);
	return (atMs - first) / MINUTE_MS;
}
