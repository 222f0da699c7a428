import {binomialAtLeast} from '../stats/binomial.js';
import {burnRate} from './budget.js';
import type {Tally} from './objective.js';
import {WINDOWS, type WindowName} from './windows.js';

/**
 * Rates at which a 30-day budget goes too fast, each seen over a long window and a short one, so that an alert comes soon
 * and ends soon: 2 % of the budget in an hour, 5 % in six, 10 % in three days (Google, The Site Reliability Workbook,
 * chapter 5, table 5-8).
 */
export const BURN_RULES = [
	{severity: 'critical', long: '1h', short: '5m', factor: 14.4},
	{severity: 'critical', long: '6h', short: '30m', factor: 6},
	{severity: 'warning', long: '3d', short: '6h', factor: 1},
] as const satisfies readonly {severity: string; long: WindowName; short: WindowName; factor: number}[];

export type BurnRule = (typeof BURN_RULES)[number];

export type BurnFacts = {
	readonly target: number;
	readonly windows: Readonly<Record<WindowName, Tally>>;
	/** How long anything has been counted: a rule over a longer window says nothing yet. */
	readonly coveredMinutes: number;
};

/** One-sided chance that a budget which burns no faster than the rule's rate sets it off. */
const ALPHA = 0.05;
/** One failure on a quiet evening is no trend. */
const LEAST_BAD = 2;

/** The worst rule that the events set off, by the exact binomial test; undefined where none does, or too little is known. */
export function judgeBurn({target, windows, coveredMinutes}: BurnFacts): BurnRule | undefined {
	return BURN_RULES.find(({long, short, factor}) => {
		const allowed = factor * (1 - target);
		// A rate beyond 100 % failing can never be seen.
		if (allowed >= 1 || coveredMinutes < minutesOf(long)) return false;
		const tally = windows[long];
		const bad = tally.total - tally.good;
		return (
			(burnRate(tally, target) ?? 0) > factor &&
			(burnRate(windows[short], target) ?? 0) > factor &&
			bad >= LEAST_BAD &&
			binomialAtLeast(bad, tally.total, allowed) <= ALPHA
		);
	});
}

function minutesOf(name: WindowName): number {
	return WINDOWS.find((window) => window.name === name)?.minutes ?? Number.POSITIVE_INFINITY;
}
