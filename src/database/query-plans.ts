import type {Db, Document, Sort} from 'mongodb';
import {indexName, type NeededIndex} from './indexes.js';

/** How the server would answer the query that an index is for. */
export type Planned = {
	readonly collection: string;
	readonly index: string;
	readonly stages: readonly string[];
	/** Fields of the indexes it goes through, as `userId_1_createdAt_-1`. */
	readonly scanned: readonly string[];
	/** About how many the collection holds. */
	readonly documents: number;
};

/** What the query did when it was run. */
export type Executed = {
	readonly returned: number;
	readonly documentsExamined: number;
	readonly keysExamined: number;
};

/** Below this a scan is as fast as an index, and a planner may choose it. */
export const FEW_DOCUMENTS = 1000;

/** Text and geo indexes answer queries of another form; a partial one, or one with a collation, only some. */
export function isAsked({keys, partialFilterExpression, collation}: NeededIndex): boolean {
	return (
		Object.values(keys).every((direction) => direction === 1 || direction === -1) &&
		partialFilterExpression === undefined &&
		collation === undefined
	);
}

/** The plan of the query that an index is for: its first field is given, the others are sorted by. Nothing is read. */
export async function planOf(db: Db, collection: string, index: NeededIndex): Promise<Planned> {
	// A value that no document has.
	const query = queryFor(db, collection, index, 'sastaops-explain');
	const [explained, documents] = await Promise.all([
		query.explain('queryPlanner') as Promise<Document>,
		db.collection(collection).estimatedDocumentCount(),
	]);
	return {
		collection,
		index: indexName(index.keys),
		stages: stagesOf(explained),
		scanned: scannedOf(explained),
		documents,
	};
}

/**
 * Runs the query that an index is for, with a value that some document has, and tells what it cost; undefined where no
 * document has the field. Reads `MOST_RETURNED` documents at most, which stay on the server.
 */
export async function executionOf(db: Db, collection: string, index: NeededIndex): Promise<Executed | undefined> {
	const MOST_RETURNED = 100;
	const [first = '_id'] = Object.keys(index.keys);
	const sample = await db
		.collection(collection)
		.findOne({[first]: {$exists: true, $ne: null}}, {projection: {[first]: 1}, maxTimeMS: MAX_TIME_MS});
	const value = valueAt(sample, first);
	if (value === undefined) return undefined;
	const explained: unknown = await queryFor(db, collection, index, value)
		.limit(MOST_RETURNED)
		.maxTimeMS(MAX_TIME_MS)
		.explain('executionStats');
	const stats = (explained as {executionStats?: Document}).executionStats;
	if (stats === undefined) return undefined;
	return {
		returned: Number(stats['nReturned']),
		documentsExamined: Number(stats['totalDocsExamined']),
		keysExamined: Number(stats['totalKeysExamined']),
	};
}

const MAX_TIME_MS = 5000;

function queryFor(db: Db, collection: string, {keys}: NeededIndex, value: unknown) {
	const [first = '_id', ...rest] = Object.keys(keys);
	const sort = Object.fromEntries(rest.map((field) => [field, keys[field]])) as Sort;
	const cursor = db.collection(collection).find({[first]: value});
	return rest.length === 0 ? cursor : cursor.sort(sort);
}

/** The value at a dotted path; of a list its first item, which the index holds as well. */
function valueAt(document: unknown, path: string): unknown {
	let value = document;
	for (const part of path.split('.')) {
		if (Array.isArray(value)) value = value[0];
		if (typeof value !== 'object' || value === null) return undefined;
		value = (value as Record<string, unknown>)[part];
	}
	return Array.isArray(value) ? (value[0] as unknown) : value;
}

/** Every stage of the winning plan, wherever a version of the server nests it. */
export function stagesOf(explained: unknown): string[] {
	return inWinningPlan(explained, 'stage').filter((stage) => typeof stage === 'string');
}

function scannedOf(explained: unknown): string[] {
	return inWinningPlan(explained, 'keyPattern').map((keys) => indexName(keys as NeededIndex['keys']));
}

/** The values of `wanted` in the winning plan, at whatever depth. */
function inWinningPlan(explained: unknown, wanted: string, isWinning = false): unknown[] {
	if (typeof explained !== 'object' || explained === null) return [];
	return Object.entries(explained).flatMap(([key, value]): unknown[] => {
		if (key === 'rejectedPlans') return [];
		if (key === wanted && isWinning) return [value];
		return inWinningPlan(value, wanted, isWinning || key === 'winningPlan');
	});
}
