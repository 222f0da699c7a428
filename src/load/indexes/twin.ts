import type {Collection, Db, Document} from 'mongodb';
import {describeIndex, type NeededIndex, nameOf} from '../../database/indexes.js';
import type {Host} from '../../kernel/host.js';

/** Of a copy, a build, and a removal. */
export const LONG_MS = 600_000;

/**
 * A copy of a collection in the load's own database, with the same indexes, of which some are taken away for a while: so a
 * query is asked with and without its index in turns, and neither the cache nor the time of day decides.
 */
export type Twin = {
	readonly name: string;
	readonly collection: Collection<Document>;
	/** Takes these indexes away, works, and builds them again; gives how long that took. */
	without<T>(
		indexes: readonly string[],
		work: () => Promise<T>,
	): Promise<{readonly answer: T; readonly buildMs: number}>;
	drop(): Promise<void>;
};

export async function openTwin(
	db: Db,
	collection: string,
	indexes: readonly NeededIndex[],
	host: Pick<Host, 'monotonicMs' | 'signal'>,
): Promise<Twin> {
	const name = `${collection}_sastaops_twin`;
	await db
		.collection(collection)
		.aggregate([{$out: name}], {maxTimeMS: LONG_MS})
		.toArray();
	const twin = db.collection<Document>(name);
	for (const index of indexes) {
		host.signal.throwIfAborted();
		await buildIndex(twin, index);
	}
	return {
		name,
		collection: twin,
		async without(names, work) {
			for (const one of names) await twin.dropIndex(one);
			const answer = await work();
			const beganMs = host.monotonicMs();
			for (const index of indexes) {
				host.signal.throwIfAborted();
				if (names.includes(nameOf(index))) await buildIndex(twin, index);
			}
			return {answer, buildMs: host.monotonicMs() - beganMs};
		},
		drop: async () => void (await twin.drop()),
	};
}

export async function buildIndex(collection: Collection<Document>, index: NeededIndex): Promise<void> {
	await collection.createIndexes([describeIndex(index)], {maxTimeMS: LONG_MS});
}
