import {SastaError} from '../kernel/errors.js';
import {
	type ApplyHost,
	type ApplyRequest,
	assertResumable,
	beginRow,
	contextOf,
	finishRow,
	runAuthorsCode,
} from './row-life.js';
import {migrationRows} from './rows.js';

/**
 * Takes one migration back by its `down`, an interrupted one as well.
 * @throws SastaError MIGRATION_IRREVERSIBLE; MIGRATION_DIRTY when an earlier `down` was cut and cannot be run again;
 * MIGRATION_FAILED; LEASE_LOST
 */
export async function revertMigration(
	request: ApplyRequest,
	host: ApplyHost,
): Promise<{readonly id: string; readonly outcome: 'reverted' | 'already'}> {
	const {db, migration} = request;
	const {down, irreversible} = migration.migration;
	await request.lease.assertHeld();
	const before = await migrationRows(db).findOne({_id: migration.id});
	if (before === null || before.state === 'reverted') return {id: migration.id, outcome: 'already'};
	if (down === undefined) {
		throw new SastaError('MIGRATION_IRREVERSIBLE', `Migration ${migration.id} has no way back: ${irreversible}`, {
			hint: 'Restore the backup taken before it: sastaops backup list',
		});
	}
	const wasGoingBack = before.direction === 'down' && before.state !== 'applied';
	if (wasGoingBack) assertResumable(before, migration, 'down');

	const row = await beginRow(request, wasGoingBack ? before : {...before, doneSteps: [], cursor: {}}, 'down', host);
	await host.fault('migration.revert.before');
	await runAuthorsCode(request, row, host, (limited) => down(contextOf(limited, row, 'down', host)));
	await finishRow(request, row, 'reverted', host);
	await host.fault('migration.revert.after');
	return {id: migration.id, outcome: 'reverted'};
}
