import {quote, selectorText} from '../../kernel/selector.js';
import {ALARM_WINDOWS, alarmProof} from '../alarm.js';
import {burnRules, judgeBurnRule} from '../burn-alerts.js';
import type {MeasuredObjective, Tally} from '../objective.js';
import {WINDOWS, type WindowName} from '../windows.js';
import {countsSeries, type ExampleEvent, type ExampleEvents, exampleEvents, type Series} from './example-series.js';
import {ALERT, BAD_RATIO, LABEL, recordedOf} from './names.js';
import {budgetOf} from './recording-rules.js';
import {periodMinutes, type RuleOptions} from './rule-options.js';
import {yamlText} from './yaml-text.js';

/** So many minutes with so many good and bad events in each. */
type Phase = {readonly minutes: number; readonly good: number; readonly bad: number};

/**
 * A file for "promtool test rules": what the rules say before, in and after an outage, and where there is no metric. What is
 * expected is what the exact judgement of "slo check" says of the same events.
 */
export function unitTestsFile(
	objectives: readonly MeasuredObjective[],
	options: RuleOptions,
	rulesFile: string,
): string {
	const exemplified = objectives
		// The notation of these files has no native histograms before Prometheus 2.46.
		.filter(({kind}) => kind === 'ratio' || !options.isNative)
		.flatMap((objective) => {
			const events = exampleEvents(objective, options);
			return events === undefined ? [] : [{objective, events}];
		});
	return yamlText({
		rule_files: [rulesFile],
		evaluation_interval: '30s',
		tests: [
			absentTest(objectives, options),
			...roundsOf(exemplified, options).map((round) => outageTest(round, options)),
		],
	});
}

type Exemplified = {readonly objective: MeasuredObjective; readonly events: ExampleEvents};

/** All rules are evaluated in every test, so as few as can be: objectives that do not count each other's series share one. */
function roundsOf(all: readonly Exemplified[], options: RuleOptions): Exemplified[][] {
	const rounds: Exemplified[][] = [];
	for (const each of all) {
		const round = rounds.find((others) =>
			others.every((other) => !isCountedBy(each, other, options) && !isCountedBy(other, each, options)),
		);
		if (round === undefined) rounds.push([each]);
		else round.push(each);
	}
	return rounds;
}

function isCountedBy({events}: Exemplified, {objective}: Exemplified, options: RuleOptions): boolean {
	return [...events.good, ...events.bad].flat().some((each) => countsSeries(objective, each, options));
}

function outageTest(round: readonly Exemplified[], options: RuleOptions): object {
	return {
		name: `an outage of 40 minutes: ${round.map(({objective}) => objective.name).join(', ')}`,
		interval: '1m',
		input_series: round.flatMap(({objective, events}) => inputOf(events, phasesOf(objective, events))),
		promql_expr_test: round.flatMap(({objective, events}) => {
			const phases = phasesOf(objective, events);
			return [
				ratioTest(objective, phases, options),
				...MOMENTS.map((moment) => ({
					expr: firingQuery(objective.name, options),
					eval_time: `${moment}m`,
					exp_samples: expectedAlerts(objective, {phases, moment}, options).map((labels) => ({
						labels: labelsText(labels),
						value: 1,
					})),
				})),
			];
		}),
	};
}

/** Before the outage, soon after it began, at its end, when the last minutes are well again, and later. */
const MOMENTS = [29, 45, 69, 78, 95];

/** Half of the budget is used, then all fails, then it is as before. */
function phasesOf(objective: MeasuredObjective, {good, bad}: ExampleEvents): Phase[] {
	// Each kind of event gets a whole number of them.
	const unit = good.length * bad.length;
	const total = Math.round(4 / budgetOf(objective)) * unit;
	const calm = {good: total - 2 * unit, bad: 2 * unit};
	return [
		{minutes: 30, ...calm},
		{minutes: 40, good: 0, bad: total},
		{minutes: 25, ...calm},
	];
}

/** Counters that start at 0 and rise by each minute's events. */
function inputOf({good, bad}: ExampleEvents, phases: readonly Phase[]): object[] {
	const all = new Map([...good, ...bad].flat().map((series) => [seriesText(series), series]));
	return [...all.keys()].map((text) => {
		const part = (count: number, events: readonly ExampleEvent[]) =>
			(count / events.length) * events.filter((event) => event.some((series) => seriesText(series) === text)).length;
		let value = 0;
		const values = phases.map((phase) => {
			const step = part(phase.good, good) + part(phase.bad, bad);
			const from = value + step;
			value += step * phase.minutes;
			return `${from}+${step}x${phase.minutes - 1}`;
		});
		return {series: text, values: ['0', ...values].join(' ')};
	});
}

/** In whole millionths, as these files compare to the last digit. */
function ratioTest({name}: MeasuredObjective, phases: readonly Phase[], {service}: RuleOptions): object {
	const [{good, bad} = {good: 1, bad: 0}] = phases;
	return {
		expr: `sum(round(1000000 * ${recordedOf(`${BAD_RATIO}30m`, {slo: name, service})}))`,
		eval_time: '29m',
		exp_samples: [{labels: labelsText({}), value: Math.round((1e6 * bad) / (good + bad))}],
	};
}

type Moment = {readonly phases: readonly Phase[]; readonly moment: number};

function expectedAlerts(objective: MeasuredObjective, at: Moment, options: RuleOptions): Record<string, string>[] {
	const windows = Object.fromEntries(WINDOWS.map(({name, minutes}) => [name, tallyOf(at, minutes)])) as Record<
		WindowName,
		Tally
	>;
	const burns = burnRules(periodMinutes(options)).filter((rule) => {
		// What calls somebody does not wait until its long window is full.
		const coveredMinutes = rule.severity === 'critical' ? Number.POSITIVE_INFINITY : at.moment;
		return judgeBurnRule(rule, {target: objective.target, windows, coveredMinutes}) === 'firing';
	});
	return [
		...(isAlarming(objective, windows) ? [{alertname: ALERT.alarm, [LABEL.severity]: 'critical'}] : []),
		...burns.map(({severity, long}) => ({
			alertname: ALERT.burn,
			[LABEL.severity]: severity,
			[LABEL.long]: long,
		})),
	];
}

function isAlarming({alarm}: MeasuredObjective, windows: Readonly<Record<WindowName, Tally>>): boolean {
	if (alarm === undefined) return false;
	const tallies = ALARM_WINDOWS.map((name) => windows[name]);
	return alarmProof(tallies, alarm.target) !== undefined;
}

function tallyOf({phases, moment}: Moment, minutes: number): Tally {
	let from = 0;
	let [good, total] = [0, 0];
	for (const phase of phases) {
		const until = from + phase.minutes;
		const shared = Math.max(0, Math.min(until, moment) - Math.max(from, moment - minutes));
		good += shared * phase.good;
		total += shared * (phase.good + phase.bad);
		from = until;
	}
	return {good, total};
}

function absentTest(objectives: readonly MeasuredObjective[], options: RuleOptions): object {
	return {
		name: 'no metric at all: a warning for each objective, and nobody is woken',
		interval: '1m',
		input_series: [],
		promql_expr_test: [
			{
				expr: `count by (alertname, ${LABEL.severity}, ${LABEL.slo}) (ALERTS{alertstate="firing",${LABEL.service}=${quote(options.service)}})`,
				eval_time: '30m',
				exp_samples: objectives.map(({name}) => ({
					labels: labelsText({alertname: ALERT.absent, [LABEL.severity]: 'warning', [LABEL.slo]: name}),
					value: 1,
				})),
			},
		],
	};
}

function firingQuery(slo: string, {service}: RuleOptions): string {
	const by = ['alertname', LABEL.severity, LABEL.long].join(', ');
	return `count by (${by}) (${recordedOf('ALERTS', {slo, service}).replace('{', '{alertstate="firing",')})`;
}

function seriesText({name, labels}: Series): string {
	const matchers = Object.entries(labels).map(([label, value]) => ({label, operator: '=', value}) as const);
	return selectorText({name, matchers});
}

function labelsText(labels: Readonly<Record<string, string>>): string {
	return `{${Object.entries(labels)
		.map(([label, value]) => `${label}=${quote(value)}`)
		.join(', ')}}`;
}
