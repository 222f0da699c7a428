import {binomialAtLeast, binomialAtMost} from '../stats/binomial.js';
import type {Tally} from './objective.js';

const PASS_ALPHA = 0.05;

export type Compliance = 'pass' | 'fail' | 'inconclusive';

export type ComplianceOptions = {
	/** One-sided chance that a target which is just missed passes. @default 0.05 */
	readonly passAlpha?: number;
	/** One-sided chance that a target which is just met fails: it wakes people and stops pipelines. @default 0.025 */
	readonly failAlpha?: number;
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
	{passAlpha = PASS_ALPHA, failAlpha = 0.025, minBad = 2}: ComplianceOptions = {},
): Compliance {
	if (!(target > 0 && target < 1)) throw new RangeError(`A target lies between 0 and 1, not at ${target}`);
	if (!isCount(good) || !isCount(total) || good > total || total === 0) return 'inconclusive';
	const bad = total - good;
	if (binomialAtMost(bad, total, 1 - target) <= passAlpha) return 'pass';
	if (bad >= minBad && binomialAtLeast(bad, total, 1 - target) <= failAlpha) return 'fail';
	return 'inconclusive';
}

/**
 * Whether the events prove that fewer are good than an alarm's line asks for. Sooner said than a broken promise, as burn
 * rules are: it is about minutes, not about a month.
 */
export function isBelowLine(tally: Tally, line: number): boolean {
	return judgeCompliance(tally, line, {failAlpha: 0.05}) === 'fail';
}

function isCount(value: number): boolean {
	return Number.isSafeInteger(value) && value >= 0;
}

/** More requests than any shop waits for: the answer is then "more than that". */
const MOST_NEEDED = 1e9;

/**
 * How many events more it takes, all of them good, until the target is proved met. 0 where it is, null where a thousand
 * million are not enough.
 */
export function eventsNeeded({good, total}: Tally, target: number): number | null {
	const bad = total - good;
	const isProved = (n: number) => n > 0 && binomialAtMost(bad, n, 1 - target) <= PASS_ALPHA;
	if (isProved(total)) return 0;
	let enough = Math.max(1, total);
	while (!isProved(enough)) {
		enough *= 2;
		if (enough > MOST_NEEDED) return null;
	}
	let tooFew = Math.max(total, Math.floor(enough / 2));
	while (enough - tooFew > 1) {
		const middle = Math.floor((enough + tooFew) / 2);
		if (isProved(middle)) enough = middle;
		else tooFew = middle;
	}
	return enough - total;
}
