import {resolve} from 'node:path';
import type {CanaryPlan} from '../canary/plan.js';
import type {DatabaseConfig} from '../kernel/config/schema.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Journal} from '../kernel/journal/journal.js';
import type {JournalRecord} from '../kernel/journal/record.js';
import type {Lease} from '../kernel/lease.js';
import {factsOf, runSteps} from '../kernel/steps.js';
import {openCanaryContext, openPorts} from './canary/open.js';
import {makeContext, type ReleaseContext} from './context.js';
import {openReleaseGitHub} from './facts/github.js';
import {hashConfig, PLAN_VERSION, type ReleasePlan} from './plan.js';
import type {RollbackPlan} from './rollback/plan.js';
import {stepsOf} from './steps/steps.js';
import {tellShop} from './tell-shop.js';
import type {World} from './world.js';

/** How a run ended; stands in its last record. */
export type RunEnd = 'completed' | 'aborted' | 'rolled-back';

/** The context of a run, with the files its plan names loaded. */
export async function openContext(
	{plan, world, lease, journal}: {plan: ReleasePlan; world: World; lease: Lease; journal: Journal},
	host: Host,
): Promise<ReleaseContext> {
	const {database, root} = world;
	const {catalogue, seeds} = database
		? await loadScripts(root, database.config, host)
		: {catalogue: undefined, seeds: []};
	const github = plan.github ? openReleaseGitHub(world, plan.github.repository, host) : undefined;
	const canary = plan.canary
		? await openCanaryContext({plan: plan.canary, world, journal, ports: await openPorts(world, host)}, host)
		: undefined;
	return makeContext({plan, world, host, lease, journal, github, catalogue, seeds, canary});
}

async function loadScripts(root: string, {migrations, seeds}: DatabaseConfig, host: Host) {
	const [{loadCatalogue}, {loadSeeds}] = await Promise.all([
		import('../migrate/catalogue.js'),
		import('../migrate/seeds.js'),
	]);
	const loaded = await Promise.all([
		loadCatalogue(resolve(root, migrations), host),
		loadSeeds(resolve(root, seeds), host),
	]);
	return {catalogue: loaded[0], seeds: loaded[1]};
}

/** Performs a plan from wherever the world stands, to its end. */
export async function performRun(context: ReleaseContext): Promise<void> {
	const {plan, journal, host, learn} = context;
	await runSteps({steps: stepsOf(plan), context, journal, host, learn});
	await tellShop(context, {run: plan.run, version: plan.version, what: 'released'});
	await endRun(journal, 'completed');
	await host.fault('run.ended');
}

export async function endRun(journal: Journal, outcome: RunEnd): Promise<void> {
	await journal.append('end', {data: {outcome}});
}

export type AnyPlan = ReleasePlan | RollbackPlan | CanaryPlan;

/** The plan a run was begun with. @throws SastaError PLAN_UNREADABLE, PLAN_VERSION */
export function planOf(records: readonly JournalRecord[]): AnyPlan {
	const begin = records[0];
	const plan = begin?.type === 'begin' ? (begin.data?.['plan'] as AnyPlan | undefined) : undefined;
	if (plan?.kind !== 'release' && plan?.kind !== 'rollback' && plan?.kind !== 'canary') {
		throw new SastaError('PLAN_UNREADABLE', 'The run has no plan that this sastaops can read', {
			hint: 'sastaops release status',
		});
	}
	if (plan.planVersion !== PLAN_VERSION) {
		throw new SastaError(
			'PLAN_VERSION',
			`The run was begun by another version of sastaops (plan version ${plan.planVersion}, this one runs ${PLAN_VERSION})`,
			{
				hint: 'Go on with the version that began it',
			},
		);
	}
	return plan;
}

/** @throws SastaError PLAN_STALE when what the plan was made from has changed since */
export async function assertPlanHolds(
	plan: AnyPlan,
	{git, config}: World,
	records: readonly JournalRecord[],
): Promise<void> {
	// A rollback works from the target's tag, whatever is checked out.
	const commit = plan.kind === 'release' ? plan.commit : undefined;
	const head = await git.head();
	const isReleaseCommit = head === factsOf(records, 'changelog')['commit'];
	const problems = [
		...(commit === undefined || head === commit || isReleaseCommit
			? []
			: [
					`HEAD is at ${head.slice(0, 7)}; the release is of ${commit.slice(0, 7)} (git switch --detach ${commit.slice(0, 7)})`,
				]),
		...(hashConfig(config) === plan.configHash
			? []
			: ['sastaops.yaml has changed since the run began (git diff sastaops.yaml)']),
	];
	if (problems.length === 0) return;
	throw new SastaError(
		'PLAN_STALE',
		`The ${plan.kind} of ${plan.version} cannot go on: what it was planned from has changed`,
		{
			exitCode: EXIT.stopped,
			details: problems,
			hint: 'Bring it back as it was, then: sastaops release resume; or go back: sastaops release abort',
		},
	);
}
