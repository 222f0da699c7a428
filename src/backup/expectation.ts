import type {Mongo} from '../ports/mongo.js';
import type {InspectedCollection} from './archive/inspector.js';
import type {ArchiveProblem} from './archive/problem.js';
import {isControlCollection, isServerCollection} from './control.js';
import type {WriteObservation} from './write-watch.js';

/** Documents by collection; views are not counted. */
export type CollectionCounts = ReadonlyMap<string, number>;

/** Counts every collection of a database by reading, as the server's own estimate may be wrong after a crash. */
export async function countCollections(mongo: Mongo, database: string): Promise<CollectionCounts> {
	const db = mongo.db(database);
	const counts = new Map<string, number>();
	for (const {name, type} of await db.listCollections({}, {nameOnly: true}).toArray()) {
		if (type === 'view' || isServerCollection(name) || isControlCollection(name)) continue;
		counts.set(name, await db.collection(name).countDocuments({}, {hint: {_id: 1}}));
	}
	return counts;
}

/**
 * Holds an archive against what the database held before and after: each collection that stood throughout must be there,
 * with no fewer and no more documents than the writes seen meanwhile allow.
 */
export function findMissing(
	archived: readonly InspectedCollection[],
	before: CollectionCounts,
	after: CollectionCounts,
	{writes, changes}: WriteObservation,
): ArchiveProblem[] {
	const problems: ArchiveProblem[] = [];
	for (const [collection, count] of before) {
		const countAfter = after.get(collection);
		const change = changes.get(collection);
		if (countAfter === undefined || change?.isReshaped) continue;
		const found = archived.find(({name}) => name === collection);
		if (found === undefined) {
			problems.push({collection, message: `is missing; the database has ${count} documents in it`});
			continue;
		}
		if (found.type === 'timeseries') continue;
		const least = writes === 'unknown' ? Math.min(count, countAfter) : count - (change?.deleted ?? 0);
		const most = writes === 'unknown' ? Math.max(count, countAfter) : count + (change?.inserted ?? 0);
		if (found.documents < least || found.documents > most) {
			const expected = least === most ? `${least}` : `${least} to ${most}`;
			problems.push({collection, message: `holds ${found.documents} documents where there should be ${expected}`});
		}
	}
	return problems;
}
