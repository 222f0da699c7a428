import {binomialAtLeast, binomialAtMost} from '../stats/binomial.js';
import type {Tally} from './objective.js';

export type Compliance = 'pass' | 'fail' | 'inconclusive';

export type ComplianceOptions = {
	/** One-sided chance of a wrong verdict, each way. @default 0.05 */
	readonly alpha?: number;
	/** Bad events below which nothing fails: one slip among twelve requests is no trend. @default 2 */
	readonly minBad?: number;
};

/**
 * Whether the events seen prove that the target is met, or missed, by the exact binomial test; all between is
 * `inconclusive`, and so is no data or data that contradicts itself. At 99.9 % it takes 2995 good events to pass.
 */
export function judgeCompliance(
	{good, total}: Tally,
	target: number,
	{alpha = 0.05, minBad = 2}: ComplianceOptions = {},
): Compliance {
	if (!(target > 0 && target < 1)) throw new RangeError(`A target lies between 0 and 1, not at ${target}`);
	if (!isCount(good) || !isCount(total) || good > total || total === 0) return 'inconclusive';
	const bad = total - good;
	if (binomialAtMost(bad, total, 1 - target) <= alpha) return 'pass';
	if (bad >= minBad && binomialAtLeast(bad, total, 1 - target) <= alpha) return 'fail';
	return 'inconclusive';
}

function isCount(value: number): boolean {
	return Number.isSafeInteger(value) && value >= 0;
}
