import {errorMessage, isSastaError, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import {wasBegun} from '../kernel/steps.js';
import type {ReleaseContext} from './context.js';
import {deploysWorkTree} from './deploys-work-tree.js';
import type {ReleasePlan} from './plan.js';
import {endRun, performRun, type RunEnd} from './run.js';
import {waitForVersion} from './steps/deploy-steps.js';
import {draftRelease} from './steps/github-steps.js';
import {type RunNews, tellingHow} from './tell-alerts.js';
import {tellShop} from './tell-shop.js';

export type FinishTerms = {
	/** Asked when a deploy fails and the plan says `ask`; undefined where there is nobody to ask. */
	readonly askRollback: ((plan: ReleasePlan, failure: SastaError) => Promise<boolean>) | undefined;
};

export type RunResult = {
	readonly outcome: RunEnd;
	/** Why the old version runs again. */
	readonly failure: {readonly code: string; readonly message: string} | undefined;
	/** Who could not be told of it, and why. */
	readonly alertProblems: readonly string[];
};

type Finished = Omit<RunResult, 'alertProblems'>;

/**
 * Performs the run, and when the new version cannot be brought up deploys the old one again where the plan, or a person,
 * says so. The tag stays: it is public; the release is never published.
 * @throws SastaError what a step throws; the run is then open
 */
export async function finishRun(context: ReleaseContext, {askRollback}: FinishTerms): Promise<RunResult> {
	try {
		const finished = await tellingHow(
			context,
			() => finish(context, askRollback),
			(result) => newsOf(context.plan, result),
		);
		return {...finished, alertProblems: [...context.world.alerts.problems]};
	} finally {
		await context.canary?.splitter.close();
	}
}

function newsOf(plan: ReleasePlan, {outcome, failure}: Finished): RunNews {
	if (outcome === 'completed') {
		const isLive = plan.deploy !== null || plan.canary !== null;
		return {title: isLive ? `${plan.version} is live in ${plan.environment}` : `${plan.version} is released`};
	}
	const title =
		failure?.code === 'CANARY_ROLLED_BACK'
			? `${plan.version} was sent back by its canary`
			: `${plan.version} did not come up; ${plan.previous?.version} runs again`;
	return {title, text: failure?.message ?? '', severity: 'warning'};
}

async function finish(context: ReleaseContext, askRollback: FinishTerms['askRollback']): Promise<Finished> {
	// An earlier try may have died while it brought the old version back: that is to be finished, nothing else.
	if (wasBegun(context.journal.records, OLD_VERSION)) return rollBackDeploy(context, 'The new version did not come up');
	try {
		await performRun(context);
		return {outcome: 'completed', failure: undefined};
	} catch (error) {
		if (isSastaError(error, 'CANARY_ROLLED_BACK')) return endSentBack(context, error);
		if (!isDeployFailure(error) || !(await shouldRollBack(context, error, askRollback))) throw error;
		return rollBackDeploy(context, error.message, error.code);
	}
}

const OLD_VERSION = 'deploy-previous';

function isDeployFailure(error: unknown): error is SastaError {
	return isSastaError(error) && ['DEPLOY_FAILED', 'NOT_HEALTHY', 'SHOP_BROKEN'].includes(error.code);
}

async function shouldRollBack(
	{plan, host, world}: ReleaseContext,
	error: SastaError,
	askRollback: FinishTerms['askRollback'],
): Promise<boolean> {
	if (!plan.previous || host.signal.aborted) return false;
	if (deploysWorkTree(world.config)) {
		const message = `pm2 reloads what is checked out here: ${plan.previous.version} is not brought back by itself (git switch --detach ${plan.previous.tag}, then: sastaops release rollback ${plan.previous.version})`;
		host.emit({type: 'log', level: 'warn', message});
		return false;
	}
	const contracts = plan.migrations.filter(({phase}) => phase === 'contract').map(({id}) => id);
	if (contracts.length > 0) {
		host.emit({
			type: 'log',
			level: 'warn',
			message: `${plan.previous.version} cannot run on the data after ${contracts.join(', ')}: it is not brought back by itself`,
		});
		return false;
	}
	switch (plan.deploy?.onFailure) {
		case 'rollback':
			return true;
		case 'ask':
			return askRollback === undefined ? false : askRollback(plan, error);
		default:
			return false;
	}
}

/** Nothing was deployed but the canary, which is gone: the old version never stopped. */
async function endSentBack(context: ReleaseContext, {code, message}: SastaError): Promise<Finished> {
	const {plan, journal} = context;
	if (plan.github) await draftRelease.undo?.(context);
	await tellShop(context, {run: plan.run, version: plan.version, what: 'was sent back by its canary'});
	await endRun(journal, 'rolled-back');
	return {outcome: 'rolled-back', failure: {code, message}};
}

async function rollBackDeploy(context: ReleaseContext, message: string, code = 'NOT_HEALTHY'): Promise<Finished> {
	const {plan, world, journal, host} = context;
	const previous = plan.previous;
	if (!previous) throw new Error('there is no previous version to bring back');
	await journal.append('intent', {step: OLD_VERSION});
	try {
		await world.deployer?.deploy({...previous, environment: plan.environment});
		if (plan.health) await waitForVersion({plan, version: previous.version, headers: world.config.shop.headers}, host);
	} catch (error) {
		throw new SastaError('ROLLBACK_FAILED', `${previous.version} could not be brought back: ${errorMessage(error)}`, {
			exitCode: EXIT.stopped,
			cause: error,
			details: [`it was to replace ${plan.version}, because: ${message}`],
			hint: 'Look at the shop now; to try again: sastaops release resume',
		});
	}
	await journal.append('done', {step: OLD_VERSION});
	if (plan.github) await draftRelease.undo?.(context);
	await tellShop(context, {
		run: plan.run,
		version: plan.version,
		what: `did not come up; ${previous.version} runs again`,
	});
	await endRun(journal, 'rolled-back');
	return {outcome: 'rolled-back', failure: {code, message}};
}
