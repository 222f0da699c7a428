import type {Db, Timestamp} from 'mongodb';
import type {WriteObservation} from './write-watch.js';

/**
 * Whether what was read as of an instant does stand for it. Not every server that speaks MongoDB's protocol keeps to the
 * instant it is asked for, so it is put to the test: a document inserted later must not be seen.
 */
export async function isOneInstant(
	db: Db,
	asOf: Timestamp | undefined,
	{witness}: Pick<WriteObservation, 'witness'>,
): Promise<boolean> {
	if (asOf === undefined) return false;
	if (witness === undefined || witness.at.compare(asOf) <= 0) return true;
	const {cursor} = (await db.command({
		find: witness.collection,
		filter: witness.key,
		limit: 1,
		singleBatch: true,
		readConcern: {level: 'snapshot', atClusterTime: asOf},
	})) as {cursor: {firstBatch: readonly unknown[]}};
	return cursor.firstBatch.length === 0;
}
