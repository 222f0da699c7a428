import type {MigrationContext, MigrationStep, Phase} from 'sastaops';

export const title = 'What it does';

// expand: the old code can live with it.  contract: takes away what old code may still need, a release later.
export const phase: Phase = 'expand';

// Each step is safe to run again. A backfill walks by _id in batches and goes on where it was cut.
export const steps: readonly MigrationStep[] = [
	{
		name: 'add-gstin',
		backfill: {
			collection: 'orders',
			filter: {gstin: {$exists: false}},
			update: {$set: {gstin: null}},
		},
	},
];

// The way back. Where there is none: export const irreversible = 'why';
export async function down({collection}: MigrationContext): Promise<void> {
	await collection('orders').updateMany({gstin: null}, {$unset: {gstin: ''}});
}
