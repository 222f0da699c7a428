import type {Db, Document} from 'mongodb';
import {errorMessage} from '../../kernel/errors.js';
import type {Host} from '../../kernel/host.js';
import {type MedianRange, medianRange} from '../../stats/median-range.js';
import type {Filling} from '../workload/workload.js';
import {CONFIDENCE, inTurns} from './ask-queries.js';

const BATCH = 100;

/** What an index adds to each insert. */
export type WriteCost =
	| {
			readonly kind: 'measured';
			/** Microseconds a document with all indexes of its collection, and what this one adds; medians of the pairs. */
			readonly withUs: number;
			readonly addedUs: MedianRange | undefined;
			readonly batches: number;
			readonly batchSize: number;
	  }
	| {readonly kind: 'untried'; readonly reason: string};

/**
 * Inserts the same new documents into a collection and into its twin that lacks one index, in turns, and takes them away
 * again before the next pair, so that both stay as large as they were.
 */
export async function measureWrites(
	db: Db,
	{filling, twin, batches}: {readonly filling: Filling; readonly twin: string; readonly batches: number},
	host: Pick<Host, 'monotonicMs' | 'signal' | 'redact'>,
): Promise<WriteCost> {
	const {collection, count, documentAt} = filling;
	const added: number[] = [];
	const whole: number[] = [];
	for (let batch = -1; batch < batches; batch++) {
		host.signal.throwIfAborted();
		// The same ones each time: those behind the last that is there.
		const documents = Array.from({length: BATCH}, (_, at) => documentAt(count + at));
		try {
			const [withMs, withoutMs] = await inTurns(
				batch + 1,
				() => timeOfInsert(db, collection, documents, host),
				() => timeOfInsert(db, twin, documents, host),
			);
			// The first pair opens connections.
			if (batch === -1) continue;
			whole.push((withMs * 1000) / BATCH);
			added.push(((withMs - withoutMs) * 1000) / BATCH);
		} catch (error) {
			host.signal.throwIfAborted();
			return {kind: 'untried', reason: host.redact(errorMessage(error))};
		} finally {
			await Promise.all([collection, twin].map((name) => takeAway(db, name, documents)));
		}
	}
	return {
		kind: 'measured',
		withUs: medianRange(whole, CONFIDENCE)?.median ?? Number.NaN,
		addedUs: medianRange(added, CONFIDENCE),
		batches,
		batchSize: BATCH,
	};
}

async function timeOfInsert(
	db: Db,
	collection: string,
	documents: readonly Document[],
	{monotonicMs}: Pick<Host, 'monotonicMs'>,
): Promise<number> {
	const beganMs = monotonicMs();
	await db.collection<Document>(collection).insertMany([...documents], {ordered: false, writeConcern: {w: 1}});
	return monotonicMs() - beganMs;
}

async function takeAway(db: Db, collection: string, documents: readonly Document[]): Promise<void> {
	await db
		.collection<Document>(collection)
		.deleteMany({_id: {$in: documents.map(({_id}) => _id)}}, {writeConcern: {w: 1}});
}
