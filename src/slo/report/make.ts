import type {Evidence, Told} from '../evidence.js';
import type {Interval} from '../history/intervals.js';
import {sumIntervals} from '../history/sum.js';
import {judgeObjective} from '../judge.js';
import type {Tally} from '../objective.js';
import type {ObjectiveVerdict} from '../verdict.js';
import {HOUR_MS, MINUTE_MS} from '../windows.js';

/** Events of an hour that began at `atMs`; null where nothing is known of it. */
export type Hour = {readonly atMs: number; readonly tally: Tally | null};

export type ObjectiveReport = {
	readonly verdict: ObjectiveVerdict;
	/** Of the period before; null where nothing is known of it. */
	readonly before: Tally | null;
	/** Every hour of the period, by time; empty where the source keeps no history. */
	readonly hours: readonly Hour[];
	/** Share of the period's budget that was left at the end of each hour; negative when overspent. */
	readonly burnDown: readonly {readonly atMs: number; readonly left: number}[];
	/** The hours with the most bad events, the worst first. */
	readonly worst: readonly {readonly atMs: number; readonly tally: Tally; readonly budgetShare: number | null}[];
};

export type SloReport = {
	readonly service: string;
	readonly where: string;
	readonly fromMs: number;
	readonly atMs: number;
	readonly minutes: number;
	readonly objectives: readonly ObjectiveReport[];
};

const MOST_WORST = 5;

/** A period in hours: how each objective stood, when its budget went, and how it was before. Pure. */
export function makeReport(
	{where, atMs, evidence}: Told,
	{service, minutes}: {service: string; minutes: number},
): SloReport {
	const fromMs = Math.floor((atMs - minutes * MINUTE_MS) / HOUR_MS) * HOUR_MS;
	return {
		service,
		where,
		fromMs,
		atMs,
		minutes,
		objectives: evidence.map((one) => reportOf(one, {fromMs, atMs, minutes})),
	};
}

type Period = {readonly fromMs: number; readonly atMs: number; readonly minutes: number};

function reportOf(evidence: Evidence, {fromMs, atMs, minutes}: Period): ObjectiveReport {
	const verdict = judgeObjective(evidence, {windowMinutes: minutes, periodMinutes: minutes});
	const {intervals = []} = evidence;
	const hours = intervals.length === 0 ? [] : hoursOf(intervals, {fromMs, atMs});
	const total = hours.reduce((sum, {tally}) => sum + (tally?.total ?? 0), 0);
	const allowed = total * (1 - verdict.target);
	const before = sumIntervals(intervals, minutes, atMs - minutes * MINUTE_MS);
	return {
		verdict,
		before: before === undefined || before.total === 0 ? null : {good: before.good, total: before.total},
		hours,
		burnDown: burnDownOf(hours, allowed),
		worst: hours
			.flatMap(({atMs: hour, tally}) =>
				tally === null || tally.good === tally.total
					? []
					: [{atMs: hour, tally, budgetShare: allowed > 0 ? (tally.total - tally.good) / allowed : null}],
			)
			.toSorted((a, b) => b.tally.total - b.tally.good - (a.tally.total - a.tally.good))
			.slice(0, MOST_WORST),
	};
}

/** An interval counts for the hour in which it ended: readings come more often than that, as a rule. */
function hoursOf(intervals: readonly Interval[], {fromMs, atMs}: {fromMs: number; atMs: number}): Hour[] {
	const sums = new Map<number, {good: number; total: number}>();
	for (const {fromMs: began, toMs, events} of intervals) {
		// Of what took longer nobody can say in which hour it was.
		if (toMs <= fromMs || toMs > atMs || toMs - began > 2 * HOUR_MS) continue;
		const hour = Math.floor((toMs - 1) / HOUR_MS) * HOUR_MS;
		const sum = sums.get(hour) ?? {good: 0, total: 0};
		sum.good += events.good;
		sum.total += events.total;
		sums.set(hour, sum);
	}
	const hours: Hour[] = [];
	for (let hour = fromMs; hour < atMs; hour += HOUR_MS) hours.push({atMs: hour, tally: sums.get(hour) ?? null});
	return hours;
}

/** What is left of the budget that the period's whole traffic allows. */
function burnDownOf(hours: readonly Hour[], allowed: number): ObjectiveReport['burnDown'] {
	if (allowed <= 0) return [];
	let bad = 0;
	return hours.map(({atMs, tally}) => {
		bad += tally === null ? 0 : tally.total - tally.good;
		return {atMs: atMs + HOUR_MS, left: 1 - bad / allowed};
	});
}
