import {errorMessage, isSastaError, SastaError} from '../kernel/errors.js';
import type {Step} from '../kernel/steps.js';
import type {CanaryContext} from './context.js';
import {readInstanceHealth} from './instance-health.js';
import {isRunning, waitForInstances} from './start-step.js';
import {outcomeOf} from './watch-step.js';
import {takeTrafficAway, zeroWords} from './zero-proof.js';

/**
 * Replaces the stable instances while the canary has the traffic, waits until each runs the version, and gives the traffic
 * back to them. Where no command does it a person does, and this waits.
 */
export const promoteStep: Step<CanaryContext> = {
	name: 'canary-promote',
	title: ({plan}) =>
		`promote    ${plan.promote ?? `wait until somebody has put ${plan.version} on the stable instances`}`,
	async probe({journal}) {
		return outcomeOf(journal.records)?.kind === 'passed'
			? {state: 'absent'}
			: {state: 'done', detail: 'not done: the canary went back'};
	},
	async apply(context) {
		const {plan, promote, host, splitter} = context;
		await whileLeased(context, async () => {
			if (!(await isRunning(context, plan.stable))) await promote?.();
			await waitForInstances(context, plan.stable, 'STABLE_NOT_REPLACED', plan.policy.maxHoldMs);
		});
		const proof = await takeTrafficAway(context, host, {isSameVersion: true});
		return {detail: zeroWords(splitter.title, proof)};
	},
};

/**
 * Keeps the canary's share alive while `work` goes on. When it fails the traffic goes back to the stable instances if they
 * are healthy; where they are half replaced and sick the canary, which has passed, keeps it for an hour.
 */
async function whileLeased(context: CanaryContext, work: () => Promise<void>): Promise<void> {
	const {plan, splitter, host} = context;
	const share = plan.stages.at(-1)?.share ?? 1;
	const renew = async (leaseMs: number) => {
		await splitter.set({share, leaseMs, owner: plan.run});
	};
	await renew(plan.leaseMs);
	const timer = setInterval(() => {
		renew(plan.leaseMs).catch((error: unknown) => {
			host.emit({type: 'log', level: 'warn', message: `The lease was not renewed: ${errorMessage(error)}`});
		});
	}, plan.leaseMs / 3);
	try {
		await work();
	} catch (error) {
		clearInterval(timer);
		throw await leaveWhereHealthy(context, error, renew);
	} finally {
		clearInterval(timer);
	}
}

/** Splitters keep no lease of more than an hour. */
const HOUR_MS = 3_600_000;

async function leaveWhereHealthy(
	context: CanaryContext,
	error: unknown,
	renew: (leaseMs: number) => Promise<void>,
): Promise<unknown> {
	const {plan, splitter, host} = context;
	const seen = await Promise.all(plan.stable.map((url) => readInstanceHealth(url, context, host)));
	const isStableHealthy = seen.every(({isHealthy}) => isHealthy);
	try {
		await (isStableHealthy ? splitter.revert() : renew(HOUR_MS));
	} catch (second) {
		host.emit({type: 'log', level: 'warn', message: errorMessage(second)});
	}
	const where = isStableHealthy
		? 'The traffic is back on the stable instances, which are healthy'
		: `Stable instances are sick: the canary keeps the traffic for an hour (${splitter.title})`;
	host.emit({type: 'log', level: 'warn', message: where});
	if (!isSastaError(error)) return error;
	return new SastaError(error.code, error.message, {
		exitCode: error.exitCode,
		cause: error,
		details: [...error.details, where],
		...(error.hint === undefined ? {} : {hint: error.hint}),
	});
}
