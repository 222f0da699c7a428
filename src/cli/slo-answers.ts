import {formatDuration, formatMoment} from '../kernel/duration.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer, Block, Item, Mark, Verdict} from '../kernel/report.js';
import type {SloCheck} from '../slo/check.js';
import type {BurnVerdict, ObjectiveVerdict} from '../slo/verdict.js';
import type {WatchResult} from '../slo/watch/watch.js';
import {budgetWords, burnWords, countWords, minutesWords, percentOf, stateWords} from '../slo/words.js';
import {VERDICT_EXITS} from './verdicts.js';

export function sloCheckAnswer(command: string, check: SloCheck): Answer {
	const {where, atMs, windowMinutes, objectives, outcome} = check;
	const verdict: Verdict = outcome;
	return {
		report: {
			command,
			verdict,
			exitCode: VERDICT_EXITS[outcome],
			data: {
				source: where,
				at: new Date(atMs).toISOString(),
				window: minutesWords(windowMinutes),
				objectives: objectives.map(objectiveData),
			},
		},
		document: [
			{
				kind: 'title',
				text: `Last ${minutesWords(windowMinutes)}, at ${formatMoment(atMs)}`,
				note: summaryWords(objectives),
			},
			...sloBlocks(objectives),
			{kind: 'text', text: `Counted by ${where}.`},
		],
	};
}

/** What a watch has seen, at its end or where it was interrupted. */
export function sloWatchAnswer(command: string, {record, check, isInterrupted}: WatchResult): Answer {
	const {startedMs, looks, silentLooks, happenings, hadCritical, firing} = record;
	const outcome = check === undefined ? 'inconclusive' : hadCritical ? 'fail' : check.outcome;
	const wrong = Object.keys(firing).length;
	return {
		report: {
			command,
			verdict: outcome,
			exitCode: isInterrupted ? EXIT.interrupted : VERDICT_EXITS[outcome],
			...(isInterrupted ? {next: 'sastaops slo watch'} : {}),
			data: {
				startedAt: new Date(startedMs).toISOString(),
				isInterrupted,
				looks,
				silentLooks,
				firing: Object.keys(firing),
				happenings: happenings.map(({atMs, ...rest}) => ({at: new Date(atMs).toISOString(), ...rest})),
				objectives: (check?.objectives ?? []).map(objectiveData),
			},
		},
		document: [
			{
				kind: 'title',
				text: `Watched since ${formatMoment(startedMs)}${isInterrupted ? ', and interrupted' : ''}`,
				note: `${countWords(looks)} looks${silentLooks === 0 ? '' : `, ${countWords(silentLooks)} without an answer`}, ${wrong === 0 ? 'nothing is wrong now' : `${wrong} wrong now`}`,
			},
			...sloBlocks(check?.objectives ?? []),
			happenings.length === 0
				? {kind: 'text', text: 'Nothing went wrong.'}
				: {
						kind: 'items',
						heading: 'What happened',
						items: happenings.map(({atMs, severity, text}) => ({
							mark: severity === 'critical' ? 'failed' : severity === 'warning' ? 'warn' : 'done',
							text: `${formatMoment(atMs)}  ${text}`,
						})),
					},
			...(isInterrupted
				? [
						{
							kind: 'next' as const,
							steps: [{label: 'Go on:', command: 'sastaops slo watch', note: 'with the same options'}],
						},
					]
				: []),
		],
	};
}

/** The objectives as people read them: what is promised, what is, why; then what burns. */
export function sloBlocks(objectives: readonly ObjectiveVerdict[]): Block[] {
	return [{kind: 'items', items: objectives.map(objectiveItem)}];
}

function objectiveItem(objective: ObjectiveVerdict): Item {
	const {title, alarm} = objective;
	const firing = objective.burn.filter((rule) => rule.state === 'firing');
	const lines = [
		stateWords(objective),
		...(objective.budget === null ? [] : [budgetWords(objective.budget)]),
		...(alarm?.state === 'firing'
			? [`alarm: only ${percentOf(alarm.ratio ?? 0)} where ${percentOf(alarm.target)} is the line`]
			: []),
		...firing.map((rule) => burnWords(rule)),
		...objective.notes,
	];
	return {mark: markOf(objective, firing), text: title, lines};
}

function markOf({state, alarm}: ObjectiveVerdict, firing: readonly BurnVerdict[]): Mark {
	if (state === 'breach' || alarm?.state === 'firing' || firing.some(({severity}) => severity === 'critical'))
		return 'failed';
	if (firing.length > 0) return 'warn';
	return state === 'pass' ? 'done' : 'unknown';
}

function summaryWords(objectives: readonly ObjectiveVerdict[]): string {
	const count = (wanted: (one: ObjectiveVerdict) => boolean) => objectives.filter(wanted).length;
	const parts = [
		[count(({state}) => state === 'breach'), 'broken'],
		[
			count(({burn, alarm}) => alarm?.state === 'firing' || burn.some(({state}) => state === 'firing')),
			'losing budget too fast',
		],
		[count(({state}) => state === 'pass'), 'kept'],
		[count(({state}) => state === 'not-enough-data'), 'cannot tell yet'],
		[count(({state}) => state === 'no-data'), 'without data'],
	] as const;
	return parts
		.filter(([number]) => number > 0)
		.map(([number, words]) => `${countWords(number)} ${words}`)
		.join(', ');
}

/** Times and shares as numbers; a machine needs no words, apart from why there is no verdict. */
function objectiveData(objective: ObjectiveVerdict): object {
	const {windowMinutes, coveredMinutes, burn, ...rest} = objective;
	return {
		...rest,
		bad: objective.total - objective.good,
		windowSeconds: windowMinutes * 60,
		coveredSeconds: Math.round(coveredMinutes * 60),
		covered: formatDuration(coveredMinutes * 60_000),
		burn: burn.map(({severity, long, short, factor, longRate, shortRate, state}) => ({
			severity,
			long,
			short,
			factor,
			longRate,
			shortRate,
			state,
		})),
	};
}
