import {formatMoment} from '../../kernel/duration.js';
import {ratioOf} from '../budget.js';
import {countWords, minutesWords, percentOf} from '../words.js';
import type {ObjectiveReport, SloReport} from './make.js';

/** `12 of 14 promises kept`, in the order of what matters. */
export function summaryOf({objectives}: SloReport): {text: string; tone: 'good' | 'bad' | 'warn'} {
	const count = (state: string) => objectives.filter(({verdict}) => verdict.state === state).length;
	const [broken, kept] = [count('breach'), count('pass')];
	const open = objectives.length - broken - kept;
	const parts = [
		...(broken > 0 ? [`${broken} broken`] : []),
		...(kept > 0 ? [`${kept} kept`] : []),
		...(open > 0 ? [`${open} not proved either way`] : []),
	];
	return {
		text: `Of ${objectives.length} promises: ${parts.join(', ')}`,
		tone: broken > 0 ? 'bad' : open > 0 ? 'warn' : 'good',
	};
}

/** Against the period before, in percent of events. */
export function trendWords({verdict, before}: ObjectiveReport, minutes: number): string {
	const [now, then] = [verdict.ratio, before === null ? null : ratioOf(before)];
	if (now === null || then === null) return `nothing is known of the ${minutesWords(minutes)} before`;
	const change = now - then;
	const points = `${Math.abs(change * 100).toFixed(2)} points`;
	if (Math.abs(change) < 0.00005) return `as in the ${minutesWords(minutes)} before`;
	return `${percentOf(then)} in the ${minutesWords(minutes)} before: ${points} ${change > 0 ? 'better' : 'worse'} now`;
}

export function hourWords(atMs: number): string {
	return `${formatMoment(atMs).slice(0, 16)}–${formatMoment(atMs + 3_600_000).slice(11)}`;
}

/** What ate the budget: the worst hours, and their share of it. */
export function worstWords({worst}: ObjectiveReport): string[] {
	return worst.map(({atMs, tally, budgetShare}) => {
		const share = budgetShare === null ? '' : `, ${percentOf(Math.min(budgetShare, 99))} of the budget`;
		return `${hourWords(atMs)}: ${countWords(tally.total - tally.good)} bad of ${countWords(tally.total)}${share}`;
	});
}
