import type {Db} from 'mongodb';
import {describeIndex} from '../../database/indexes.js';
import type {Host} from '../../kernel/host.js';
import type {Filling, Size, Workload} from './workload.js';

const BATCH = 1000;
/** Batches on their way at once: the next ones are made while the server writes. */
const AT_ONCE = 4;

/** Writes a workload's data and then its indexes, one after the other; memory does not grow with the size. */
export async function fill(db: Db, workload: Workload, size: Size, host: Pick<Host, 'emit' | 'signal'>): Promise<void> {
	const fillings = workload.collections(size);
	const total = fillings.reduce((sum, {count}) => sum + count, 0);
	let done = 0;
	for (const filling of fillings) {
		await fillOne(db, filling, host.signal, (count) => {
			done += count;
			host.emit({type: 'progress', done, total, unit: 'documents'});
		});
	}
	for (const [collection, indexes] of Object.entries(workload.indexes)) {
		for (const index of indexes) {
			host.signal.throwIfAborted();
			await db.collection(collection).createIndexes([describeIndex(index)]);
		}
	}
}

async function fillOne(
	db: Db,
	{collection, count, documentAt}: Filling,
	signal: AbortSignal,
	onWritten: (count: number) => void,
): Promise<void> {
	const batches = Math.ceil(count / BATCH);
	let next = 0;
	const lane = async () => {
		while (next < batches) {
			signal.throwIfAborted();
			const first = next++ * BATCH;
			const documents = Array.from({length: Math.min(BATCH, count - first)}, (_, offset) => documentAt(first + offset));
			await db.collection(collection).insertMany(documents, {ordered: false, writeConcern: {w: 1}});
			onWritten(documents.length);
		}
	};
	await Promise.all(Array.from({length: Math.min(AT_ONCE, batches)}, lane));
}
