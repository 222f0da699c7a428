import {type Alert, alertKey} from '../../alert/alert.js';
import type {Seen} from '../../alert/condition.js';
import type {AlarmVerdict, BurnVerdict, ObjectiveVerdict} from '../verdict.js';
import {burnWords, percentOf, stateWords} from '../words.js';

/** Something that may be wrong, and what this look says of it. */
export type Trouble = {readonly alert: Alert; readonly seen: Seen};

/**
 * What somebody would be told of these objectives: alarm lines, budgets that go too fast, and numbers that nobody gets.
 * Each is told at every look, whether it is there or not, so that its end is known.
 */
export function troublesOf(objectives: readonly ObjectiveVerdict[], service: string): Trouble[] {
	return objectives.flatMap((objective) => [
		...(objective.alarm === null ? [] : [alarmTrouble(objective, objective.alarm, service)]),
		burnTrouble(objective, 'critical', service),
		burnTrouble(objective, 'warning', service),
	]);
}

/** No answer of whoever counts: critical, since a shop that is down tells nothing. */
export function silenceTrouble(service: string, why: string | undefined): Trouble {
	return {
		alert: {
			key: alertKey(service, 'metrics', 'critical'),
			severity: 'critical',
			title: 'The shop’s numbers cannot be read',
			text: why ?? 'They are read again.',
			facts: [],
		},
		seen: why === undefined ? 'good' : 'bad',
	};
}

function alarmTrouble(objective: ObjectiveVerdict, alarm: AlarmVerdict, service: string): Trouble {
	const line =
		alarm.thresholdMs === null
			? `fewer than ${percentOf(alarm.target)} are good`
			: `fewer than ${percentOf(alarm.target)} are done within ${alarm.thresholdMs / 1000} s`;
	return {
		alert: {
			key: alertKey(service, objective.name, 'alarm'),
			severity: 'critical',
			title: `${labelOf(objective)}: ${line}`,
			text: `Only ${percentOf(alarm.ratio ?? 0)} are, in the last minutes. Promised: ${objective.title}.`,
			facts: factsOf(objective),
		},
		seen: alarm.state === 'no-data' ? 'unknown' : alarm.state === 'firing' ? 'bad' : 'good',
	};
}

function burnTrouble(objective: ObjectiveVerdict, severity: BurnVerdict['severity'], service: string): Trouble {
	const rules = objective.burn.filter((rule) => rule.severity === severity);
	const firing = rules.find(({state}) => state === 'firing');
	return {
		alert: {
			key: alertKey(service, objective.name, `burn-${severity}`),
			severity,
			title: `${labelOf(objective)}: the error budget goes too fast`,
			text: `${firing === undefined ? 'It does no longer.' : `${burnWords(firing)}.`} Promised: ${objective.title}.`,
			facts: factsOf(objective),
		},
		seen: firing !== undefined ? 'bad' : rules.some(({state}) => state === 'quiet') ? 'good' : 'unknown',
	};
}

function factsOf(objective: ObjectiveVerdict): Alert['facts'] {
	const {budget} = objective;
	return [
		['now', stateWords(objective)],
		...(budget === null ? [] : [['budget left', percentOf(Math.max(0, budget.left))] as const]),
	];
}

/** `checkout success` of `checkout_success`. */
function labelOf({name}: ObjectiveVerdict): string {
	return name.replaceAll('_', ' ');
}
