import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Step} from '../kernel/steps.js';
import {wasBegun} from '../kernel/steps.js';
import {deploymentEnv} from '../ports/deployer.js';
import {lastWords} from '../ports/process.js';
import {endingOf, runUserCommand, type UserCommand} from '../ports/user-command.js';
import type {CanaryContext} from './context.js';
import {readInstanceHealth} from './instance-health.js';
import {writeReport} from './report/write.js';

/** How long a version may take to come up. */
const COME_UP_MS = 120_000;
const ASK_EVERY_MS = 500;

/** Starts the version on trial and waits until each of its instances is healthy and says so; no traffic goes there yet. */
export const startStep: Step<CanaryContext> = {
	name: 'canary-start',
	title: ({plan}) => `start      ${plan.version}${plan.start === null ? ' (already there)' : `: ${plan.start}`}`,
	async probe(context) {
		return (await isRunning(context, context.plan.canary)) ? {state: 'done', detail: 'healthy'} : {state: 'absent'};
	},
	async apply(context) {
		if (context.start !== undefined) await runFor(context.start, context, 'CANARY_START_FAILED');
		await waitForInstances(context, context.plan.canary, 'CANARY_NOT_HEALTHY');
		return {detail: `${context.plan.canary.length} healthy`};
	},
	async undo(context) {
		if (context.stop === undefined) return 'left running: canary.stop is not set';
		await runFor(context.stop, context, 'CANARY_STOP_FAILED');
		return 'stopped';
	},
};

/** Writes the report and stops the version on trial, whatever became of it. */
export const finishStep: Step<CanaryContext> = {
	name: 'canary-finish',
	title: ({plan}) => `finish     ${plan.stop === null ? 'leave the canary running' : plan.stop}`,
	probe: async () => ({state: 'absent'}),
	async apply(context) {
		await writeReport(context);
		if (context.stop === undefined) return {detail: 'left running: canary.stop is not set'};
		if (wasBegun(context.journal.records, 'canary-start')) await runFor(context.stop, context, 'CANARY_STOP_FAILED');
		return {detail: 'stopped'};
	},
};

/** Whether each of the instances is healthy and says that it runs the plan's version. */
export async function isRunning(context: InstanceContext, urls: readonly string[]): Promise<boolean> {
	const seen = await Promise.all(urls.map((url) => readInstanceHealth(url, context, context.host)));
	return seen.every(({isHealthy, version}) => isHealthy && version === context.plan.version);
}

type InstanceContext = Pick<CanaryContext, 'plan' | 'host' | 'headers' | 'healthPath'>;

/** @throws SastaError with `code` when the time is over, naming each instance and its last answer */
export async function waitForInstances(
	context: InstanceContext,
	urls: readonly string[],
	code: string,
	timeoutMs = COME_UP_MS,
): Promise<void> {
	const {plan, host} = context;
	const deadlineMs = host.monotonicMs() + timeoutMs;
	for (;;) {
		const seen = await Promise.all(urls.map(async (url) => ({url, ...(await readInstanceHealth(url, context, host))})));
		const lagging = seen.filter(({isHealthy, version}) => !isHealthy || (version ?? plan.version) !== plan.version);
		if (lagging.length === 0) return;
		if (host.monotonicMs() + ASK_EVERY_MS > deadlineMs) {
			throw new SastaError(
				code,
				`${plan.version} did not come up on every instance in ${Math.round(timeoutMs / 1000)} s`,
				{
					exitCode: EXIT.stopped,
					details: lagging.map(({url, words}) => `${url}: ${words}`),
					hint: 'Look at its log, then: sastaops canary resume, or sastaops canary abort',
				},
			);
		}
		await host.sleep(ASK_EVERY_MS, host.signal);
	}
}

async function runFor(command: UserCommand, {plan, host}: CanaryContext, code: string): Promise<void> {
	const result = await runUserCommand(command, host, {
		env: deploymentEnv(plan),
		onLine: (line) => host.emit({type: 'log', level: 'debug', message: line}),
	});
	if (result.exitCode === 0) return;
	throw new SastaError(code, `The command ${endingOf(result)}: ${command.title}`, {
		exitCode: EXIT.stopped,
		details: lastWords(`${result.stdout}\n${result.stderr}`, host),
		hint: 'Mend it, then: sastaops canary resume, or sastaops canary abort',
	});
}
