import {ALARM_WINDOWS, alarmProof} from './alarm.js';
import {allowedBad, budgetUsed, burnRate, ratioOf, secondsToExhaustion} from './budget.js';
import {type BurnRule, burnRules, judgeBurnRule} from './burn-alerts.js';
import {eventsNeeded, judgeCompliance} from './compliance.js';
import {type Events, NO_EVENTS} from './events.js';
import type {Between, Evidence} from './evidence.js';
import type {Alarm, Tally} from './objective.js';
import type {AlarmVerdict, BudgetVerdict, BurnVerdict, ObjectiveState, ObjectiveVerdict} from './verdict.js';
import {minutesOf, WINDOWS, type WindowName} from './windows.js';

export type JudgeTerms = {
	/** The window that the verdict is about. */
	readonly windowMinutes: number;
	/** The time that the error budget is for. */
	readonly periodMinutes: number;
};

/** All that the evidence says of one objective. Pure. */
export function judgeObjective(evidence: Evidence, {windowMinutes, periodMinutes}: JudgeTerms): ObjectiveVerdict {
	const {objective, problems, notes} = evidence;
	const {name, title, kind, target, thresholdMs, alarm} = objective;
	const events = evidence.eventsOf(windowMinutes);
	const {good, total} = events ?? NO_EVENTS;
	const compliance = complianceOf(events, evidence, target);
	return {
		name,
		title,
		kind,
		target,
		thresholdMs: thresholdMs ?? null,
		...compliance,
		notes,
		windowMinutes,
		coveredMinutes: Math.min(windowMinutes, evidence.coveredMinutes),
		good,
		total,
		ratio: ratioOf({good, total}),
		needed: compliance.state === 'not-enough-data' && problems.length === 0 ? neededOf(events, target) : null,
		between: evidence.between ?? null,
		budget: budgetOf(evidence, target, periodMinutes),
		burn: burnRules(periodMinutes).map((rule) => burnOf(rule, evidence, target)),
		alarm: alarm === undefined ? null : alarmOf(alarm, evidence),
	};
}

function complianceOf(
	events: Events | undefined,
	{problems, between}: Evidence,
	target: number,
): {state: ObjectiveState; why: string} {
	if (problems.length > 0) return {state: 'no-data', why: problems.join('; ')};
	if (events === undefined) return {state: 'no-data', why: 'the readings do not reach into this window'};
	if (events.total === 0) return {state: 'no-data', why: 'nothing happened'};
	// What lies between two edges may be good or bad: a verdict must hold either way.
	const least = judgeCompliance(events, target);
	const most = judgeCompliance(mostGood(events), target);
	if (least === 'pass') return {state: 'pass', why: ''};
	if (most === 'fail') return {state: 'breach', why: ''};
	if (least === 'fail' && most === 'pass' && between !== undefined)
		return {state: 'not-enough-data', why: coarseWords(between)};
	return {state: 'not-enough-data', why: 'too few events to prove it either way'};
}

function coarseWords({thresholdMs, belowMs, aboveMs}: Between): string {
	const seconds = (ms: number | null) => (ms === null ? 'no edge' : String(ms / 1000));
	return `the buckets are too coarse: ${thresholdMs / 1000} lies between ${seconds(belowMs)} and ${seconds(aboveMs)}; add the edge ${thresholdMs / 1000}`;
}

function mostGood({good, unsure, total}: Events): Tally {
	return {good: good + unsure, total};
}

function neededOf(events: Events | undefined, target: number): number | null {
	return events === undefined || events.unsure > 0 ? null : eventsNeeded(events, target);
}

function budgetOf(evidence: Evidence, target: number, periodMinutes: number): BudgetVerdict | null {
	const period = evidence.eventsOf(periodMinutes);
	const used = period === undefined ? null : budgetUsed(period, period, target);
	if (period === undefined || used === null || evidence.problems.length > 0) return null;
	const lastHour = evidence.eventsOf(60);
	const burn = (lastHour === undefined ? null : burnRate(lastHour, target)) ?? burnRate(period, target) ?? 0;
	const secondsLeft = secondsToExhaustion(burn, used, periodMinutes * 60);
	return {
		allowed: allowedBad(period.total, target),
		bad: period.total - period.good,
		left: 1 - used,
		secondsLeft: Number.isFinite(secondsLeft) ? secondsLeft : null,
	};
}

function burnOf(rule: BurnRule, evidence: Evidence, target: number): BurnVerdict {
	const [long, short] = [rule.long, rule.short].map((name) => evidence.eventsOf(minutesOf(name)));
	const rates = {
		longRate: long === undefined ? null : burnRate(long, target),
		shortRate: short === undefined ? null : burnRate(short, target),
	};
	if (long === undefined || short === undefined || evidence.problems.length > 0)
		return {...rule, ...rates, state: evidence.problems.length > 0 ? 'no-data' : 'not-covered'};
	// What may have been good calls nobody.
	const windows = {...NO_WINDOWS, [rule.long]: mostGood(long), [rule.short]: mostGood(short)};
	const {coveredMinutes} = evidence;
	return {...rule, ...rates, state: judgeBurnRule(rule, {target, windows, coveredMinutes})};
}

const NO_WINDOWS = Object.fromEntries(WINDOWS.map(({name}) => [name, {good: 0, total: 0}])) as Readonly<
	Record<WindowName, Tally>
>;

function alarmOf({target, thresholdMs}: Alarm, evidence: Evidence): AlarmVerdict {
	const tallies = ALARM_WINDOWS.map((name) => alarmTally(evidence.eventsOf(minutesOf(name))));
	const verdict = {target, thresholdMs: thresholdMs ?? null};
	const ratio = tallies[0] === undefined ? null : ratioOf(tallies[0]);
	if (evidence.problems.length > 0 || tallies.every((tally) => (tally?.total ?? 0) === 0))
		return {...verdict, state: 'no-data', ratio};
	const proof = alarmProof(tallies, target);
	return proof === undefined
		? {...verdict, state: 'quiet', ratio}
		: {...verdict, state: 'firing', ratio: ratioOf(proof)};
}

function alarmTally(events: Events | undefined): Tally | undefined {
	return events === undefined ? undefined : {good: events.alarmGood + events.alarmUnsure, total: events.total};
}
