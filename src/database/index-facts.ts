import type {Db, Document} from 'mongodb';
import {errorCode} from '../kernel/errors.js';
import {type FoundIndex, listIndexes, type NeededIndex} from './indexes.js';
import {askIfAllowed, isAtlasRefusal, whyUnavailable} from './refused.js';

/** A build the server is at. */
export type Build = {
	readonly name: string;
	/** 0 to 1; undefined where the server does not say how far it is. */
	readonly share: number | undefined;
};

/** What is known of a collection before an index is made in it. */
export type CollectionIndexes = {
	readonly collection: string;
	readonly needed: readonly NeededIndex[];
	readonly found: readonly FoundIndex[];
	/** About how many. */
	readonly documents: number;
	/** Uncompressed; undefined where the server does not tell. */
	readonly sizeBytes: number | undefined;
	readonly building: readonly Build[];
};

export async function readCollectionIndexes(
	db: Db,
	collection: string,
	needed: readonly NeededIndex[],
): Promise<CollectionIndexes> {
	const [found, documents, sizeBytes, building] = await Promise.all([
		listIndexes(db, collection),
		db.collection(collection).estimatedDocumentCount({maxTimeMS: 10_000}),
		readSize(db, collection),
		readBuilds(db, collection),
	]);
	return {collection, needed, found, documents, sizeBytes, building};
}

async function readSize(db: Db, collection: string): Promise<number | undefined> {
	try {
		const [stats] = await db
			.collection(collection)
			.aggregate<{storageStats?: {size?: number}}>([{$collStats: {storageStats: {}}}])
			.toArray();
		const size = Number(stats?.storageStats?.size);
		return size > 0 ? size : undefined;
	} catch (error) {
		// A collection that is not there yet has no size.
		if (errorCode(error) === 26 || whyUnavailable(error) !== undefined) return undefined;
		throw error;
	}
}

/** Builds at work in a collection; none where the server does not tell this user. */
export async function readBuilds(db: Db, collection: string): Promise<Build[]> {
	const answer = await askIfAllowed(() =>
		db.client
			.db('admin')
			.aggregate<Document>([
				{$currentOp: {allUsers: true, idleConnections: false}},
				{$match: {'command.createIndexes': collection, 'command.$db': db.databaseName}},
			])
			.toArray(),
	);
	if ('unavailable' in answer) return [];
	return answer.value.flatMap(({command, progress}) =>
		((command as {indexes?: {name?: string}[]}).indexes ?? []).flatMap(({name}) =>
			name === undefined ? [] : [{name, share: shareOf(progress)}],
		),
	);
}

function shareOf(progress: unknown): number | undefined {
	const {done, total} = (progress ?? {}) as {done?: unknown; total?: unknown};
	const share = Number(done) / Number(total);
	return Number.isFinite(share) ? Math.min(1, share) : undefined;
}

/** Whether values stand more than once that a unique index would allow once; `unknown` when it took too long to tell. */
export type Duplicates =
	| {
			/** Values that stand more than once, up to `MOST_VALUES`. */
			readonly values: number;
			/** Documents without the field are among them. */
			readonly isMissing: boolean;
	  }
	| 'unknown';

/** More are not looked for. */
export const MOST_VALUES = 5;
const MAX_TIME_MS = 60_000;

/**
 * Looks for what would make the build of a unique index fail, before it is begun. A field that is missing counts as null, as
 * in the index. Items of lists are not looked into: there the server's own refusal, after the build, is the answer.
 */
export async function findDuplicates(
	db: Db,
	collection: string,
	index: NeededIndex,
	signal: AbortSignal,
): Promise<Duplicates> {
	const fields = Object.keys(index.keys);
	const held = {
		...index.partialFilterExpression,
		...(index.sparse === true ? {$or: fields.map((field) => ({[field]: {$exists: true}}))} : {}),
	};
	const key = Object.fromEntries(fields.map((field, at) => [`k${at}`, {$ifNull: [`$${field}`, null]}]));
	const pipeline = [
		{$match: held},
		{$group: {_id: key, times: {$sum: 1}}},
		{$match: {times: {$gt: 1}}},
		{$limit: MOST_VALUES},
		{$project: {_id: 0, isMissing: {$and: fields.map((_, at) => ({$eq: [`$_id.k${at}`, null]}))}}},
	];
	const look = (allowDiskUse: boolean) =>
		db
			.collection(collection)
			.aggregate(pipeline, {
				allowDiskUse,
				maxTimeMS: MAX_TIME_MS,
				signal,
				...(index.collation === undefined ? {} : {collation: index.collation as unknown as {locale: string}}),
			})
			.toArray();
	try {
		const doubles = await look(true).catch(smallTier(() => look(false)));
		return {values: doubles.length, isMissing: doubles.some(({isMissing}) => isMissing === true)};
	} catch (error) {
		// MaxTimeMSExpired; a sort or group that is too large for memory.
		if ([50, 292, 16_945].includes(Number(errorCode(error)))) return 'unknown';
		throw error;
	}
}

/** The small tiers of Atlas group in memory only. */
function smallTier<T>(again: () => Promise<T>): (error: unknown) => Promise<T> {
	return (error) => {
		if (isAtlasRefusal(error)) return again();
		throw error;
	};
}
