import type {BurnRule, BurnState} from './burn-alerts.js';
import type {Between} from './evidence.js';
import type {Tally} from './objective.js';

/** `not-enough-data`: events were seen, and prove neither that the target is met nor that it is missed. */
export type ObjectiveState = 'pass' | 'breach' | 'not-enough-data' | 'no-data';

/** How fast the budget goes by one of the rules; a rate is null where nothing is known of its window. */
export type BurnVerdict = BurnRule & {
	readonly longRate: number | null;
	readonly shortRate: number | null;
	readonly state: BurnState;
};

/** The line at which somebody is called. */
export type AlarmVerdict = {
	readonly target: number;
	readonly thresholdMs: number | null;
	readonly state: 'firing' | 'quiet' | 'no-data';
	/** Of the window that proves it, and of the shortest one else. */
	readonly ratio: number | null;
};

export type BudgetVerdict = {
	/** Bad events that the period's traffic so far allows. */
	readonly allowed: number;
	readonly bad: number;
	/** Share of the budget that is left; negative when overspent. */
	readonly left: number;
	/** Until it is gone, at the rate of the last hour, or of all that was counted; null: not at that rate. */
	readonly secondsLeft: number | null;
};

/** All that can be said of one objective at one moment. */
export type ObjectiveVerdict = Tally & {
	readonly name: string;
	readonly title: string;
	readonly kind: 'ratio' | 'latency';
	readonly target: number;
	readonly thresholdMs: number | null;
	readonly state: ObjectiveState;
	/** Why it proves nothing, in words; empty where it does. */
	readonly why: string;
	readonly notes: readonly string[];
	/** What was judged, and how much of it was counted. */
	readonly windowMinutes: number;
	readonly coveredMinutes: number;
	readonly ratio: number | null;
	/** Good events still needed until the target is proved met; null where that cannot be told. */
	readonly needed: number | null;
	/** Of the histogram, beside the threshold, where it is no edge. */
	readonly between: Between | null;
	readonly budget: BudgetVerdict | null;
	readonly burn: readonly BurnVerdict[];
	readonly alarm: AlarmVerdict | null;
};
