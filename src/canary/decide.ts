import type {Verdict} from './judge.js';

/** How a canary goes on; from the configuration. */
export type StagePolicy = {
	/** How long each stage is watched at least. */
	readonly bakeMs: number;
	/** How long a stage may last beyond that, waiting for evidence. */
	readonly maxHoldMs: number;
	/** What happens then. */
	readonly onMaxHold: 'rollback' | 'ask';
	/** Requests of the canary below which a stage has shown nothing. */
	readonly leastRequests: number;
	/** `proven`: go on only when each guard that is counted is proved fine. `weak`: else too, and say so. */
	readonly proof: 'proven' | 'weak';
};

export type StageFacts = {
	/** Time in this stage during which the canary was watched: gaps do not count. */
	readonly watchedMs: number;
	/** Time in this stage, gaps and all. */
	readonly elapsedMs: number;
	/** Requests the canary has served in this stage. */
	readonly requests: number;
	readonly verdict: Verdict;
	/** What forbids to go on now, each a reason in words: no readings, an incident of the whole shop, somebody's hand. */
	readonly holds: readonly string[];
	/** What ends the canary at once: unreachable, every request failing, crash after crash. */
	readonly hardLimit: string | undefined;
};

export type Decision =
	| {readonly kind: 'stay'}
	/** `isWeak`: time and requests are enough, and yet no guard could be proved fine; named in `unproven`. */
	| {readonly kind: 'advance'; readonly isWeak: boolean; readonly unproven: readonly string[]}
	| {readonly kind: 'hold'; readonly reasons: readonly string[]}
	| {readonly kind: 'rollback'; readonly reason: string; readonly isInconclusive: boolean}
	/** Held for too long; a person decides. The lease is no longer renewed, so that the canary waits at 0 %. */
	| {readonly kind: 'ask'; readonly reasons: readonly string[]};

/** What to do now. Worse goes back before anything else; nothing is ever promoted for lack of data. */
export function decide(
	{watchedMs, elapsedMs, requests, verdict, holds, hardLimit}: StageFacts,
	policy: StagePolicy,
): Decision {
	if (hardLimit !== undefined) return {kind: 'rollback', reason: hardLimit, isInconclusive: false};
	if (verdict.isWorse) return {kind: 'rollback', reason: worseWords(verdict), isInconclusive: false};

	const unproven = verdict.guards.filter(({state}) => state === 'open').map(({title}) => title);
	const isOver = watchedMs >= policy.bakeMs;
	const reasons = [...holds, ...(isOver ? lacking({requests, unproven, verdict}, policy) : [])];
	if (reasons.length === 0) return isOver ? {kind: 'advance', isWeak: unproven.length > 0, unproven} : {kind: 'stay'};
	if (elapsedMs < policy.bakeMs + policy.maxHoldMs) return {kind: 'hold', reasons};
	return policy.onMaxHold === 'ask'
		? {kind: 'ask', reasons}
		: {kind: 'rollback', reason: `held for too long: ${reasons.join('; ')}`, isInconclusive: true};
}

function lacking(
	{requests, unproven, verdict}: {requests: number; unproven: readonly string[]; verdict: Verdict},
	policy: StagePolicy,
): string[] {
	if (verdict.guards.every(({state}) => state === 'unseen')) return ['no guard was counted on both sides'];
	if (requests < policy.leastRequests)
		return [`only ${requests} requests on the canary in this stage; ${policy.leastRequests} are needed`];
	if (policy.proof === 'proven' && unproven.length > 0) return [`not proved fine yet: ${unproven.join(', ')}`];
	return [];
}

function worseWords({guards, culprits}: Verdict): string {
	const worst = guards.filter(({name}) => culprits.includes(name));
	return worst
		.map(({title, where, range}) => {
			const amount =
				range === undefined || range.low <= 1 ? 'worse than tolerated' : `worse by at least ×${range.low.toFixed(1)}`;
			return `${title} ${amount}${where === undefined ? '' : ` (${where})`}`;
		})
		.join('; ');
}
