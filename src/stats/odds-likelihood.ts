import {logFactorial} from './log-gamma.js';

/** How often something happened among how many tries; whole numbers, `events` ≤ `trials`. */
export type Share = {readonly trials: number; readonly events: number};

export const NOTHING: Share = {trials: 0, events: 0};

export function addShares(a: Share, b: Share): Share {
	return {trials: a.trials + b.trials, events: a.events + b.events};
}

/** The same thing counted at the same time on both sides. */
export type Stratum = {readonly canary: Share; readonly stable: Share};

/** Terms below this share of the largest change no digit of a sum. */
const NEGLIGIBLE = 1e-18;

/**
 * ln P(canary's events | all events, both sides' trials) if the odds of an event are `exp(logOddsRatio)` times stable's:
 * Fisher's noncentral hypergeometric distribution. It does not depend on how frequent the event is, so that a rate that
 * drifts for both sides alike (a sale, a slow database) cancels. 0 where the counts allow one outcome only.
 */
export function logLikelihood({canary, stable}: Stratum, logOddsRatio: number): number {
	const trials = canary.trials;
	const events = canary.events + stable.events;
	const others = stable.trials;
	const least = Math.max(0, events - others);
	const most = Math.min(events, trials);
	if (least === most) return 0;

	const ratio = Math.exp(logOddsRatio);
	const mode = Math.min(Math.max(Math.floor(modeOf({trials, others, events, ratio})), least), most);
	let sum = 1;
	let term = 1;
	for (let k = mode; k < most; k++) {
		term *= (ratio * (trials - k) * (events - k)) / ((k + 1) * (others - events + k + 1));
		sum += term;
		if (term < NEGLIGIBLE * sum) break;
	}
	term = 1;
	for (let k = mode; k > least; k--) {
		term *= (k * (others - events + k)) / (ratio * (trials - k + 1) * (events - k + 1));
		sum += term;
		if (term < NEGLIGIBLE * sum) break;
	}
	const weight = (k: number) =>
		k * logOddsRatio -
		logFactorial(k) -
		logFactorial(trials - k) -
		logFactorial(events - k) -
		logFactorial(others - events + k);
	return (canary.events === mode ? 0 : weight(canary.events) - weight(mode)) - Math.log(sum);
}

/** Where two neighbouring terms are equal: the root of a quadratic, in the form that stays exact as the ratio nears 1. */
function modeOf({
	trials,
	others,
	events,
	ratio,
}: {
	trials: number;
	others: number;
	events: number;
	ratio: number;
}): number {
	const a = ratio - 1;
	const b = ratio * (trials + events + 2) + others - events;
	const c = ratio * (trials + 1) * (events + 1);
	return (2 * c) / (b + Math.sqrt(Math.max(0, b * b - 4 * a * c)));
}
