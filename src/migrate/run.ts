import type {Db} from 'mongodb';
import {SastaError} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';
import type {Lease} from '../kernel/lease.js';
import {type AppliedMigration, applyMigration} from './apply.js';
import type {Catalogue, LoadedMigration} from './catalogue.js';
import {assertNoErrors, type MigrationProblem, planMigrations} from './plan.js';
import {revertMigration} from './revert.js';
import type {ApplyHost} from './row-life.js';
import {type MigrationStatus, migrationStatus} from './status.js';

export type RunRequest = {
	readonly db: Db;
	readonly lease: Pick<Lease, 'token' | 'assertHeld'>;
	readonly catalogue: Catalogue;
	readonly run: string;
	readonly signal: AbortSignal;
	/** For each migration. */
	readonly timeoutMs?: number | undefined;
};

type RunHost = ApplyHost & Pick<Host, 'monotonicMs'>;

/**
 * Applies what is pending, up to and with `to`. The state is read here, under the lease, never before it.
 * @throws SastaError MIGRATION_DIRTY, MIGRATIONS_REFUSED, MIGRATION_UNKNOWN, and what applying throws
 */
export async function migrateUp(
	request: RunRequest & {readonly to?: string | undefined},
	host: RunHost,
): Promise<AppliedMigration[]> {
	const {pending, problems} = planMigrations(request.catalogue, await migrationStatus(request.db, request.catalogue));
	assertNoErrors(problems);
	return inSteps(upTo(pending, request.to), host, (migration) => applyMigration({...request, migration}, host));
}

/**
 * Goes on with the migration that was cut; those behind it are left for `migrateUp`.
 * @throws SastaError NOTHING_TO_RESUME, MIGRATION_DIRTY where it cannot be run again, MIGRATIONS_REFUSED
 */
export async function resumeMigration(
	request: RunRequest,
	host: RunHost,
): Promise<{readonly id: string; readonly outcome: AppliedMigration['outcome'] | 'reverted'}> {
	const status = await migrationStatus(request.db, request.catalogue);
	const cut = status.find(isCut);
	if (cut === undefined) {
		throw new SastaError('NOTHING_TO_RESUME', 'No migration was interrupted', {hint: 'sastaops db migrate status'});
	}
	assertNoErrors(otherProblems(planMigrations(request.catalogue, status).problems));
	const migration = findMigration(request.catalogue, cut.id);
	type Outcome = AppliedMigration['outcome'] | 'reverted';
	const [resumed] = await inSteps<{readonly id: string; readonly outcome: Outcome}>([migration], host, () =>
		cut.row?.direction === 'down'
			? revertMigration({...request, migration}, host)
			: applyMigration({...request, migration}, host),
	);
	return resumed ?? {id: cut.id, outcome: 'already'};
}

/**
 * Takes back what is newer than `to`, newest first; without `to`, the newest one.
 * @throws SastaError NOTHING_TO_REVERT, MIGRATION_IRREVERSIBLE before any of them is touched, MIGRATION_UNKNOWN
 */
export async function migrateDown(
	request: RunRequest & {readonly to?: string | undefined},
	host: RunHost,
): Promise<readonly {readonly id: string}[]> {
	const status = await migrationStatus(request.db, request.catalogue);
	assertNoErrors(otherProblems(planMigrations(request.catalogue, status).problems));
	const migrations = planDown(request.catalogue, status, request.to);
	return inSteps(migrations, host, (migration) => revertMigration({...request, migration}, host));
}

/** What `migrateDown` would take back, newest first. @throws as `migrateDown` */
export function planDown(
	catalogue: Catalogue,
	status: readonly MigrationStatus[],
	to: string | undefined,
): LoadedMigration[] {
	const there = new Set(status.filter(({state}) => state !== 'pending' && state !== 'reverted').map(({id}) => id));
	const applied = catalogue.migrations.filter(({id}) => there.has(id)).reverse();
	const stop = to === undefined ? undefined : findMigration(catalogue, to);
	const chosen = stop ? applied.filter(({number}) => number > stop.number) : applied.slice(0, 1);
	if (chosen.length === 0) {
		throw new SastaError('NOTHING_TO_REVERT', to ? `Nothing newer than ${to} is applied` : 'No migration is applied');
	}
	const stuck = chosen.find(({migration}) => migration.down === undefined);
	if (stuck) {
		throw new SastaError(
			'MIGRATION_IRREVERSIBLE',
			`Migration ${stuck.id} has no way back: ${stuck.migration.irreversible}`,
			{
				hint: 'Restore the backup taken before it: sastaops backup list',
			},
		);
	}
	return chosen;
}

/** @throws SastaError MIGRATION_UNKNOWN */
export function findMigration({migrations, folder}: Catalogue, id: string): LoadedMigration {
	const found = migrations.find((migration) => migration.id === id);
	if (found) return found;
	throw new SastaError('MIGRATION_UNKNOWN', `There is no migration ${id} in ${folder}`, {
		hint: 'See what there is: sastaops db migrate status',
	});
}

/** What is pending up to and with one migration; all of it without one. @throws SastaError MIGRATION_UNKNOWN */
export function upTo(pending: readonly LoadedMigration[], to: string | undefined): readonly LoadedMigration[] {
	if (to === undefined) return pending;
	const last = pending.findIndex(({id}) => id === to);
	if (last >= 0) return pending.slice(0, last + 1);
	throw new SastaError('MIGRATION_UNKNOWN', `Migration ${to} is not pending`, {hint: 'sastaops db migrate status'});
}

function isCut({state}: MigrationStatus): boolean {
	return state === 'running' || state === 'failed';
}

/** Resuming and going back are what a dirty state is answered with. */
function otherProblems(problems: readonly MigrationProblem[]): MigrationProblem[] {
	return problems.filter(({kind}) => kind !== 'dirty');
}

async function inSteps<T>(
	migrations: readonly LoadedMigration[],
	host: RunHost,
	work: (migration: LoadedMigration) => Promise<T>,
): Promise<T[]> {
	const results: T[] = [];
	for (const [position, migration] of migrations.entries()) {
		const step = {name: migration.id, title: migration.id, index: position + 1, total: migrations.length};
		const startedMs = host.monotonicMs();
		host.emit({type: 'step', ...step, state: 'start'});
		try {
			results.push(await work(migration));
		} catch (error) {
			host.emit({type: 'step', ...step, state: 'failed'});
			throw error;
		}
		const durationMs = host.monotonicMs() - startedMs;
		host.emit({type: 'step', ...step, state: 'done', detail: migration.migration.title, durationMs});
	}
	return results;
}
