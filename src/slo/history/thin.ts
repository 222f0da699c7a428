import {HOUR_MS, MINUTE_MS} from '../windows.js';
import type {Reading} from './reading.js';

const DAY_MS = 24 * HOUR_MS;
/** Two periods, for the trend, and some days for whoever looks late. */
const KEPT_MS = 95 * DAY_MS;

/** How far apart readings of an age may be: what a window of that age needs. */
const SPACING = [
	{fromMs: 0, everyMs: 0},
	{fromMs: 7 * HOUR_MS, everyMs: 5 * MINUTE_MS},
	{fromMs: 4 * DAY_MS, everyMs: HOUR_MS},
] as const;

/**
 * The readings of one instance that are worth keeping, by time. Counters only rise, so that nothing is lost by leaving
 * one out between two of the same process; those beside a new start stay.
 */
export function thinReadings(readings: readonly Reading[], nowMs: number): Reading[] {
	const kept: Reading[] = [];
	for (const [index, reading] of readings.entries()) {
		const ageMs = nowMs - reading.atMs;
		if (ageMs > KEPT_MS) continue;
		const last = kept.at(-1);
		const next = readings[index + 1];
		const everyMs = SPACING.findLast(({fromMs}) => ageMs >= fromMs)?.everyMs ?? 0;
		const isSpare =
			last !== undefined &&
			next !== undefined &&
			next.atMs - last.atMs <= everyMs &&
			isSameProcess(last, reading) &&
			isSameProcess(reading, next);
		if (!isSpare) kept.push(reading);
	}
	return kept;
}

function isSameProcess(a: Reading, b: Reading): boolean {
	return a.startedMs === b.startedMs && Object.keys(b.counts).every((key) => isRising(a.counts[key], b.counts[key]));
}

function isRising(before: Reading['counts'][string] | undefined, now: Reading['counts'][string] | undefined): boolean {
	if (before === undefined || now === undefined) return false;
	if (before === null || now === null) return before === null;
	return now.total >= before.total && now.good >= before.good;
}
