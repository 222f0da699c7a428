import type {Db} from 'mongodb';
import {SastaError} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';
import type {Lease} from '../kernel/lease.js';
import type {LoadedMigration} from './catalogue.js';
import {type MigrationRow, migrationRows} from './rows.js';

/**
 * Writes down that a migration counts as applied although nobody saw it finish: a person's decision, with its reason.
 * @throws SastaError MIGRATION_ALREADY_APPLIED
 */
export async function markApplied(
	{
		db,
		lease,
		migration,
		run,
		reason,
	}: {
		readonly db: Db;
		readonly lease: Pick<Lease, 'token' | 'assertHeld'>;
		readonly migration: LoadedMigration;
		readonly run: string;
		readonly reason: string;
	},
	host: Pick<Host, 'now'>,
): Promise<void> {
	const rows = migrationRows(db);
	const before = await rows.findOne({_id: migration.id});
	if (before?.state === 'applied' || before?.state === 'marked') {
		throw new SastaError('MIGRATION_ALREADY_APPLIED', `Migration ${migration.id} is ${before.state} already`);
	}
	const now = new Date(host.now());
	const row: Omit<MigrationRow, '_id'> = {
		checksum: migration.checksum,
		state: 'marked',
		direction: 'up',
		phase: migration.migration.phase,
		token: lease.token,
		run,
		release: before?.release ?? null,
		startedAt: before?.startedAt ?? now,
		finishedAt: now,
		step: null,
		doneSteps: before?.doneSteps ?? [],
		cursor: before?.cursor ?? {},
		// What had gone wrong stays readable beside the reason.
		error: before?.error ?? null,
		session: null,
		reason,
	};
	await lease.assertHeld();
	await rows.updateOne({_id: migration.id}, {$set: row}, {upsert: true});
}
