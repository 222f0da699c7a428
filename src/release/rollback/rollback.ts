import type {LoadedConfig} from '../../kernel/config/load.js';
import {SastaError} from '../../kernel/errors.js';
import {holdLease} from '../../kernel/hold-lease.js';
import type {Host} from '../../kernel/host.js';
import {createJournal} from '../../kernel/journal/journal.js';
import {findOpenRun} from '../../kernel/journal/open-run.js';
import {ignoreOwnFolder} from '../../kernel/own-folder.js';
import {processStartedAt} from '../../ports/process-table.js';
import {parseVersion} from '../version.js';
import {openWorld, type World} from '../world.js';
import {gatherRollbackFacts} from './facts.js';
import {type DataChoice, makeRollbackPlan} from './make-plan.js';
import {performRollback} from './perform.js';
import type {RollbackPlan} from './plan.js';
import type {WritesSince} from './writes-since.js';

export type RollbackRequest = {
	readonly loaded: LoadedConfig;
	/** As typed. */
	readonly version: string;
	readonly choice: DataChoice;
	/** A backup to go back to instead of the one that fits. */
	readonly backupId: string | undefined;
	readonly isOnGitHub: boolean;
	readonly isDeployed: boolean;
	readonly isDryRun: boolean;
	/** Shows the plan and what will be lost, and asks. */
	readonly confirm: (plan: RollbackPlan, writes: WritesSince | undefined) => Promise<boolean>;
};

export type RollbackResult = {
	readonly outcome: 'planned' | 'declined' | 'completed';
	readonly plan: RollbackPlan;
	/** Undefined when the data stays. */
	readonly writes: WritesSince | undefined;
};

/**
 * Rolls production back to an earlier release: its code, and its data where the old code cannot live with today's.
 * @throws SastaError what makeRollbackPlan refuses; LEASE_HELD; what a step throws, the run left open
 */
export async function rollBack(request: RollbackRequest, host: Host): Promise<RollbackResult> {
	const version = parseVersion(request.version);
	const world = await openWorld(request.loaded, host);
	try {
		const facts = await gatherRollbackFacts(world, {version, backupId: request.backupId}, host);
		const plan = makeRollbackPlan({
			facts,
			config: world.config,
			version,
			choice: request.choice,
			nonce: host.randomHex(3),
			deployTitle: request.isDeployed ? world.deployer?.title : undefined,
			isOnGitHub: request.isOnGitHub,
		});
		const writes = plan.data ? facts.data?.writes : undefined;
		if (request.isDryRun) return {outcome: 'planned', plan, writes};
		if (!(await request.confirm(plan, writes))) return {outcome: 'declined', plan, writes};
		host.signal.throwIfAborted();
		await beginRollback(world, plan, host);
		return {outcome: 'completed', plan, writes};
	} finally {
		await world.close();
	}
}

async function beginRollback(world: World, plan: RollbackPlan, host: Host): Promise<void> {
	const lease = await holdLease(
		{
			store: world.leaseStore,
			command: `release rollback ${plan.version}`,
			processStartedAt: (pid) => processStartedAt(pid, host),
		},
		host,
	);
	try {
		const open = await findOpenRun(world.runs, world.mirror);
		if ((open?.run ?? null) !== plan.endsRun) {
			throw new SastaError(
				'PLAN_OUTDATED',
				'Another run was begun or ended since the plan was made; nothing was begun',
				{hint: 'Run it again'},
			);
		}
		await ignoreOwnFolder(world.git.root);
		const journal = await createJournal({folder: world.runs, run: plan.run, lease, mirror: world.mirror}, host);
		try {
			await journal.append('begin', {data: {kind: plan.kind, plan}});
			await host.fault('run.begin.after');
			await performRollback({plan, world, host, lease, journal});
		} finally {
			await journal.close();
		}
	} finally {
		await lease.release();
	}
}
