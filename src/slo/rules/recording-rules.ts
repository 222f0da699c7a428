import {ALARM_WINDOWS} from '../alarm.js';
import type {MeasuredObjective} from '../objective.js';
import {eventQueries} from './event-queries.js';
import {
	ALARM_BAD_EVENTS,
	BAD_EVENTS,
	BAD_RATIO,
	BUDGET_LEFT,
	EVENTS,
	LABEL,
	RULE_WINDOWS,
	recordedOf,
	TARGET,
} from './names.js';
import type {RuleOptions} from './rule-options.js';

export type RecordingRule = {
	readonly record: string;
	readonly expr: string;
	readonly labels: Readonly<Record<string, string>>;
};

/** Windows that are looked at often, since somebody may be called by them; the others read many samples. */
const SHORT_WINDOWS: readonly string[] = ['5m', '30m', '1h'];

/** What identifies everything of one objective. */
export function labelsOf({name}: MeasuredObjective, {service, labels}: RuleOptions): Record<string, string> {
	return {...labels, [LABEL.service]: service, [LABEL.slo]: name};
}

/**
 * One objective's rules: events and bad events of each window are counted and recorded, then divided, so that a busy
 * hour weighs what it weighs. @throws SastaError SELECTOR_INVALID
 */
export function recordingRules(
	objective: MeasuredObjective,
	options: RuleOptions,
): {short: RecordingRule[]; long: RecordingRule[]} {
	const of = (windows: readonly string[]) => windows.flatMap((window) => rulesOfWindow(objective, window, options));
	return {
		short: of(RULE_WINDOWS.filter((window) => SHORT_WINDOWS.includes(window))),
		long: [...of(RULE_WINDOWS.filter((window) => !SHORT_WINDOWS.includes(window))), ...periodRules(objective, options)],
	};
}

function rulesOfWindow(objective: MeasuredObjective, window: string, options: RuleOptions): RecordingRule[] {
	const labels = labelsOf(objective, options);
	const {events, bad, alarmBad} = eventQueries(objective, window, options);
	const isAlarmWindow = ALARM_WINDOWS.some((name) => name === window);
	return [
		{record: `${EVENTS}${window}`, expr: events, labels},
		{record: `${BAD_EVENTS}${window}`, expr: bad, labels},
		...(alarmBad === undefined || !isAlarmWindow
			? []
			: [{record: `${ALARM_BAD_EVENTS}${window}`, expr: alarmBad, labels}]),
		{record: `${BAD_RATIO}${window}`, expr: ratioOf(window, objective, options), labels},
	];
}

function ratioOf(window: string, {name: slo}: MeasuredObjective, {service}: RuleOptions): string {
	const of = (record: string) => recordedOf(`${record}${window}`, {slo, service});
	return `${of(BAD_EVENTS)}\n/ (${of(EVENTS)} > 0)`;
}

/** The period is summed from whole hours that are recorded already: raw samples of a month would be millions. */
function periodRules(objective: MeasuredObjective, options: RuleOptions): RecordingRule[] {
	const {period, service} = options;
	const labels = labelsOf(objective, options);
	const of = (record: string) => recordedOf(record, {slo: objective.name, service});
	const hours = (record: string) => `sum_over_time(${of(`${record}1h`)}[${period}:1h])`;
	return [
		{record: `${EVENTS}${period}`, expr: hours(EVENTS), labels},
		{record: `${BAD_EVENTS}${period}`, expr: hours(BAD_EVENTS), labels},
		{record: `${BAD_RATIO}${period}`, expr: ratioOf(period, objective, options), labels},
		{record: TARGET, expr: `vector(${objective.target})`, labels},
		{
			record: BUDGET_LEFT,
			expr: `1 - ${of(`${BAD_RATIO}${period}`)} / ${budgetOf(objective)}`,
			labels,
		},
	];
}

/** Share of events that may be bad, without what binary fractions add: 0.001 of 99.9 %. */
export function budgetOf({target}: {target: number}): number {
	return Number((1 - target).toPrecision(12));
}
