import {type Alert, alertKey} from '../../alert/alert.js';
import type {Seen} from '../../alert/condition.js';
import {ALARM_WINDOWS, alarmProof} from '../../slo/alarm.js';
import {burnRate, ratioOf} from '../../slo/budget.js';
import {judgeBurn} from '../../slo/burn-alerts.js';
import type {Tally} from '../../slo/objective.js';
import {MINUTE_MS, type WindowName} from '../../slo/windows.js';
import {type MetricsReport, type ObjectiveReport, objectiveByWindow, tallyByWindow} from '../metrics/report.js';

/** What one look says of one thing that may be wrong. */
export type Reading = {readonly alert: Alert; readonly seen: Seen};

/** Bad events of all that a promise allows, beyond which errors are many. */
const MANY_ERRORS = 5;

const WORDS: Readonly<Record<string, string>> = {
	api_availability: 'The API fails',
	checkout_success: 'Checkouts fail',
	payment_success: 'Payments fail',
	checkout_latency: 'Checkouts are slow',
	payment_latency: 'Payments are slow',
	api_latency: 'The API is slow',
};

type ByWindow = Readonly<Record<WindowName, ObjectiveReport | undefined>>;

/**
 * What the shop's own counts say of its promises: the line at which somebody is called, what is slow, errors that are many,
 * budgets that go too fast. One process's own counts, without the database, prove nothing.
 */
export function readingsOf(report: MetricsReport, service: string, nowMs: number): Reading[] {
	const {windows, since, source} = report;
	const isWhole = source === 'shop' && since !== null;
	const coveredMinutes = isWhole ? (nowMs - Date.parse(since)) / MINUTE_MS : 0;
	return windows['30d'].objectives.flatMap(({name}) => {
		const tallies = tallyByWindow(report, name);
		const readings = readingsOfObjective(objectiveByWindow(report, name), {service, coveredMinutes, tallies});
		return isWhole ? readings : readings.map(({alert}) => ({alert, seen: 'unknown' as const}));
	});
}

type ObjectiveFacts = {
	readonly service: string;
	readonly coveredMinutes: number;
	readonly tallies: Readonly<Record<WindowName, Tally>>;
};

function readingsOfObjective(byWindow: ByWindow, facts: ObjectiveFacts): Reading[] {
	const {service} = facts;
	const objective = byWindow['5m'];
	if (objective === undefined) return [];
	const {name, title, kind, target, alarm} = objective;
	const words = WORDS[name] ?? title;
	const base = (tier: string, line: number, tallyOf: TallyOf) => ({
		key: alertKey(service, name, tier),
		title: `${words}: ${percent(ratioOf(tallyOf(objective)))} good in the last 5 minutes`,
		text: `${title}. Told below ${percent(line)}.`,
		facts: ALARM_WINDOWS.flatMap((window) => {
			const report = byWindow[window];
			if (report === undefined) return [];
			const {good, total} = tallyOf(report);
			return [[window, `${total - good} bad of ${total}`] as const];
		}),
	});

	const alarmed =
		alarm === null
			? undefined
			: seenBelow(byWindow, alarmTally, {
					bad: alarm.target,
					good: kind === 'ratio' ? (alarm.target + target) / 2 : alarm.target,
				});
	// Five times what the promise allows, where that comes before the alarm line.
	const many = 1 - MANY_ERRORS * (1 - target);
	const isBeforeAlarm = many > (alarm?.target ?? 0);
	return [
		...(alarm === null || alarmed === undefined
			? []
			: [{alert: {...base('alarm', alarm.target, alarmTally), severity: 'critical' as const}, seen: alarmed}]),
		...(kind === 'latency'
			? [
					{
						alert: {...base('slow', target, plainTally), severity: 'warning' as const},
						seen: seenBelow(byWindow, plainTally, {bad: target, good: target}),
					},
				]
			: isBeforeAlarm
				? [
						{
							alert: {...base('errors', many, plainTally), severity: 'warning' as const},
							seen: seenBelow(byWindow, plainTally, {bad: many, good: (many + target) / 2}),
						},
					]
				: []),
		burnReading(objective, {...facts, words, isAlarmed: alarmed === 'bad'}),
	];
}

type TallyOf = (report: ObjectiveReport) => Tally;

const plainTally: TallyOf = ({good, total}) => ({good, total});
const alarmTally: TallyOf = ({alarm, good, total}) => ({good: alarm?.good ?? good, total});

/** Bad: proved below the line in one of the windows, and still below it in the last minutes. */
function seenBelow(byWindow: ByWindow, tallyOf: TallyOf, lines: {readonly bad: number; readonly good: number}): Seen {
	const latest = byWindow['5m'];
	const ratio = latest === undefined ? null : ratioOf(tallyOf(latest));
	if (ratio === null) return 'unknown';
	if (ratio >= lines.good) return 'good';
	if (ratio >= lines.bad) return 'between';
	const tallies = ALARM_WINDOWS.map((window) => {
		const report = byWindow[window];
		return report && tallyOf(report);
	});
	return alarmProof(tallies, lines.bad) === undefined ? 'between' : 'bad';
}

function burnReading(
	{name, title, target}: ObjectiveReport,
	{
		service,
		coveredMinutes,
		tallies,
		words,
		isAlarmed,
	}: ObjectiveFacts & {readonly words: string; readonly isAlarmed: boolean},
): Reading {
	const rule = judgeBurn({target, windows: tallies, coveredMinutes});
	const burn = rule === undefined ? 0 : (burnRate(tallies[rule.long], target) ?? 0);
	const alert: Alert = {
		key: alertKey(service, name, 'budget'),
		severity: rule?.severity ?? 'warning',
		title: `${words}: the error budget goes ${burn.toFixed(1)} times too fast over ${rule?.long ?? '1h'}`,
		text: `${title}. At this rate the budget of 30 days is gone in ${(30 / Math.max(burn, 1)).toFixed(1)} days.`,
		facts: [],
	};
	if (rule !== undefined) {
		// Whoever is called by the alarm line need not be called twice.
		return {alert, seen: isAlarmed ? 'unknown' : 'bad'};
	}
	return {alert, seen: tallies['1h'].total > 0 ? 'good' : 'unknown'};
}

function percent(ratio: number | null): string {
	return ratio === null ? 'nothing' : `${(ratio * 100).toFixed(ratio > 0.99 ? 2 : 1)} %`;
}
