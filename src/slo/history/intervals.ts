import {type Events, eventsSince, NO_EVENTS} from '../events.js';
import type {Reading} from './reading.js';

/** What one instance counted between two moments. */
export type Interval = {readonly fromMs: number; readonly toMs: number; readonly events: Events};

export type Intervals = {
	/** By time. */
	readonly list: readonly Interval[];
	/** Restarts: what a process counted between its last reading and its end is lost. */
	readonly restarts: number;
	/** The address is answered by several processes in turn: their counters cannot be told apart. */
	readonly isInTurn: boolean;
};

/** Two clocks, ours and the instance's, and a start that is told in whole seconds. */
const SKEW_MS = 5000;
/** The same start, told twice. */
const SAME_START_MS = 1500;

/**
 * What the readings of ONE instance, by time, tell of one objective. Nothing is extrapolated: what two readings differ
 * by has happened between them. A process that started anew begins at zero. The first reading tells what was counted
 * since the process started, where it says when that was.
 */
export function intervalsOf(readings: readonly Reading[], key: string): Intervals {
	const list: Interval[] = [];
	let restarts = 0;
	let isInTurn = false;
	let before: Reading | undefined;
	for (const reading of readings) {
		const now = reading.counts[key];
		// Of another definition, or from before the objective was there.
		if (now === undefined) continue;
		const change = changeOf(before, reading);
		if (change === 'in-turn') isInTurn = true;
		if (change === 'restart') restarts++;
		const interval = intervalBetween(before, reading, {key, change});
		if (interval !== undefined) list.push(interval);
		before = reading;
	}
	return {list, restarts, isInTurn};
}

type Change = 'first' | 'same' | 'restart' | 'in-turn';

/** By the process's start where it tells, not by counters that fall: a busy one soon passes its old counts. */
function changeOf(before: Reading | undefined, now: Reading): Change {
	if (before === undefined) return 'first';
	if (before.startedMs === null || now.startedMs === null) return 'same';
	if (Math.abs(now.startedMs - before.startedMs) <= SAME_START_MS) return 'same';
	// It ran already when the other one answered: a balancer, or the workers of a cluster.
	return now.startedMs < before.atMs - SKEW_MS ? 'in-turn' : 'restart';
}

function intervalBetween(
	before: Reading | undefined,
	now: Reading,
	{key, change}: {key: string; change: Change},
): Interval | undefined {
	const counted = now.counts[key] ?? NO_EVENTS;
	if (before === undefined) {
		// The process knows what it counted since its start, which is more than nothing for whoever asks only once.
		if (now.startedMs === null || now.startedMs >= now.atMs) return undefined;
		return {fromMs: now.startedMs, toMs: now.atMs, events: counted};
	}
	const fromMs = before.atMs;
	if (change === 'in-turn') return undefined;
	// Counters that fall without a new start were reset all the same. A series that was not there counted nothing.
	const since = change === 'restart' ? undefined : eventsSince(before.counts[key] ?? NO_EVENTS, counted);
	return {fromMs, toMs: now.atMs, events: since ?? counted};
}
