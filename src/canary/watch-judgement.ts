import type {SplitterState} from '../ports/splitter/splitter.js';
import {type Decision, decide} from './decide.js';
import type {Verdict} from './judge.js';
import type {Sight} from './make-look.js';
import type {Observation} from './observe.js';
import type {Progress} from './progress.js';
import {doubtsOf, holdsOf, strangerOf} from './state-holds.js';
import type {Watcher} from './watcher.js';

/** All that a look gives a judgement to go by. */
export type Seen = {
	readonly observation: Observation;
	readonly sight: Sight;
	readonly asked: readonly string[];
	readonly expected: SplitterState;
	/** Why the whole shop is in no state to go on. */
	readonly burning: string | undefined;
	readonly verdict: Verdict;
};

/** What to do after a look. */
export function judgeLook(
	{observation, sight, asked, expected, burning, verdict}: Seen,
	{context, progress}: Watcher,
	hardLimit: string | undefined,
): Decision {
	const {plan} = context;
	const {stage, baselineMs, watchedMs, requests, reachedAtMs, isHeldByHand, isPromoteAsked} = progress();
	if (asked.includes('abort')) return {kind: 'rollback', reason: 'somebody asked for it', isInconclusive: true};
	const holds = [
		...sight.gaps,
		...holdsOf(observation, {version: plan.version, stableVersion: plan.stableVersion}),
		...(burning === undefined ? [] : [burning]),
		...doubtsOf(observation),
		...(isHeldByHand ? ['held by hand (sastaops canary go-on)'] : []),
	];
	if (stage < 0) {
		// Stable is watched alone first: edges and tolerances are chosen from it.
		if (baselineMs < plan.warmupMs) return {kind: 'stay'};
		return holds.length === 0
			? {kind: 'advance', isWeak: false, unproven: []}
			: waitOrGiveUp(holds, baselineMs, plan.policy.maxHoldMs);
	}
	const stranger = strangerOf(observation.splitter, expected);
	if (stranger?.isToZero) return {kind: 'rollback', reason: stranger.words, isInconclusive: true};
	if (isPromoteAsked && hardLimit === undefined && !verdict.isWorse)
		return {kind: 'advance', isWeak: true, unproven: ['promoted by hand']};
	return decide(
		{
			watchedMs,
			elapsedMs: observation.atMs - reachedAtMs,
			requests,
			verdict,
			holds: stranger === undefined ? holds : [...holds, stranger.words],
			hardLimit,
		},
		plan.policy,
	);
}

/** Before the canary gets traffic, and while its caches are cold in the first stage. */
export function isWarmingUp({stage, reachedAtMs}: Progress, atMs: number, warmupMs: number): boolean {
	return stage < 0 || (stage === 0 && atMs - reachedAtMs < warmupMs);
}

function waitOrGiveUp(reasons: readonly string[], waitedMs: number, maxHoldMs: number): Decision {
	return waitedMs < maxHoldMs
		? {kind: 'hold', reasons}
		: {kind: 'rollback', reason: `held for too long: ${reasons.join('; ')}`, isInconclusive: true};
}
