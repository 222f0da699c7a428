import type {Db} from 'mongodb';
import type {InspectedCollection} from './archive/inspector.js';
import type {ArchiveProblem} from './archive/problem.js';
import {isControlCollection, isServerCollection} from './control.js';
import type {WriteObservation} from './write-watch.js';

/** `isCount`: the server's counters and the archive differ, which only counting can decide. */
export type MissingProblem = ArchiveProblem & {readonly collection: string; readonly isCount: boolean};

/** Documents by collection; views are not counted. */
export type CollectionCounts = ReadonlyMap<string, number>;

/** What the server says it holds: its own counters, which cost nothing and are right unless it crashed. */
export async function estimateCounts(db: Db): Promise<CollectionCounts> {
	const counts = new Map<string, number>();
	for (const {name, type} of await db.listCollections({}, {nameOnly: true}).toArray()) {
		if (type === 'view' || isServerCollection(name) || isControlCollection(name)) continue;
		counts.set(name, await db.collection(name).estimatedDocumentCount());
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
): MissingProblem[] {
	const problems: MissingProblem[] = [];
	for (const [collection, count] of before) {
		const countAfter = after.get(collection);
		const change = changes.get(collection);
		if (countAfter === undefined || change?.isReshaped) continue;
		const found = archived.find(({name}) => name === collection);
		if (found === undefined) {
			problems.push({collection, message: `is missing; the database has ${count} documents in it`, isCount: false});
			continue;
		}
		if (found.type === 'timeseries') continue;
		const least = writes === 'unknown' ? Math.min(count, countAfter) : countAfter - (change?.inserted ?? 0);
		const most = writes === 'unknown' ? Math.max(count, countAfter) : countAfter + (change?.deleted ?? 0);
		if (found.documents < least || found.documents > most) {
			const expected = least === most ? `${least}` : `${least} to ${most}`;
			const message = `holds ${found.documents} documents where there should be ${expected}`;
			problems.push({collection, message, isCount: true});
		}
	}
	return problems;
}

/** The same counts, but for these collections counted document by document. */
export async function recount(
	db: Db,
	counts: CollectionCounts,
	collections: readonly string[],
): Promise<CollectionCounts> {
	const exact = new Map(counts);
	for (const name of collections) exact.set(name, await db.collection(name).countDocuments());
	return exact;
}
