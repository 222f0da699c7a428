import {
	type ApplyHost,
	type ApplyRequest,
	assertResumable,
	beginRow,
	contextOf,
	finishRow,
	type OwnRow,
	runAuthorsCode,
} from './row-life.js';
import {migrationRows, updateOwnRow} from './rows.js';

export type AppliedMigration = {readonly id: string; readonly outcome: 'applied' | 'resumed' | 'already'};

/**
 * Applies one migration, or goes on with it where it was cut. `running` is in the database before anything of it runs.
 * @throws SastaError MIGRATION_DIRTY when it was cut and cannot be run again; MIGRATION_FAILED with the ways out;
 * LEASE_LOST; what the signal was aborted with
 */
export async function applyMigration(request: ApplyRequest, host: ApplyHost): Promise<AppliedMigration> {
	const {db, migration} = request;
	const rows = migrationRows(db);
	await request.lease.assertHeld();
	const before = await rows.findOne({_id: migration.id});
	if (before?.state === 'applied' || before?.state === 'marked') return {id: migration.id, outcome: 'already'};
	const isResumed = before?.state === 'running' || before?.state === 'failed';
	if (isResumed) assertResumable(before, migration, 'up');

	await host.fault('migration.running.before');
	const row = await beginRow(request, before, 'up', host);
	await host.fault('migration.running.after');
	await runAuthorsCode(request, row, host, (limited) => runUp(limited, row, host));
	await host.fault('migration.applied.before');
	await finishRow(request, row, 'applied', host);
	await host.fault('migration.applied.after');
	return {id: migration.id, outcome: isResumed ? 'resumed' : 'applied'};
}

async function runUp(request: ApplyRequest, row: OwnRow, host: ApplyHost): Promise<void> {
	const {migration} = request.migration;
	if (migration.up) {
		await host.fault('migration.step.before');
		await migration.up(contextOf(request, row, 'up', host));
		await host.fault('migration.step.after');
	}
	const rows = migrationRows(request.db);
	const doneSteps = [...row.doneSteps];
	for (const step of migration.steps ?? []) {
		if (doneSteps.includes(step.name)) continue;
		request.signal.throwIfAborted();
		await request.lease.assertHeld();
		await updateOwnRow(rows, row, {step: step.name});
		await host.fault('migration.step.before');
		const context = contextOf(request, row, step.name, host);
		if ('backfill' in step) await context.backfill(step.backfill);
		else await step.run(context);
		doneSteps.push(step.name);
		await updateOwnRow(rows, row, {doneSteps});
		await host.fault('migration.step.after');
	}
}
