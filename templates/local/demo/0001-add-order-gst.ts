import type {MigrationContext, MigrationStep, Phase} from 'sastaops';

export const title = 'Write the GST contained in each order';

export const phase: Phase = 'expand';

const RATE_PERCENT = 18;

const gstPaise = {$toInt: {$round: {$divide: [{$multiply: ['$totalPaise', RATE_PERCENT]}, 100 + RATE_PERCENT]}}};

export const steps: readonly MigrationStep[] = [
	{name: 'fill-gst-paise', backfill: {collection: 'orders', batchSize: 200, update: [{$set: {gstPaise}}]}},
];

export async function down({collection}: MigrationContext): Promise<void> {
	await collection('orders').updateMany({gstPaise: {$exists: true}}, {$unset: {gstPaise: ''}});
}
