import type {MigrationContext, MigrationStep, Phase} from 'sastaops';

export const title = 'Write the GST contained in each order';

export const phase: Phase = 'expand';

const RATE_PERCENT = 18;

export const steps: readonly MigrationStep[] = [
	{
		name: 'fill-gst-paise',
		backfill: {
			collection: 'orders',
			batchSize: 100,
			each: ({totalPaise}) => ({
				$set: {gstPaise: Math.round((totalPaise * RATE_PERCENT) / (100 + RATE_PERCENT))},
			}),
		},
	},
];

export async function down({collection}: MigrationContext): Promise<void> {
	await collection('orders').updateMany({gstPaise: {$exists: true}}, {$unset: {gstPaise: ''}});
}
