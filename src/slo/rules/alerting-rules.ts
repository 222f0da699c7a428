import {ALARM_WINDOWS} from '../alarm.js';
import {type BurnRule, burnRules} from '../burn-alerts.js';
import type {MeasuredObjective} from '../objective.js';
import {minutesOf} from '../windows.js';
import {absentAnnotations, alarmAnnotations, burnAnnotations, literal} from './annotations.js';
import {ALARM_BAD_EVENTS, ALERT, BAD_EVENTS, BAD_RATIO, EVENTS, LABEL, recordedOf} from './names.js';
import {budgetOf, labelsOf} from './recording-rules.js';
import {periodMinutes, type RuleOptions} from './rule-options.js';

export type AlertingRule = {
	readonly alert: string;
	readonly expr: string;
	readonly for?: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly annotations: Readonly<Record<string, string>>;
};

export function alertingRules(objective: MeasuredObjective, options: RuleOptions): AlertingRule[] {
	return [
		...burnRules(periodMinutes(options))
			// A rate beyond 100 % failing can never be seen.
			.filter(({factor}) => factor * (1 - objective.target) < 1)
			.map((rule) => burnAlert(objective, rule, options)),
		...(objective.alarm === undefined ? [] : [alarmAlert(objective, options)]),
		absentAlert(objective, options),
	];
}

function burnAlert(objective: MeasuredObjective, rule: BurnRule, options: RuleOptions): AlertingRule {
	const {long, short, factor, severity} = rule;
	const share = roundedShare(factor * budgetOf(objective));
	const of = (record: string) => recordedOf(record, {slo: objective.name, service: options.service});
	const conditions = [
		`${of(`${BAD_RATIO}${long}`)} > ${share}`,
		`${of(`${BAD_RATIO}${short}`)} > ${share}`,
		`${of(`${BAD_EVENTS}${long}`)} > ${leastBad(of(`${EVENTS}${long}`), share)}`,
		...(severity === 'warning' ? [wasCounted(of, rule)] : []),
	];
	return {
		alert: ALERT.burn,
		expr: conditions.join('\nand\n'),
		labels: {
			...literalLabels(objective, options),
			[LABEL.severity]: severity,
			[LABEL.long]: long,
			[LABEL.short]: short,
		},
		annotations: burnAnnotations(objective, rule, options),
	};
}

/**
 * What can wait needs the whole of its long window: of five hours nobody can say what a three-day rule asks. What calls
 * somebody does not wait.
 */
function wasCounted(of: (record: string) => string, {long, short}: BurnRule): string {
	const spareMinutes = 10;
	return `present_over_time(${of(`${EVENTS}${short}`)}[${spareMinutes}m] offset ${minutesOf(long) - spareMinutes}m)`;
}

/**
 * Bad events from which chance is no excuse: one-sided 5 % of a binomial, by its normal approximation with a correction
 * that keeps it within one event of the exact test. Always more than one: a single failure reads as 1.0 to 1.3, since
 * Prometheus extends what it sees to the edges of the window.
 */
function leastBad(events: string, share: number): string {
	const expected = `${share} * ${events}`;
	return `clamp_min(\n    ${expected} + 1.645 * sqrt(${roundedShare(1 - share)} * ${expected}) + 0.65,\n    1.5\n  )`;
}

/** Proved over the line in any window, and still over it now, where now has any events. */
function alarmAlert(objective: MeasuredObjective, options: RuleOptions): AlertingRule {
	const {alarm = {target: objective.target}, thresholdMs} = objective;
	const share = budgetOf(alarm);
	const of = (record: string) => recordedOf(record, {slo: objective.name, service: options.service});
	const bad = alarm.thresholdMs === undefined || alarm.thresholdMs === thresholdMs ? BAD_EVENTS : ALARM_BAD_EVENTS;
	const proofs = ALARM_WINDOWS.map((window) => {
		const [badEvents, events] = [of(`${bad}${window}`), of(`${EVENTS}${window}`)];
		return `(\n  ${badEvents} > ${leastBad(events, share)}\n) / ${events}`;
	});
	const now = ALARM_WINDOWS[0];
	const isOver = `${of(`${bad}${now}`)} <= ${share} * (${of(`${EVENTS}${now}`)} > 0)`;
	return {
		alert: ALERT.alarm,
		expr: `(\n${proofs.join('\nor\n').replaceAll(/^/gm, '  ')}\n)\nunless\n${isOver}`,
		labels: {...literalLabels(objective, options), [LABEL.severity]: 'critical'},
		annotations: alarmAnnotations(objective, options),
	};
}

/** No series to count: a warning and never more, since it says nothing of the shop. */
function absentAlert(objective: MeasuredObjective, options: RuleOptions): AlertingRule {
	const of = (record: string) => recordedOf(`${record}1h`, {slo: objective.name, service: options.service});
	return {
		alert: ALERT.absent,
		expr: `absent(${of(EVENTS)})\nor\nabsent(${of(BAD_EVENTS)})`,
		for: '15m',
		labels: {...literalLabels(objective, options), [LABEL.severity]: 'warning'},
		annotations: absentAnnotations(objective, options),
	};
}

function literalLabels(objective: MeasuredObjective, options: RuleOptions): Record<string, string> {
	return Object.fromEntries(
		Object.entries(labelsOf(objective, options)).map(([label, value]) => [label, literal(value)]),
	);
}

function roundedShare(share: number): number {
	return Number(share.toPrecision(12));
}
