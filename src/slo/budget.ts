import type {Tally} from './objective.js';

/** Good of all; null where nothing happened. */
export function ratioOf({good, total}: Tally): number | null {
	return total > 0 ? good / total : null;
}

/** How many times faster than allowed the budget goes: 1 uses it up exactly in its period. Null without events. */
export function burnRate({good, total}: Tally, target: number): number | null {
	return total > 0 ? (total - good) / total / (1 - target) : null;
}

/**
 * The share of the whole period's budget that a window has used: its bad events of all that the period's traffic allows.
 * Over the period itself this is its burn rate. More than 1 is overspent. Null without events in the period.
 */
export function budgetUsed(window: Tally, period: Tally, target: number): number | null {
	return period.total > 0 ? (window.total - window.good) / (period.total * (1 - target)) : null;
}

/** Bad events that this much traffic may hold. */
export function allowedBad(total: number, target: number): number {
	// 1000 × (1 − 0.999) is 1.0000000000000009 or 0.9999…: rounding must not cost an event.
	return Math.floor(total * (1 - target) + 1e-6);
}

/** Time until the budget is gone at this rate: infinite where nothing burns, 0 where it is gone. */
export function secondsToExhaustion(burn: number, used: number, periodSeconds: number): number {
	if (used >= 1) return 0;
	return burn > 0 ? (periodSeconds * (1 - used)) / burn : Number.POSITIVE_INFINITY;
}
