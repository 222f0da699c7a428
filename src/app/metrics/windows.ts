import {spanOf, WINDOWS, type WindowName} from '../../slo/windows.js';
import {addCounts, type Counts, type Sum} from './counts.js';
import type {OtherStep} from './roll-up-reader.js';

export type Steps = {readonly minutes: readonly OtherStep[]; readonly hours: readonly OtherStep[]};

export type WindowCounts = {readonly fromMs: number; readonly counts: Counts};

/** Adds the steps of every process up into the rolling windows. Counts are added; no ratio is ever averaged. */
export function sumWindows({minutes, hours}: Steps, nowMs: number): Readonly<Record<WindowName, WindowCounts>> {
	const sums = WINDOWS.map((window) => {
		const {fromMs, stepMs} = spanOf(window.minutes, nowMs);
		const counts: Sum = {};
		return {name: window.name, fromMs, stepMs, counts};
	});
	const steps = [
		...minutes.map((step) => ({...step, isHour: false})),
		...hours.map((step) => ({...step, isHour: true})),
	];
	for (const {atMs, counts, isHour} of steps) {
		for (const sum of sums) {
			// A step of the future is another machine's clock running ahead: it happened all the same.
			if (atMs >= sum.fromMs && isHour === sum.stepMs > 60_000) addCounts(sum.counts, counts);
		}
	}
	return Object.fromEntries(sums.map(({name, fromMs, counts}) => [name, {fromMs, counts}])) as Record<
		WindowName,
		WindowCounts
	>;
}
