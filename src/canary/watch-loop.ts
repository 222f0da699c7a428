import {formatDuration} from '../kernel/duration.js';
import {asInterruption, errorMessage, isSastaError, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {SplitterState} from '../ports/splitter/splitter.js';
import type {CanaryContext} from './context.js';
import {type Decision, decide} from './decide.js';
import {type CanaryEvent, type CanaryOutcome, readEvents, writeEvent} from './events.js';
import {openHardLimits} from './hard-limits.js';
import {openLookMaker, type Sight, tellsOfCanary} from './make-look.js';
import {type Observation, observe} from './observe.js';
import {advanceProgress, beginProgress, type Progress} from './progress.js';
import {holdsOf, strangerOf} from './state-holds.js';
import type {CanaryView} from './view.js';
import {viewData, viewLine, viewLines} from './view-text.js';
import {percentWords} from './words.js';
import {takeTrafficAway, zeroWords} from './zero-proof.js';

/**
 * Looks, judges and acts until the stages end. Everything it knows is in the journal's events, so that a run that died goes on
 * with the same evidence.
 * @throws SastaError SPLITTER_…, ZERO_UNPROVED, INTERRUPTED; the canary is then at 0 %, or its lease ends by itself
 */
export async function watchCanary(context: CanaryContext): Promise<CanaryOutcome> {
	const {journal, plan} = context;
	let progress = beginProgress(plan);
	for (const event of readEvents(journal.records)) progress = advanceProgress(progress, event);
	const tell = async (event: CanaryEvent) => {
		await writeEvent(journal, event);
		progress = advanceProgress(progress, event);
	};
	const watcher = {context, tell, progress: () => progress};
	try {
		return await lookOnAndOn(watcher);
	} catch (caught) {
		throw await leavingSafely(asInterruption(caught, context.host.signal), watcher);
	}
}

type Watcher = {
	readonly context: CanaryContext;
	readonly tell: (event: CanaryEvent) => Promise<void>;
	readonly progress: () => Progress;
};

/** Stopped by hand or by an error: nobody watches from now on, so the canary gets nothing until somebody resumes. */
async function leavingSafely(error: unknown, {context, progress}: Watcher): Promise<unknown> {
	const {splitter, host} = context;
	if (progress().stage < 0 || isSastaError(error, 'LEASE_LOST')) return error;
	try {
		await splitter.revert();
		host.emit({type: 'log', level: 'warn', message: `The canary is at 0 % while nobody watches (${splitter.title})`});
	} catch (second) {
		const left = `the canary could not be taken to 0 %: ${errorMessage(second)}; its lease ends by itself within ${formatDuration(context.plan.leaseMs)}`;
		host.emit({type: 'log', level: 'warn', message: left});
	}
	return error;
}

async function lookOnAndOn(watcher: Watcher): Promise<CanaryOutcome> {
	const {context, tell, progress} = watcher;
	const {plan, splitter, host, asks, journal} = context;
	const maker = openLookMaker(splitter.title);
	const limits = openHardLimits();
	let expected = await begin(watcher);
	let settledSinceMs = host.monotonicMs();
	let lastMs = host.monotonicMs();
	const answered = new Set(readEvents(journal.records).map((event) => (event.what === 'asked' ? event.id : '')));
	let lastHolds = '';

	for (;;) {
		await host.sleep(Math.max(0, lastMs + plan.lookMs - host.monotonicMs()), host.signal);
		const intervalMs = Math.min(host.monotonicMs() - lastMs, 3 * plan.lookMs);
		lastMs = host.monotonicMs();
		const [observation, posted] = await Promise.all([lookAround(context), asks.read(plan.run)]);
		const fresh = posted.filter(({id}) => !answered.has(id));
		for (const ask of fresh) {
			answered.add(ask.id);
			await tell({what: 'asked', ...ask});
		}
		const asked = fresh.map(({ask}) => ask);

		const isWarmup = isWarmingUp(progress(), observation.atMs, plan.warmupMs);
		const settledMs = lastMs - settledSinceMs;
		const share = progress().stage < 0 ? 0 : (plan.stages[progress().stage]?.share ?? 0);
		const sight = maker.make(observation, {stage: Math.max(0, progress().stage), share, settledMs, isWarmup});
		await host.fault('canary.look');
		await tell({what: 'look', look: sight.look, intervalMs, requests: sight.requests?.canary ?? 0});

		const decision = judge({observation, sight, asked, expected}, watcher, limits.add(observation, sight));
		const holds = decision.kind === 'hold' || decision.kind === 'ask' ? decision.reasons : [];
		const isNews = holds.join() !== lastHolds;
		lastHolds = holds.join();
		if (isNews) await tell({what: 'held', reasons: holds});
		const state = 'value' in observation.splitter ? observation.splitter.value : undefined;
		show({decision, sight, state, share, isWarmup, news: isNews ? newsOf(holds) : undefined}, watcher);

		switch (decision.kind) {
			case 'rollback':
				return goBack(decision, watcher);
			case 'advance': {
				const next = progress().stage + 1;
				if (next >= plan.stages.length) return pass(decision.unproven, watcher);
				expected = await enterStage(next, decision.unproven, watcher);
				settledSinceMs = host.monotonicMs();
				break;
			}
			case 'ask':
			case 'hold':
			case 'stay':
				if (progress().stage >= 0) expected = (await renew({sight, state, expected, decision}, watcher)) ?? expected;
				break;
			default:
				return decision satisfies never;
		}
	}
}

/** Before the canary gets traffic, and while its caches are cold in the first stage. */
function isWarmingUp({stage, reachedAtMs}: Progress, atMs: number, warmupMs: number): boolean {
	return stage < 0 || (stage === 0 && atMs - reachedAtMs < warmupMs);
}

/** Before the first look, and after a gap: what the splitter does now, and what it did while nobody watched. */
async function begin({context, tell, progress}: Watcher): Promise<SplitterState> {
	const {splitter, plan, host} = context;
	const state = await splitter.read();
	const {stage, lastAtMs} = progress();
	if (stage < 0) return state;
	const wanted = plan.stages[stage]?.share ?? 0;
	const gapMs = host.now() - (lastAtMs ?? host.now());
	const isServing = state.share > 0 && state.leaseMs !== 0;
	const words = `nobody watched for ${formatDuration(gapMs)}; ${splitter.title} ${
		isServing ? `still sent ${percentWords(state.share)} to the canary` : 'had taken the canary to 0 % by itself'
	}`;
	await tell({what: 'gap', words});
	host.emit({type: 'log', level: 'warn', message: `Going on at stage ${stage + 1}: ${words}`});
	await host.fault('canary.set.before');
	const set = await splitter.set({share: wanted, leaseMs: plan.leaseMs, owner: plan.run});
	await host.fault('canary.set.after');
	if (!progress().isReached) await tell({what: 'reached', stage, atMs: host.now()});
	return set;
}

function lookAround({
	plan,
	host,
	splitter,
	measures,
	healthPath,
	metricsPath,
	metricsToken,
	headers,
}: CanaryContext): Promise<Observation> {
	const instances = [
		...plan.stable.map((url) => ({url, side: 'stable' as const})),
		...plan.canary.map((url) => ({url, side: 'canary' as const})),
	];
	const timeoutMs = Math.max(1000, Math.min(5000, plan.lookMs));
	return observe({splitter, instances, measures, healthPath, metricsPath, metricsToken, headers, timeoutMs}, host);
}

type Seen = {
	readonly observation: Observation;
	readonly sight: Sight;
	readonly asked: readonly string[];
	readonly expected: SplitterState;
};

function judge(
	{observation, sight, asked, expected}: Seen,
	{context, progress}: Watcher,
	hardLimit: string | undefined,
): Decision {
	const {plan} = context;
	const {judge: court, stage, baselineMs, watchedMs, requests, reachedAtMs, isHeldByHand, isPromoteAsked} = progress();
	if (asked.includes('abort')) return {kind: 'rollback', reason: 'somebody asked for it', isInconclusive: true};
	const holds = [
		...sight.gaps,
		...holdsOf(observation, {version: plan.version, stableVersion: plan.stableVersion}),
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
	const verdict = court.verdict();
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

function waitOrGiveUp(reasons: readonly string[], waitedMs: number, maxHoldMs: number): Decision {
	return waitedMs < maxHoldMs
		? {kind: 'hold', reasons}
		: {kind: 'rollback', reason: `held for too long: ${reasons.join('; ')}`, isInconclusive: true};
}

async function enterStage(
	stage: number,
	unproven: readonly string[],
	{context, tell}: Watcher,
): Promise<SplitterState> {
	const {plan, splitter, host} = context;
	const share = plan.stages[stage]?.share ?? 0;
	await tell({what: 'stage', stage, share, unproven});
	await host.fault('canary.set.before');
	const state = await splitter.set({share, leaseMs: plan.leaseMs, owner: plan.run});
	await host.fault('canary.set.after');
	await tell({what: 'reached', stage, atMs: host.now()});
	host.emit({
		type: 'log',
		level: 'info',
		message: `Stage ${stage + 1} of ${plan.stages.length}: ${percentWords(share)} to ${plan.version}${unproven.length === 0 ? '' : ` (not proved fine before: ${unproven.join(', ')})`}`,
	});
	return state;
}

/**
 * Renews the lease after a look that tells of the canary; without one it runs out, and the canary falls to 0 % by itself. A
 * proxy that was reloaded, or whose lease ran out meanwhile, is told the share again.
 */
async function renew(
	{
		sight,
		state,
		expected,
		decision,
	}: {sight: Sight; state: SplitterState | undefined; expected: SplitterState; decision: Decision},
	{context, progress}: Watcher,
): Promise<SplitterState | undefined> {
	const {plan, splitter, host} = context;
	if (decision.kind === 'ask' || !tellsOfCanary(sight) || state === undefined) return undefined;
	if (strangerOf({value: state}, expected) !== undefined) return undefined;
	const isFresh = state.leaseMs === undefined || state.leaseMs > plan.leaseMs / 2;
	const isSame = state.incarnation === expected.incarnation;
	if (isFresh && isSame) return state;
	await host.fault('canary.renew');
	try {
		return await splitter.set({
			share: plan.stages[progress().stage]?.share ?? 0,
			leaseMs: plan.leaseMs,
			owner: plan.run,
		});
	} catch (error) {
		host.emit({type: 'log', level: 'warn', message: `The lease was not renewed: ${errorMessage(error)}`});
		return undefined;
	}
}

async function goBack(
	{reason, isInconclusive}: Decision & {kind: 'rollback'},
	{context, tell, progress}: Watcher,
): Promise<CanaryOutcome> {
	const {splitter, host} = context;
	if (progress().stage >= 0) {
		const proof = await takeTrafficAway(context, host).catch((error: unknown) => {
			throw stillServed(error, reason, context);
		});
		host.emit({type: 'log', level: 'info', message: zeroWords(splitter.title, proof)});
	}
	const outcome: CanaryOutcome = {kind: 'rolled-back', reason, isInconclusive};
	await tell({what: 'outcome', outcome});
	return outcome;
}

function stillServed(error: unknown, reason: string, {splitter, plan}: CanaryContext): unknown {
	if (!isSastaError(error)) return error;
	return new SastaError(
		error.code,
		`The canary must go back (${reason}), and ${splitter.title} does not do it: ${error.message}`,
		{
			exitCode: EXIT.stopped,
			cause: error,
			details: [...error.details, `its lease ends by itself within ${formatDuration(plan.leaseMs)}`],
			hint: 'Mend it, then: sastaops canary abort',
		},
	);
}

async function pass(unproven: readonly string[], {tell, progress}: Watcher): Promise<CanaryOutcome> {
	const outcome: CanaryOutcome = {kind: 'passed', unproven: [...new Set([...progress().unproven, ...unproven])]};
	await tell({what: 'outcome', outcome});
	return outcome;
}

function newsOf(holds: readonly string[]): string {
	return holds.length === 0 ? 'goes on' : `held: ${holds.join('; ')}`;
}

function show(
	{
		decision,
		sight,
		state,
		share,
		isWarmup,
		news,
	}: {
		decision: Decision;
		sight: Sight;
		state: SplitterState | undefined;
		share: number;
		isWarmup: boolean;
		news: string | undefined;
	},
	{context, progress}: Watcher,
): void {
	const {stage, watchedMs, requests, allRequests, judge: court} = progress();
	const view: CanaryView = {
		plan: context.plan,
		stage,
		share,
		isWarmup,
		watchedMs,
		leaseMs: state?.leaseMs,
		requests,
		allRequests,
		verdict: court.verdict(),
		sources: sight.sources,
		decision,
		news,
	};
	context.host.emit({
		type: 'live',
		screen: viewLines(view),
		line: viewLine(view),
		isNews: news !== undefined,
		data: viewData(view),
	});
}
