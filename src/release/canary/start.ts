import {gatherCanaryFacts} from '../../canary/facts.js';
import {makeCanaryPlan} from '../../canary/make-plan.js';
import type {CanaryPorts} from '../../canary/open-context.js';
import type {CanaryPlan} from '../../canary/plan.js';
import {assertCanaryPreflight, problemsOf} from '../../canary/preflight.js';
import type {LoadedConfig} from '../../kernel/config/load.js';
import {SastaError} from '../../kernel/errors.js';
import {holdLease} from '../../kernel/hold-lease.js';
import type {Host} from '../../kernel/host.js';
import {createJournal} from '../../kernel/journal/journal.js';
import {findOpenRun} from '../../kernel/journal/open-run.js';
import {ignoreOwnFolder} from '../../kernel/own-folder.js';
import {processStartedAt} from '../../ports/process-table.js';
import {makeUserCommand} from '../../ports/user-command.js';
import {hashConfig, makeRunName, PLAN_VERSION} from '../plan.js';
import {parseVersion} from '../version.js';
import {openWorld, type World} from '../world.js';
import {canaryConfig, openCanaryContext, openPorts, promoterOf} from './open.js';
import {type CanaryResult, performCanary} from './perform.js';

export type CanaryRequest = {
	readonly loaded: LoadedConfig;
	readonly version: string;
	/** Percent of the first stage. */
	readonly weight: number | undefined;
	readonly isDryRun: boolean;
	/** Shows the plan and asks for a yes. */
	readonly confirm: (plan: CanaryPlan) => Promise<boolean>;
};

export type CanaryStarted =
	| {readonly kind: 'planned'; readonly plan: CanaryPlan; readonly isDeclined: boolean}
	| {readonly kind: 'ran'; readonly plan: CanaryPlan; readonly result: CanaryResult};

/**
 * Sends a slice of real traffic to a version and watches it: facts, plan, and, unless it is a dry run, the canary itself.
 * @throws SastaError CANARY_NOT_CONFIGURED, CANARY_PREFLIGHT_FAILED, RUN_OPEN, LEASE_HELD; what a step throws, the run open
 */
export async function startCanary(request: CanaryRequest, host: Host): Promise<CanaryStarted> {
	const version = parseVersion(request.version);
	const world = await openWorld(request.loaded, host);
	const ports = await openPorts(world, host);
	try {
		const plan = await planCanary({world, ports, version, weight: request.weight}, host);
		if (request.isDryRun) return {kind: 'planned', plan, isDeclined: false};
		await assertNoOpenRun(world);
		if (!(await request.confirm(plan))) return {kind: 'planned', plan, isDeclined: true};
		host.signal.throwIfAborted();
		return {kind: 'ran', plan, result: await begin({world, ports, plan}, host)};
	} finally {
		await ports.splitter.close();
		await world.close();
	}
}

/** @throws SastaError CANARY_PREFLIGHT_FAILED */
export async function planCanary(
	{world, ports, version, weight}: {world: World; ports: CanaryPorts; version: string; weight: number | undefined},
	host: Host,
): Promise<CanaryPlan> {
	const config = canaryConfig(world);
	const {release, shop} = world.config;
	const tag = `${release.tagPrefix}${version}`;
	const [facts, object] = await Promise.all([
		gatherCanaryFacts({ports, stable: config.stable, canary: config.canary}, host),
		world.git.tagObject(tag),
	]);
	assertCanaryPreflight(problemsOf(facts, {version, isStarted: config.start !== undefined}));
	const title = (command: typeof config.start) =>
		command === undefined ? null : makeUserCommand(command, world.root).title;
	const {kind, title: splitterTitle, isSticky, shortestLeaseMs} = ports.splitter;
	return makeCanaryPlan({
		planVersion: PLAN_VERSION,
		run: makeRunName(host.now(), version, host.randomHex(3)),
		configHash: hashConfig(world.config),
		shop: shop.name,
		environment: shop.environment,
		version,
		tag,
		commit: object?.commit ?? '',
		stableVersion: facts.stableVersion ?? null,
		config,
		splitter: {kind, title: splitterTitle, isSticky, shortestLeaseMs},
		measures: facts.measures,
		traffic: facts.traffic,
		firstWeight: weight,
		commands: {
			promote: promoterOf(world, host)?.title ?? null,
			start: title(config.start),
			stop: title(config.stop),
		},
		clockSkewMs: facts.clockSkewMs,
	});
}

async function assertNoOpenRun({runs, mirror}: World): Promise<void> {
	const open = await findOpenRun(runs, mirror);
	if (open === undefined) return;
	throw new SastaError('RUN_OPEN', `The run ${open.run} is open`, {
		hint: 'See it: sastaops release status; go on or back: sastaops release resume, or abort',
	});
}

async function begin(
	{world, ports, plan}: {world: World; ports: CanaryPorts; plan: CanaryPlan},
	host: Host,
): Promise<CanaryResult> {
	const lease = await holdLease(
		{
			store: world.leaseStore,
			command: `canary ${plan.version}`,
			processStartedAt: (pid) => processStartedAt(pid, host),
		},
		host,
	);
	try {
		await assertNoOpenRun(world);
		await ignoreOwnFolder(world.git.root);
		const journal = await createJournal({folder: world.runs, run: plan.run, lease, mirror: world.mirror}, host);
		try {
			await host.fault('run.begin.before');
			await journal.append('begin', {data: {kind: plan.kind, plan}});
			await host.fault('run.begin.after');
			return await performCanary(await openCanaryContext({plan, world, journal, ports}, host), world);
		} finally {
			await journal.close();
		}
	} finally {
		await lease.release();
	}
}
