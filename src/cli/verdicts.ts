import {EXIT, type ExitCode} from '../kernel/exit-codes.js';
import type {Mark, Verdict} from '../kernel/report.js';

/** How a command ends that judges: a warning is told, and stops nothing. */
export const VERDICT_EXITS: Readonly<Record<Exclude<Verdict, 'skip'>, ExitCode>> = {
	pass: EXIT.ok,
	warn: EXIT.ok,
	fail: EXIT.no,
	inconclusive: EXIT.inconclusive,
};

export const VERDICT_MARKS: Readonly<Record<Verdict, Mark>> = {
	pass: 'done',
	warn: 'warn',
	fail: 'failed',
	skip: 'pending',
	inconclusive: 'unknown',
};
