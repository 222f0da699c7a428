import {formatDuration} from '../kernel/duration.js';
import {errorMessage, isSastaError, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import {isServing, type SplitterState} from '../ports/splitter/splitter.js';
import type {CanaryContext} from './context.js';
import type {Decision} from './decide.js';
import type {CanaryOutcome} from './events.js';
import {type Sight, tellsOfCanary} from './make-look.js';
import {shareOf} from './plan.js';
import {strangerOf} from './state-holds.js';
import type {Watcher} from './watcher.js';
import {percentWords} from './words.js';
import {takeTrafficAway, zeroWords} from './zero-proof.js';

/** Before the first look, and after a gap: what the splitter does now, and what it did while nobody watched. */
export async function begin({context, tell, progress}: Watcher): Promise<SplitterState> {
	const {splitter, plan, host} = context;
	const state = await splitter.read();
	const {stage, lastAtMs} = progress();
	if (stage < 0) return state;
	const gapMs = host.now() - (lastAtMs ?? host.now());
	const words = `nobody watched for ${formatDuration(gapMs)}; ${splitter.title} ${
		isServing(state) ? `still sent ${percentWords(state.share)} to the canary` : 'had taken the canary to 0 % by itself'
	}`;
	await tell({what: 'gap', words});
	host.emit({type: 'log', level: 'warn', message: `Going on at stage ${stage + 1}: ${words}`});
	await host.fault('canary.set.before');
	const set = await splitter.set({share: shareOf(plan, stage), leaseMs: plan.leaseMs, owner: plan.run});
	await host.fault('canary.set.after');
	if (!progress().isReached) await tell({what: 'reached', stage, atMs: host.now()});
	return set;
}

export async function enterStage(
	stage: number,
	unproven: readonly string[],
	{context, tell}: Watcher,
): Promise<SplitterState> {
	const {plan, splitter, host} = context;
	const share = shareOf(plan, stage);
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
export async function renew(
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
			share: shareOf(plan, progress().stage),
			leaseMs: plan.leaseMs,
			owner: plan.run,
		});
	} catch (error) {
		host.emit({type: 'log', level: 'warn', message: `The lease was not renewed: ${errorMessage(error)}`});
		return undefined;
	}
}

export async function goBack(
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

export async function pass(unproven: readonly string[], {tell, progress}: Watcher): Promise<CanaryOutcome> {
	const outcome: CanaryOutcome = {kind: 'passed', unproven: [...new Set([...progress().unproven, ...unproven])]};
	await tell({what: 'outcome', outcome});
	return outcome;
}

/** Stopped by hand or by an error: nobody watches from now on, so the canary gets nothing until somebody resumes. */
export async function leavingSafely(error: unknown, {context, progress}: Watcher): Promise<unknown> {
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
