import {binomialAtLeast} from '../stats/binomial.js';
import {burnRate} from './budget.js';
import type {Tally} from './objective.js';
import {BUDGET_PERIOD, minutesOf, type WindowName} from './windows.js';

/**
 * Rates at which a budget goes too fast, each seen over a long window and a short one, so that an alert comes soon and
 * ends soon: 2 % of the budget in an hour and 5 % in six call somebody, 10 % in a day and 10 % in three can wait for the
 * morning (Google, The Site Reliability Workbook, chapter 5, table 5-8).
 */
const BURNS = [
	{severity: 'critical', long: '1h', short: '5m', budgetShare: 0.02},
	{severity: 'critical', long: '6h', short: '30m', budgetShare: 0.05},
	{severity: 'warning', long: '1d', short: '2h', budgetShare: 0.1},
	{severity: 'warning', long: '3d', short: '6h', budgetShare: 0.1},
] as const satisfies readonly {severity: string; long: WindowName; short: WindowName; budgetShare: number}[];

export type BurnRule = {
	readonly severity: 'critical' | 'warning';
	readonly long: WindowName;
	readonly short: WindowName;
	/** Share of the whole period's budget that is gone when the long window has burned so fast. */
	readonly budgetShare: number;
	/** How many times faster than allowed. */
	readonly factor: number;
};

/** The rules for a budget's period: of 30 days they are 14.4, 6, 3 and 1 times too fast. */
export function burnRules(periodMinutes: number): readonly BurnRule[] {
	return BURNS.map((burn) => ({...burn, factor: (burn.budgetShare * periodMinutes) / minutesOf(burn.long)}));
}

export const BURN_RULES = burnRules(minutesOf(BUDGET_PERIOD));

export type BurnFacts = {
	readonly target: number;
	readonly windows: Readonly<Record<WindowName, Tally>>;
	/** How long anything has been counted: a rule over a longer window says nothing yet. */
	readonly coveredMinutes: number;
	/** @default BURN_RULES */
	readonly rules?: readonly BurnRule[];
};

/**
 * What a rule says: `never`, as even total failure would not burn so fast; `not-covered`, as less than its long window
 * was counted; `no-data`, as nothing happened in it.
 */
export type BurnState = 'firing' | 'quiet' | 'no-data' | 'not-covered' | 'never';

/** One-sided chance that a budget which burns no faster than the rule's rate sets it off. */
const ALPHA = 0.05;
/** One failure on a quiet evening is no trend. */
const LEAST_BAD = 2;

/** What one rule says of the events, by the exact binomial test. */
export function judgeBurnRule({long, short, factor}: BurnRule, facts: BurnFacts): BurnState {
	const {target, windows, coveredMinutes} = facts;
	const allowed = factor * (1 - target);
	// A rate beyond 100 % failing can never be seen.
	if (allowed >= 1) return 'never';
	if (coveredMinutes < minutesOf(long)) return 'not-covered';
	const tally = windows[long];
	const burn = burnRate(tally, target);
	if (burn === null) return 'no-data';
	const bad = tally.total - tally.good;
	const isFast = burn > factor && (burnRate(windows[short], target) ?? 0) > factor;
	return isFast && bad >= LEAST_BAD && binomialAtLeast(bad, tally.total, allowed) <= ALPHA ? 'firing' : 'quiet';
}

/** The worst rule that the events set off; undefined where none does, or too little is known. */
export function judgeBurn(facts: BurnFacts): BurnRule | undefined {
	return (facts.rules ?? BURN_RULES).find((rule) => judgeBurnRule(rule, facts) === 'firing');
}
