import {resolve} from 'node:path';
import {type BackupEstimate, estimateBackup, freeBytes} from '../../backup/estimate.js';

import {type Identity, readIdentity} from '../../database/privileges.js';
import {splitArgv} from '../../kernel/argv.js';
import {SastaError} from '../../kernel/errors.js';
import type {Host} from '../../kernel/host.js';
import {type Catalogue, loadCatalogue} from '../../migrate/catalogue.js';
import {describeMigrations, type MigrationStepNote} from '../../migrate/describe.js';
import {type LintFinding, lintMigrations} from '../../migrate/lint.js';
import {type MigrationPlan, planMigrations} from '../../migrate/plan.js';
import {type LoadedSeed, loadSeeds, planSeeds, type SeedPlan} from '../../migrate/seeds.js';
import {migrationStatus} from '../../migrate/status.js';
import {toolVersion} from '../../ports/mongo-tools.js';
import type {ShopDatabase, World} from '../world.js';

/** What a release will do to the data, and whether it may. */
export type DataFacts = {
	/** Undefined when a file is broken: `scriptError` says which. */
	readonly migrations: MigrationFacts | undefined;
	readonly scriptError: SastaError | undefined;
	readonly estimate: BackupEstimate;
	readonly freeBytes: number;
	/** As it says itself; undefined: the built-in engine writes the backup. */
	readonly mongodumpVersion: string | undefined;
	readonly stateIdentity: Identity;
};

export type MigrationFacts = {
	readonly catalogue: Catalogue;
	readonly plan: MigrationPlan;
	readonly notes: readonly MigrationStepNote[];
	readonly lint: readonly LintFinding[];
	readonly seeds: readonly LoadedSeed[];
	readonly seedPlans: readonly SeedPlan[];
};

export async function readData(world: World, database: ShopDatabase, host: Host): Promise<DataFacts> {
	const {db, state} = database;
	const mongodump = world.config.backup.mongodump;
	const [scripts, estimate, free, mongodumpVersion, stateIdentity] = await Promise.all([
		readScripts(world, database, host),
		estimateBackup(db),
		freeBytes(world.store),
		world.config.backup.engine === 'builtin'
			? undefined
			: toolVersion(host, typeof mongodump === 'string' ? splitArgv(mongodump) : mongodump),
		readIdentity(state),
	]);
	return {...scripts, estimate, freeBytes: free, mongodumpVersion, stateIdentity};
}

async function readScripts(
	{root}: World,
	{db, config}: ShopDatabase,
	host: Host,
): Promise<Pick<DataFacts, 'migrations' | 'scriptError'>> {
	try {
		const [catalogue, seeds] = await Promise.all([
			loadCatalogue(resolve(root, config.migrations), host),
			loadSeeds(resolve(root, config.seeds), host),
		]);
		const status = await migrationStatus(db, catalogue);
		const plan = planMigrations(catalogue, status);
		const [notes, lint, seedPlans] = await Promise.all([
			describeMigrations(plan.pending, db),
			lintMigrations({catalogue, pending: plan.pending, db, status, nowMs: host.now()}),
			planSeeds(db, seeds),
		]);
		return {migrations: {catalogue, plan, notes, lint, seeds, seedPlans}, scriptError: undefined};
	} catch (error) {
		if (error instanceof SastaError) return {migrations: undefined, scriptError: error};
		throw error;
	}
}
