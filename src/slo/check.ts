import type {LoadedConfig} from '../kernel/config/load.js';
import {durationMs} from '../kernel/duration.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {nearest} from '../kernel/suggest.js';
import type {Told} from './evidence.js';
import {type JudgeTerms, judgeObjective} from './judge.js';
import {openSource, type SourceChoice} from './sources/open-source.js';
import type {ObjectiveVerdict} from './verdict.js';
import {MINUTE_MS, WINDOWS} from './windows.js';

/** What makes the answer no: a breach; also alarms and budgets that go far too fast; also those that go too fast. */
export const FAIL_ON = ['breach', 'burn', 'warning', 'never'] as const;
export type FailOn = (typeof FAIL_ON)[number];

export type CheckTerms = {
	readonly loaded: LoadedConfig;
	readonly source: SourceChoice;
	/** Only these, by name; all when empty. */
	readonly only: readonly string[];
	/** @default the budget's period */
	readonly windowMinutes?: number | undefined;
	/** A past moment. @default now */
	readonly atMs?: number | undefined;
	readonly failOn: FailOn;
};

export type SloCheck = {
	readonly where: string;
	readonly atMs: number;
	readonly windowMinutes: number;
	readonly periodMinutes: number;
	readonly objectives: readonly ObjectiveVerdict[];
	readonly outcome: Outcome;
};

/** `warn`: nothing that fails, but a budget goes too fast. */
export type Outcome = 'pass' | 'warn' | 'fail' | 'inconclusive';

/**
 * Asks the source once and judges every objective.
 * @throws SastaError SLO_OBJECTIVE_UNKNOWN, SLO_WINDOW, SLO_REPLAY, and what the source throws
 */
export async function checkSlo(terms: CheckTerms, host: Host): Promise<SloCheck> {
	const {loaded, source: choice, windowMinutes, atMs} = terms;
	const periodMinutes = durationMs(loaded.config.slo.period) / MINUTE_MS;
	const source = openSource(choice, {loaded, periodMinutes}, host);
	const told = selectEvidence(await source.read(atMs), terms.only);
	return judgeTold(told, {
		windowMinutes: windowMinutes ?? periodMinutes,
		periodMinutes,
		failOn: terms.failOn,
		isWindowGiven: windowMinutes !== undefined,
	});
}

function selectEvidence(told: Told, only: readonly string[]): Told {
	const names = told.evidence.map(({objective}) => objective.name);
	for (const name of only) {
		if (names.includes(name)) continue;
		const meant = nearest(name, names);
		throw new SastaError('SLO_OBJECTIVE_UNKNOWN', `There is no objective ${name}`, {
			exitCode: EXIT.usage,
			hint: meant === undefined ? `There are ${names.join(', ')}` : `Did you mean ${meant}?`,
		});
	}
	return only.length === 0
		? told
		: {...told, evidence: told.evidence.filter(({objective}) => only.includes(objective.name))};
}

/** Pure: what was told, judged. */
export function judgeTold(
	{where, atMs, evidence}: Told,
	terms: JudgeTerms & {readonly failOn: FailOn; readonly isWindowGiven?: boolean},
): SloCheck {
	const {windowMinutes, periodMinutes, failOn} = terms;
	if (terms.isWindowGiven === true) refuseUnknownWindow(evidence, windowMinutes);
	const objectives = evidence.map((one) => judgeObjective(one, {windowMinutes, periodMinutes}));
	return {where, atMs, windowMinutes, periodMinutes, objectives, outcome: outcomeOf(objectives, failOn)};
}

/** A source that tells of certain windows only, as the shop's report does, is told apart from one that has no data yet. */
function refuseUnknownWindow(evidence: Told['evidence'], minutes: number): void {
	const fixed = WINDOWS.filter((window) => evidence.some((one) => one.eventsOf(window.minutes) !== undefined));
	const isTold = evidence.some((one) => one.eventsOf(minutes) !== undefined);
	if (isTold || fixed.length < WINDOWS.length - 1) return;
	throw new SastaError('SLO_WINDOW', 'The shop’s report does not tell of a window of this length', {
		exitCode: EXIT.usage,
		hint: `Give --window ${fixed.map(({name}) => name).join(', ')}`,
	});
}

export function outcomeOf(objectives: readonly ObjectiveVerdict[], failOn: FailOn): Outcome {
	const is = (wanted: 'breach' | 'burn' | 'warning') => objectives.some((one) => trouble(one, wanted));
	if (failOn !== 'never') {
		const failing = FAIL_ON.slice(0, FAIL_ON.indexOf(failOn) + 1) as ('breach' | 'burn' | 'warning')[];
		if (failing.some(is)) return 'fail';
		if (objectives.length === 0 || objectives.some(({state}) => state === 'no-data' || state === 'not-enough-data'))
			return 'inconclusive';
	}
	return is('breach') || is('burn') || is('warning') ? 'warn' : 'pass';
}

function trouble({state, burn, alarm}: ObjectiveVerdict, kind: 'breach' | 'burn' | 'warning'): boolean {
	const fires = (severity: string) => burn.some((rule) => rule.state === 'firing' && rule.severity === severity);
	switch (kind) {
		case 'breach':
			return state === 'breach';
		case 'burn':
			return alarm?.state === 'firing' || fires('critical');
		case 'warning':
			return fires('warning');
	}
}
