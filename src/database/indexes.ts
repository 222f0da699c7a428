import type {Db} from 'mongodb';
import {errorCode} from '../kernel/errors.js';

/** An index as somebody needs it. Options that are left out must be off. */
export type NeededIndex = {
	/** Fields in their order, each 1, -1 or `text`. */
	readonly keys: Readonly<Record<string, number | string>>;
	readonly unique?: boolean;
	/** Documents go this long after the time in the field. */
	readonly expireAfterSeconds?: number;
};

/** An index as the server lists it. */
export type FoundIndex = {
	readonly name: string;
	readonly key: Readonly<Record<string, unknown>>;
	readonly unique?: boolean;
	readonly expireAfterSeconds?: number;
	/** Fields of a text index: its key names none. */
	readonly weights?: Readonly<Record<string, number>>;
};

export type IndexConflict = {
	readonly needed: NeededIndex;
	readonly found: FoundIndex;
	readonly differences: readonly string[];
};

export type IndexComparison = {
	readonly present: readonly NeededIndex[];
	readonly missing: readonly NeededIndex[];
	/** On the same fields, with other options: the server would refuse to make the needed one beside it. */
	readonly conflicting: readonly IndexConflict[];
};

/** Compares by fields and options, not by name: an index is as good under any. Pure. */
export function compareIndexes(needed: readonly NeededIndex[], found: readonly FoundIndex[]): IndexComparison {
	const present: NeededIndex[] = [];
	const missing: NeededIndex[] = [];
	const conflicting: IndexConflict[] = [];
	for (const index of needed) {
		const same = found.find((other) => fieldsOf(other) === indexName(index.keys));
		const differences = same ? differencesOf(index, same) : [];
		if (same === undefined) missing.push(index);
		else if (differences.length > 0) conflicting.push({needed: index, found: same, differences});
		else present.push(index);
	}
	return {present, missing, conflicting};
}

/** MongoDB's own default name: `userId_1_createdAt_-1`. */
export function indexName(keys: NeededIndex['keys']): string {
	return Object.entries(keys)
		.map(([field, direction]) => `${field}_${direction}`)
		.join('_');
}

/** The indexes of a collection; none where there is no such collection. */
export async function listIndexes(db: Db, collection: string): Promise<FoundIndex[]> {
	const NAMESPACE_NOT_FOUND = 26;
	try {
		return (await db.collection(collection).indexes()) as FoundIndex[];
	} catch (error) {
		if (errorCode(error) === NAMESPACE_NOT_FOUND) return [];
		throw error;
	}
}

function fieldsOf({key, weights}: FoundIndex): string {
	if (!weights) return indexName(key as NeededIndex['keys']);
	return indexName(Object.fromEntries(Object.keys(weights).map((field) => [field, 'text'])));
}

function differencesOf(needed: NeededIndex, found: FoundIndex): string[] {
	const differences: string[] = [];
	if ((needed.unique ?? false) !== (found.unique ?? false))
		differences.push(found.unique ? 'it is unique, and must not be' : 'it is not unique, and must be');
	if (needed.expireAfterSeconds !== found.expireAfterSeconds)
		differences.push(`it ${lifeOf(found)}, and must be one that ${lifeOf(needed)}`);
	return differences;
}

function lifeOf({expireAfterSeconds}: {readonly expireAfterSeconds?: number}): string {
	return expireAfterSeconds === undefined ? 'keeps documents' : `deletes documents after ${expireAfterSeconds} s`;
}
