import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Step} from '../../kernel/steps.js';
import type {LoadedMigration} from '../../migrate/catalogue.js';
import {migrationRows} from '../../migrate/rows.js';
import {databaseOf, type ReleaseContext} from '../context.js';
import type {PlannedMigration} from '../plan.js';

/** One step for each migration, so that every one is written down by itself. */
export function migrationStep(planned: PlannedMigration): Step<ReleaseContext> {
	return {
		name: `migrate:${planned.id}`,
		title: () => `migrate    ${planned.id}`,
		async probe(context) {
			const row = await migrationRows(databaseOf(context).db).findOne({_id: planned.id});
			if (row?.state !== 'applied' && row?.state !== 'marked') return {state: 'absent'};
			return row.checksum === planned.checksum || row.state === 'marked'
				? {state: 'done'}
				: {
						state: 'foreign',
						reason: `${planned.id} was applied from another file than this release’s`,
						hint: 'sastaops db migrate status',
					};
		},
		async apply(context) {
			const {applyMigration} = await import('../../migrate/apply.js');
			const {plan, lease, host} = context;
			const {outcome} = await applyMigration(
				{
					db: databaseOf(context).db,
					lease,
					migration: loadedMigration(context, planned),
					run: plan.run,
					release: plan.version,
					signal: host.signal,
				},
				host,
			);
			const documents =
				planned.documents === null ? undefined : `${planned.documents.toLocaleString('en-IN')} documents`;
			return {
				detail: [planned.phase, documents, outcome === 'resumed' ? 'gone on with where it was cut' : undefined]
					.filter((part) => part !== undefined)
					.join(', '),
			};
		},
		async undo(context) {
			const {plan, lease, host} = context;
			const {db} = databaseOf(context);
			const row = await migrationRows(db).findOne({_id: planned.id, run: plan.run});
			if (row === null || row.state === 'reverted') return `${planned.id} was not applied`;
			const {revertMigration} = await import('../../migrate/revert.js');
			await revertMigration(
				{
					db,
					lease,
					migration: loadedMigration(context, planned),
					run: plan.run,
					release: plan.version,
					signal: host.signal,
				},
				host,
			);
			return `${planned.id} was taken back by its down`;
		},
	};
}

export const seed: Step<ReleaseContext> = {
	name: 'seed',
	title: ({plan}) => `seed       ${plan.seeds.map(({id}) => id).join(', ')}`,
	async probe(context) {
		const {planSeeds} = await import('../../migrate/seeds.js');
		const plans = await planSeeds(databaseOf(context).db, plannedSeeds(context));
		return plans.every(({added, changed}) => added + changed === 0) ? {state: 'done'} : {state: 'absent'};
	},
	async apply(context) {
		const {plan, lease, host} = context;
		const {applySeeds} = await import('../../migrate/apply-seeds.js');
		const applied = await applySeeds(
			{db: databaseOf(context).db, lease, seeds: plannedSeeds(context), run: plan.run, signal: host.signal},
			host,
		);
		const total = (key: 'added' | 'changed') => applied.reduce((sum, item) => sum + item[key], 0);
		return {detail: `${total('added')} added, ${total('changed')} changed`};
	},
	async undo(context) {
		const {plan, lease, host} = context;
		const {undoSeeds} = await import('../../migrate/apply-seeds.js');
		const {removed, leftChanged} = await undoSeeds({db: databaseOf(context).db, lease, run: plan.run}, host);
		return `${removed} seeded documents taken out${leftChanged > 0 ? `; ${leftChanged} that were changed stay changed` : ''}`;
	},
};

function loadedMigration({catalogue}: ReleaseContext, {id, checksum}: PlannedMigration): LoadedMigration {
	const loaded = catalogue?.migrations.find((migration) => migration.id === id);
	if (loaded?.checksum === checksum) return loaded;
	throw new SastaError('PLAN_CHANGED', `The migration ${id} is not the one the plan was made with`, {
		exitCode: EXIT.stopped,
		hint: 'Bring the file back (git checkout), then: sastaops release resume',
	});
}

function plannedSeeds({plan, seeds}: ReleaseContext) {
	return plan.seeds.map(({id, checksum}) => {
		const loaded = seeds.find((known) => known.id === id);
		if (loaded?.checksum === checksum) return loaded;
		throw new SastaError('PLAN_CHANGED', `The seed ${id} is not the one the plan was made with`, {
			exitCode: EXIT.stopped,
			hint: 'Bring the file back (git checkout), then: sastaops release resume',
		});
	});
}
