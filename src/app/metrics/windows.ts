import {setImmediate} from 'node:timers/promises';
import {HOUR_MS, MINUTE_MS, spanOf, WINDOWS, type WindowName} from '../../slo/windows.js';
import {addCounts, type Counts, type Sum} from './counts.js';
import type {OtherStep} from './roll-up-reader.js';

export type Steps = {readonly minutes: readonly OtherStep[]; readonly hours: readonly OtherStep[]};

export type WindowCounts = {readonly fromMs: number; readonly counts: Counts};

/**
 * Adds the steps of every process up into the rolling windows. Counts are added; no ratio is ever averaged. A month of
 * several processes is thousands of steps: requests get their turn in between.
 */
export async function sumWindows(
	{minutes, hours}: Steps,
	nowMs: number,
): Promise<Readonly<Record<WindowName, WindowCounts>>> {
	const windows = WINDOWS.map(({name, minutes: length}) => ({name, ...spanOf(length, nowMs), counts: {} as Sum}));
	const ofSteps = (lengthMs: number) => windows.filter(({stepMs}) => stepMs === lengthMs);
	await sumNested(ofSteps(MINUTE_MS), minutes);
	await sumNested(ofSteps(HOUR_MS), hours);
	return Object.fromEntries(windows.map(({name, fromMs, counts}) => [name, {fromMs, counts}])) as Record<
		WindowName,
		WindowCounts
	>;
}

const STEPS_A_TURN = 400;

/** Each step goes into the shortest window that holds it, and each window into the next: a month is read only once. */
async function sumNested(
	shortestFirst: readonly {readonly fromMs: number; readonly counts: Sum}[],
	steps: readonly OtherStep[],
): Promise<void> {
	for (const [index, {atMs, counts}] of steps.entries()) {
		if (index % STEPS_A_TURN === STEPS_A_TURN - 1) await setImmediate();
		// A step of the future is another machine's clock running ahead: it happened all the same.
		const shortest = shortestFirst.find(({fromMs}) => atMs >= fromMs);
		if (shortest) addCounts(shortest.counts, counts);
	}
	for (const [index, {counts}] of shortestFirst.slice(1).entries())
		addCounts(counts, shortestFirst[index]?.counts ?? {});
}
