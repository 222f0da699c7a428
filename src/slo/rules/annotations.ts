import {formatDuration} from '../../kernel/duration.js';
import type {BurnRule} from '../burn-alerts.js';
import type {MeasuredObjective} from '../objective.js';
import type {WindowName} from '../windows.js';
import {periodMinutes, type RuleOptions} from './rule-options.js';

type Annotations = Readonly<Record<string, string>>;

const SHARE = '{{ $value | humanizePercentage }}';

/** Annotations are for a tired person: what, how fast, since when, what to type. */
export function burnAnnotations(objective: MeasuredObjective, rule: BurnRule, options: RuleOptions): Annotations {
	const {long, short, factor, budgetShare} = rule;
	const gone = formatDuration((periodMinutes(options) / factor) * 60_000);
	const urgency =
		rule.severity === 'critical' ? 'Look now.' : 'It can wait for the morning; find out what eats the budget.';
	return {
		summary: `${about(objective, options)}: ${SHARE} bad in the last ${windowWords(long)}, the error budget goes too fast`,
		description: [
			`Promised: ${literal(objective.title)}.`,
			`Over the last ${windowWords(long)} and still in the last ${windowWords(short)} more than`,
			`${factorWords(factor)} times as many events were bad as the promise allows. At this rate the error budget of`,
			`${Number.parseInt(options.period, 10)} days is gone within ${gone}; ${percentWords(budgetShare)} of it goes every ${windowWords(long)}.`,
			urgency,
		].join(' '),
		...next(objective, options),
	};
}

export function alarmAnnotations(objective: MeasuredObjective, options: RuleOptions): Annotations {
	const {alarm = {target: objective.target}} = objective;
	const line =
		alarm.thresholdMs === undefined
			? `fewer than ${percentWords(alarm.target)} are good`
			: `fewer than ${percentWords(alarm.target)} are answered within ${alarm.thresholdMs / 1000} s`;
	return {
		summary: `${about(objective, options)}: ${SHARE} bad, over the line of alarm`,
		description: [
			`The line of alarm is crossed: ${line}.`,
			`It is proved by the last 5 minutes, 30 minutes or hour, and not over yet.`,
			`Promised: ${literal(objective.title)}. Look now.`,
		].join(' '),
		...next(objective, options),
	};
}

export function absentAnnotations(objective: MeasuredObjective, options: RuleOptions): Annotations {
	const edge =
		objective.kind === 'latency' && !options.isNative
			? ` Or its histogram has no bucket that ends at ${(objective.thresholdMs ?? Number.NaN) / 1000} s${
					objective.alarm?.thresholdMs === undefined ? '' : ` or at ${objective.alarm.thresholdMs / 1000} s`
				}: add that edge.`
			: '';
	return {
		summary: `${about(objective, options)}: nobody knows, Prometheus has no such metric`,
		description: [
			`For an hour nothing was counted for: ${literal(objective.title)}. That is neither good nor bad.`,
			`Is the shop scraped ("up" in Prometheus), and does its metrics page have what the rule asks for?${edge}`,
		].join(' '),
		...next(objective, options),
	};
}

function next({name}: MeasuredObjective, {runbook}: RuleOptions): Annotations {
	return {
		command: `sastaops slo check --objective ${name}`,
		...(runbook === undefined ? {} : {runbook_url: literal(runbook.replaceAll('{slo}', name))}),
	};
}

function about({name}: MeasuredObjective, {service}: RuleOptions): string {
	return `${literal(service)} ${name.replaceAll('_', ' ')}`;
}

/** Text that Prometheus must not take for a template: it looks for them in an alert's annotations and labels. */
export function literal(text: string): string {
	return text.replaceAll('{{', '{{ "{{" }}');
}

const UNIT_WORDS = {m: 'minutes', h: 'hours', d: 'days'} as const;

function windowWords(window: WindowName): string {
	const amount = Number.parseInt(window, 10);
	const unit = UNIT_WORDS[window.at(-1) as keyof typeof UNIT_WORDS];
	return amount === 1 ? unit.slice(0, -1) : `${amount} ${unit}`;
}

function factorWords(factor: number): string {
	return String(Number(factor.toPrecision(3)));
}

function percentWords(share: number): string {
	return `${Number((share * 100).toPrecision(6))} %`;
}
