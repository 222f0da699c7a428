import {ratioOf} from './budget.js';
import {isBelowLine} from './compliance.js';
import type {Tally} from './objective.js';
import type {WindowName} from './windows.js';

/** Windows in which a line can be proved crossed, the shortest first: it is soon, the others see a quiet shop. */
export const ALARM_WINDOWS = ['5m', '30m', '1h'] as const satisfies readonly WindowName[];

/**
 * The first of the windows that proves fewer good than the line asks for; undefined where none does, or where the last minutes are
 * well again: nobody is called for what is over.
 * @param tallies of `ALARM_WINDOWS`, in their order; undefined where nothing is known
 */
export function alarmProof(tallies: readonly (Tally | undefined)[], line: number): Tally | undefined {
	const [latest] = tallies;
	const now = latest === undefined ? null : ratioOf(latest);
	if (now !== null && now >= line) return undefined;
	return tallies.find((tally) => tally !== undefined && isBelowLine(tally, line));
}
