import type {BackupManifest} from '../../backup/manifest.js';
import {readManifest} from '../../backup/store.js';
import type {Host} from '../../kernel/host.js';
import type {Journal} from '../../kernel/journal/journal.js';
import type {Lease} from '../../kernel/lease.js';
import type {GitHub} from '../../ports/github.js';
import {type Maintenance, openMaintenanceCommands, openMaintenanceSwitch} from '../../ports/maintenance.js';
import {openReleaseGitHub} from '../facts/github.js';
import type {ShopDatabase, World} from '../world.js';
import type {DataRollback, RollbackPlan} from './plan.js';

/** What every step of a rollback works with. */
export type RollbackContext = {
	readonly plan: RollbackPlan;
	readonly world: World;
	readonly host: Host;
	readonly lease: Lease;
	readonly journal: Journal;
	readonly github: GitHub | undefined;
};

/** What the steps on data work with, beside the rest. */
export type DataParts = {
	readonly data: DataRollback;
	readonly database: ShopDatabase;
	readonly manifest: BackupManifest;
	readonly maintenance: Maintenance;
};

export function openRollbackContext(parts: Omit<RollbackContext, 'github'>): RollbackContext {
	const {plan, world, host} = parts;
	return {...parts, github: plan.github ? openReleaseGitHub(world, plan.github.repository, host) : undefined};
}

export async function dataPartsOf({plan, world, host}: RollbackContext): Promise<DataParts> {
	const {data} = plan;
	const {database} = world;
	if (!data || !database) throw new Error('a step on data was planned without data');
	const commands = world.config.release.maintenance;
	return {
		data,
		database,
		manifest: await readManifest(world.store, data.backup),
		maintenance: commands
			? openMaintenanceCommands(commands, world.root, host)
			: openMaintenanceSwitch(database.db, host),
	};
}
