import {formatDuration} from '../kernel/duration.js';
import type {Side} from '../ports/splitter/splitter.js';
import type {Share} from '../stats/odds-likelihood.js';
import {shareWords, valueWords, verdictData} from './guard-words.js';
import type {GuardVerdict, Verdict} from './judge.js';
import type {CanaryView} from './view.js';
import {percentWords} from './words.js';

/** Half of a bar: evidence for worse fills it to the left, for fine to the right. */
const HALF_BAR = 8;

/** The live screen, 80 columns wide: where it stands, each guard with both sides and its evidence, and the odds of being wrong. */
export function viewLines(view: CanaryView): string[] {
	const {plan, verdict, allRequests} = view;
	return [
		headline(view),
		'',
		`  ${'canary'.padStart(36)}${'stable'.padStart(10)}   worse │ fine`,
		...verdict.guards.map((guard) => guardLine(guard, verdict, plan)),
		'',
		`  ${allRequests.toLocaleString('en-IN')} requests on the canary. Chance that it is sent back although it is fine: below ${percentWords(plan.alpha)}.`,
		...holdLines(view),
	];
}

/** The same in one line, for a log. */
export function viewLine(view: CanaryView): string {
	const {verdict, requests, news} = view;
	const telling = verdict.guards
		.filter(({state}) => state !== 'unseen')
		.map(
			({name, state, counts}) =>
				`${name} ${countWords(counts.canary)}/${countWords(counts.stable)} ${stateWord(state)}`,
		);
	return `${headline(view)}   ${requests} requests   ${telling.join(', ')}${news === undefined ? '' : `   ${news}`}`;
}

/** The same for machines. */
export function viewData({
	plan,
	stage,
	share,
	isWarmup,
	watchedMs,
	leaseMs,
	requests,
	allRequests,
	verdict,
	sources,
	decision,
}: CanaryView): object {
	const {evidence, guards, p95Ms} = verdictData(verdict);
	return {
		run: plan.run,
		version: plan.version,
		stage: stage + 1,
		stages: plan.stages.length,
		share,
		isWarmup,
		watchedMs: Math.round(watchedMs),
		leaseMs: leaseMs ?? null,
		requests,
		allRequests,
		evidence,
		decision,
		guards: guards.map((guard) => ({...guard, source: sources[guard.name] ?? null})),
		p95Ms,
	};
}

function headline({plan, stage, share, isWarmup, watchedMs, leaseMs}: CanaryView): string {
	const beside = plan.stableVersion === null ? '' : ` beside ${plan.stableVersion}`;
	if (stage < 0) return `Canary ${plan.version}${beside}   watching stable first`;
	const where = `stage ${stage + 1} of ${plan.stages.length}: ${percentWords(share)}`;
	const time = isWarmup ? 'warming up' : `${formatDuration(watchedMs)} of ${formatDuration(plan.policy.bakeMs)}`;
	const lease = leaseMs === undefined ? '' : `   lease ${Math.round(leaseMs / 1000)} s`;
	return `Canary ${plan.version}${beside}   ${where}   ${time}${lease}`;
}

function guardLine(guard: GuardVerdict, {p95Ms}: Verdict, plan: CanaryView['plan']): string {
	const title = guard.kind === 'latency' ? 'p95 latency' : guard.title;
	const cell = (side: Side) => valueWords(guard, p95Ms, side);
	return `  ${title.padEnd(28).slice(0, 28)}${cell('canary').padStart(8)}${cell('stable').padStart(10)}   ${bar(guard, plan)} ${stateWord(guard.state)}`;
}

function countWords({trials, events}: Share): string {
	return trials === 0 ? '–' : shareWords(events / trials);
}

/** Evidence on a logarithmic scale: full is proof. */
function bar({worse, fine}: GuardVerdict, {alpha, beta}: CanaryView['plan']): string {
	const filled = (evidence: number, proof: number) =>
		Math.max(0, Math.min(HALF_BAR, Math.round((HALF_BAR * Math.log(evidence)) / Math.log(proof))));
	const left = filled(worse, 1 / alpha);
	const right = filled(fine, 1 / beta);
	return `${'░'.repeat(HALF_BAR - left)}${'▓'.repeat(left)}│${'▓'.repeat(right)}${'░'.repeat(HALF_BAR - right)}`;
}

function stateWord(state: GuardVerdict['state']): string {
	return {worse: 'worse', fine: 'fine', open: 'cannot tell yet', unseen: 'nothing seen'}[state];
}

function holdLines({decision}: CanaryView): string[] {
	if (decision.kind !== 'hold' && decision.kind !== 'ask') return [];
	return ['', '  Held:', ...decision.reasons.map((reason) => `    ${reason}`)];
}
