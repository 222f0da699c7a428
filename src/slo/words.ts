import {formatDuration} from '../kernel/duration.js';
import type {BudgetVerdict, BurnVerdict, ObjectiveVerdict} from './verdict.js';

/** `99.62 %`, as precise as tells it from 100 %; never rounded up to what it is not. */
export function percentOf(share: number): string {
	const percent = share * 100;
	if (share === 1 || share === 0) return `${percent} %`;
	const digits = Math.min(6, Math.max(2, Math.ceil(-Math.log10(100 - percent)) + 1));
	const scale = 10 ** digits;
	return `${Math.floor(percent * scale + 1e-6) / scale} %`;
}

/** `1,204`. */
export function countWords(count: number): string {
	return Math.round(count).toLocaleString('en-US');
}

/** `30 d`, `6 h`, `45 min`. */
export function minutesWords(minutes: number): string {
	if (minutes % 1440 === 0) return `${minutes / 1440} d`;
	return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}

/** One line: how it stands, and what it would take to know. */
export function stateWords(objective: ObjectiveVerdict): string {
	const {state, why, good, total, ratio, needed, windowMinutes, coveredMinutes} = objective;
	if (state === 'no-data') return `no data: ${why}`;
	const seen = `${percentOf(ratio ?? 0)}: ${countWords(total - good)} bad of ${countWords(total)}`;
	const covered =
		coveredMinutes < windowMinutes * 0.95 ? `, counted for ${formatDuration(coveredMinutes * 60_000)}` : '';
	switch (state) {
		case 'pass':
			return `kept, ${seen}${covered}`;
		case 'breach':
			return `broken, ${seen}${covered}`;
		case 'not-enough-data':
			return `cannot tell yet, ${seen}${covered}; ${needed === null ? why : `${countWords(needed)} good ones more would prove it kept`}`;
		default:
			return state satisfies never;
	}
}

export function budgetWords({allowed, bad, left, secondsLeft}: BudgetVerdict): string {
	if (allowed === 0 && bad === 0) return 'budget: so few events allow not one bad one';
	if (left <= 0) return `budget overspent: ${countWords(bad)} bad where ${countWords(allowed)} are allowed`;
	const until = secondsLeft === null ? '' : `; at this rate it is gone in ${formatDuration(secondsLeft * 1000)}`;
	return `budget ${percentOf(left)} left: ${countWords(bad)} of ${countWords(allowed)} bad ones used${until}`;
}

export function burnWords({severity, long, longRate, budgetShare}: BurnVerdict): string {
	const rate = (longRate ?? 0).toFixed(1);
	return `${severity}: the budget goes ${rate} times too fast over ${long} (more than ${percentOf(budgetShare)} of it gone by that)`;
}
