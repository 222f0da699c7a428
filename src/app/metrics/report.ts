import {budgetUsed, burnRate, ratioOf} from '../../slo/budget.js';
import {type Compliance, judgeCompliance} from '../../slo/compliance.js';
import type {Tally} from '../../slo/objective.js';
import {type QuantileBounds, quantileBounds} from '../../slo/quantile-bounds.js';
import {BUDGET_PERIOD, type WindowName} from '../../slo/windows.js';
import {bucketsOf, type Counts, count} from './counts.js';
import {SHOP_OBJECTIVES, type ShopObjective} from './objectives.js';
import type {History} from './roll-ups.js';
import {sumWindows} from './windows.js';

export type ObjectiveReport = {
	readonly name: string;
	readonly title: string;
	readonly kind: 'ratio' | 'latency';
	readonly target: number;
	readonly thresholdMs: number | null;
	readonly good: number;
	readonly total: number;
	/** Null where nothing happened: no data is not 100 %. */
	readonly ratio: number | null;
	/** Whether the events prove the target met or missed. */
	readonly verdict: Compliance;
	/** Share of the thirty days' budget that this window has used. */
	readonly budgetUsed: number | null;
	readonly burnRate: number | null;
	/** The line at which somebody is called, and what was good by it; null where there is none. */
	readonly alarm: {readonly target: number; readonly thresholdMs: number | null; readonly good: number} | null;
};

export type Latency = {
	readonly p50: QuantileBounds | null;
	readonly p95: QuantileBounds | null;
	readonly p99: QuantileBounds | null;
};

export type WindowReport = {
	/** ISO; the first moment counted. */
	readonly from: string;
	readonly requests: number;
	/** Answers of 500 and above. */
	readonly errors: number;
	readonly latency: Latency;
	readonly checkouts: Readonly<Record<'placed' | 'replayed' | 'out_of_stock' | 'refused' | 'failed', number>>;
	readonly payments: Readonly<Record<'captured' | 'failed' | 'refused' | 'quarantined' | 'refunded', number>>;
	readonly orders: Readonly<Record<'placed' | 'paid' | 'expired' | 'cancelled' | 'refunded', number>>;
	readonly revenuePaise: number;
	readonly refundedPaise: number;
	readonly registrations: number;
	/** Orders paid per checkout placed; null without a checkout. */
	readonly conversion: number | null;
	readonly objectives: readonly ObjectiveReport[];
};

export type MetricsReport = {
	readonly generatedAt: string;
	/** `process`: the database did not answer, so these are one process's counts since its start, and prove nothing. */
	readonly source: 'shop' | 'process';
	/** The oldest moment of which anything is known; null where nothing was counted yet. */
	readonly since: string | null;
	readonly windows: Readonly<Record<WindowName, WindowReport>>;
};

export async function makeReport(history: History, nowMs: number): Promise<MetricsReport> {
	const windows = await sumWindows(history, nowMs);
	const period = windows[BUDGET_PERIOD].counts;
	const firsts = [...history.minutes, ...history.hours].map(({atMs}) => atMs);
	return {
		generatedAt: new Date(nowMs).toISOString(),
		source: history.isComplete ? 'shop' : 'process',
		since: firsts.length === 0 ? null : isoOf(firsts.reduce((first, atMs) => Math.min(first, atMs))),
		windows: Object.fromEntries(
			Object.entries(windows).map(([name, {fromMs, counts}]) => [
				name,
				windowReport(fromMs, counts, (objective) => judge(objective, counts, period, history.isComplete)),
			]),
		) as MetricsReport['windows'],
	};
}

/** One objective in every window; undefined where a window does not know it. */
export function objectiveByWindow(
	{windows}: MetricsReport,
	name: string,
): Readonly<Record<WindowName, ObjectiveReport | undefined>> {
	const found = Object.entries(windows).map(([window, {objectives}]) => [
		window,
		objectives.find((objective) => objective.name === name),
	]);
	return Object.fromEntries(found) as Record<WindowName, ObjectiveReport | undefined>;
}

/** Its events in every window. */
export function tallyByWindow(report: MetricsReport, name: string): Readonly<Record<WindowName, Tally>> {
	const tallies = Object.entries(objectiveByWindow(report, name)).map(([window, found]) => [
		window,
		found ?? {good: 0, total: 0},
	]);
	return Object.fromEntries(tallies) as Record<WindowName, Tally>;
}

export function latencyOf(counts: Counts): Latency {
	const buckets = bucketsOf(counts, 'request');
	return {
		p50: quantileBounds(buckets, 0.5),
		p95: quantileBounds(buckets, 0.95),
		p99: quantileBounds(buckets, 0.99),
	};
}

function windowReport(
	fromMs: number,
	counts: Counts,
	judgeOne: (objective: ShopObjective) => ObjectiveReport,
): WindowReport {
	const placed = count(counts, 'checkout_placed');
	return {
		from: isoOf(fromMs),
		requests: count(counts, 'requests'),
		errors: count(counts, 'errors'),
		latency: latencyOf(counts),
		checkouts: pick(counts, 'checkout', ['placed', 'replayed', 'out_of_stock', 'refused', 'failed']),
		payments: pick(counts, 'payment', ['captured', 'failed', 'refused', 'quarantined', 'refunded']),
		orders: pick(counts, 'order', ['placed', 'paid', 'expired', 'cancelled', 'refunded']),
		revenuePaise: count(counts, 'revenue_paise'),
		refundedPaise: count(counts, 'refunded_paise'),
		registrations: count(counts, 'registrations'),
		conversion: placed > 0 ? count(counts, 'order_paid') / placed : null,
		objectives: SHOP_OBJECTIVES.map(judgeOne),
	};
}

function judge(objective: ShopObjective, counts: Counts, period: Counts, isComplete: boolean): ObjectiveReport {
	const {name, title, kind, target, thresholdMs, alarm} = objective;
	const tally = objective.tally(counts);
	return {
		name,
		title,
		kind,
		target,
		thresholdMs: thresholdMs ?? null,
		...tally,
		ratio: ratioOf(tally),
		verdict: isComplete ? judgeCompliance(tally, target) : 'inconclusive',
		budgetUsed: isComplete ? budgetUsed(tally, objective.tally(period), target) : null,
		burnRate: burnRate(tally, target),
		alarm:
			alarm === undefined
				? null
				: {
						target: alarm.target,
						thresholdMs: alarm.thresholdMs ?? null,
						good: objective.alarmTally?.(counts).good ?? tally.good,
					},
	};
}

function pick<Name extends string>(counts: Counts, what: string, names: readonly Name[]): Record<Name, number> {
	return Object.fromEntries(names.map((name) => [name, count(counts, `${what}_${name}`)])) as Record<Name, number>;
}

function isoOf(ms: number): string {
	return new Date(ms).toISOString();
}
