import type {CanaryPlan} from '../canary/plan.js';
import type {LoadedConfig} from '../kernel/config/load.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import {holdLease} from '../kernel/hold-lease.js';
import type {Host} from '../kernel/host.js';
import {createJournal} from '../kernel/journal/journal.js';
import {findOpenRun} from '../kernel/journal/open-run.js';
import {ignoreOwnFolder} from '../kernel/own-folder.js';
import {redacted} from '../kernel/redact.js';
import {migrationStatus} from '../migrate/status.js';
import {processStartedAt} from '../ports/process-table.js';
import {openPorts} from './canary/open.js';
import {planCanary} from './canary/start.js';
import type {CheckResult} from './checks/check.js';
import {assertPreflight, judgePreflight} from './checks/preflight.js';
import type {ReleaseContext} from './context.js';
import {gatherFacts, type ReleaseOptions} from './facts/gather.js';
import {type FinishTerms, finishRun, type RunResult} from './finish.js';
import {makePlan, utcOffsetOf} from './make-plan.js';
import type {ReleasePlan} from './plan.js';
import {openContext} from './run.js';
import {assertVersionAsked} from './version.js';
import {openWorldToLook, type World} from './world.js';

export type CreateRequest = {
	readonly loaded: LoadedConfig;
	readonly options: ReleaseOptions;
	readonly isDryRun: boolean;
	/** Shows the plan and asks for a yes. */
	readonly confirm: (plan: ReleasePlan, checks: readonly CheckResult[]) => Promise<boolean>;
} & FinishTerms;

export type CreateResult =
	| {
			readonly kind: 'planned';
			readonly plan: ReleasePlan;
			readonly checks: readonly CheckResult[];
			readonly isDeclined: boolean;
	  }
	| {
			readonly kind: 'ran';
			readonly plan: ReleasePlan;
			readonly checks: readonly CheckResult[];
			readonly result: RunResult;
	  };

/**
 * Creates a release: facts, preflight, plan, and, unless it is a dry run, the run itself.
 * @throws SastaError PREFLIGHT_FAILED with all that stands in the way; LEASE_HELD; what a step throws, the run left open
 */
export async function createRelease(request: CreateRequest, host: Host): Promise<CreateResult> {
	assertVersionAsked(request.options.version);
	assertOneDeploy(request.options);
	const {world, databaseError} = await openWorldToLook(request.loaded, host);
	try {
		const facts = await gatherFacts(world, {...request.options, databaseError}, host);
		const checks = judgePreflight(facts, world.config);
		assertPreflight(checks);
		const made = makePlan({
			facts,
			config: world.config,
			options: request.options,
			nonce: host.randomHex(3),
			utcOffset: utcOffsetOf(new Date(facts.nowMs)),
			deployTitle: world.deployer?.title,
			canary: request.options.isCanary ? await planReleaseCanary(world, facts.version, host) : undefined,
		});
		// Masked before it is shown, run or written, and not only in the journal: else a resumed run would have other notes.
		const plan = redacted(made, host.redact);
		if (request.isDryRun) return {kind: 'planned', plan, checks, isDeclined: false};
		if (!(await request.confirm(plan, checks))) return {kind: 'planned', plan, checks, isDeclined: true};
		// Told to stop before anything was begun, nothing is.
		host.signal.throwIfAborted();
		return {kind: 'ran', plan, checks, result: await beginRun(world, plan, request, host)};
	} finally {
		await world.close();
	}
}

/** @throws SastaError USAGE */
function assertOneDeploy({isCanary, isDeployed}: ReleaseOptions): void {
	if (!isCanary || isDeployed) return;
	throw new SastaError('USAGE', '--canary is a deploy, and --no-deploy leaves it out', {
		exitCode: EXIT.usage,
		hint: 'Leave one of the two away',
	});
}

/** The canary that is the release's deploy. @throws SastaError CANARY_NOT_CONFIGURED, CANARY_PREFLIGHT_FAILED */
async function planReleaseCanary(world: World, version: string | undefined, host: Host): Promise<CanaryPlan> {
	if (version === undefined) throw new Error('the preflight let a release without a version pass');
	const ports = await openPorts(world, host);
	try {
		return await planCanary({world, ports, version, weight: undefined}, host);
	} finally {
		await ports.splitter.close();
	}
}

async function beginRun(world: World, plan: ReleasePlan, terms: FinishTerms, host: Host): Promise<RunResult> {
	const lease = await holdLease(
		{
			store: world.leaseStore,
			command: `release create ${plan.version}`,
			processStartedAt: (pid) => processStartedAt(pid, host),
		},
		host,
	);
	try {
		await assertNothingChanged(world, plan);
		await ignoreOwnFolder(world.git.root);
		const journal = await createJournal({folder: world.runs, run: plan.run, lease, mirror: world.mirror}, host);
		try {
			await host.fault('run.begin.before');
			await journal.append('begin', {data: {kind: plan.kind, plan}});
			await host.fault('run.begin.after');
			const context: ReleaseContext = await openContext({plan, world, lease, journal}, host);
			return await finishRun(context, terms);
		} finally {
			await journal.close();
		}
	} finally {
		await lease.release();
		await host.fault('lease.released');
	}
}

/** What was read before the lease was ours may have changed since. @throws SastaError PLAN_OUTDATED; nothing was begun */
async function assertNothingChanged({git, runs, mirror, database}: World, plan: ReleasePlan): Promise<void> {
	const [head, open, pending] = await Promise.all([
		git.head(),
		findOpenRun(runs, mirror),
		database && pendingIds({database}),
	]);
	const problems = [
		...(head === plan.commit ? [] : ['HEAD has moved']),
		...(open ? [`the run ${open.run} was begun`] : []),
		...(pending && pending !== plan.migrations.map(({id}) => id).join() ? ['other migrations are pending now'] : []),
	];
	if (problems.length > 0)
		throw new SastaError('PLAN_OUTDATED', 'The world has changed since the plan was made; nothing was begun', {
			details: problems,
			hint: 'Run it again',
		});

	async function pendingIds({database: {db}}: {database: NonNullable<World['database']>}): Promise<string> {
		const rows = await migrationStatus(db, {folder: '', migrations: []});
		const done = new Set(rows.filter(({state}) => state === 'applied' || state === 'marked').map(({id}) => id));
		return plan.migrations
			.map(({id}) => id)
			.filter((id) => !done.has(id))
			.join();
	}
}
