import {type Compared, compare} from './compare.js';
import {type Judgement, judge} from './judge.js';
import {SCENARIOS} from './names.js';
import {type Advice, recommend} from './recommend.js';
import type {TimeoutsFacts} from './run.js';
import type {NotTried, Seen} from './seen.js';

export type Judged = Judgement & {readonly title: string} & (Seen | NotTried);

export type TimeoutsReport = Omit<TimeoutsFacts, 'settings' | 'seen'> & {
	readonly verdict: Judgement['verdict'];
	readonly patienceMs: number;
	readonly retryReads: boolean;
	readonly retryWrites: boolean;
	readonly scenarios: readonly Judged[];
	readonly options: readonly Compared[];
	readonly advice: Advice;
};

/** Judges what was seen. What could not be tried says nothing about the rest. Pure. */
export function makeReport({settings, seen, ...place}: TimeoutsFacts, patienceMs: number): TimeoutsReport {
	const scenarios = seen.map((one) => ({...one, title: SCENARIOS[one.scenario], ...judge(one, settings, patienceMs)}));
	const options = compare(seen, settings, place.driver);
	const isTried = scenarios.some((one) => !('why' in one));
	return {
		...place,
		verdict: isTried ? worst([...scenarios, ...options]) : 'inconclusive',
		patienceMs,
		retryReads: settings.retryReads,
		retryWrites: settings.retryWrites,
		scenarios,
		options,
		advice: recommend(seen, settings),
	};
}

function worst(judged: readonly {readonly verdict: Judgement['verdict']}[]): Judgement['verdict'] {
	return (['fail', 'warn'] as const).find((verdict) => judged.some((one) => one.verdict === verdict)) ?? 'pass';
}
