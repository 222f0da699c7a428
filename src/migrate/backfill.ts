import type {Collection, Db, Document, Filter} from 'mongodb';
import type {Host} from '../kernel/host.js';
import type {Backfill} from './author.js';
import {clearMarks, commitBatch, type Exactness, type IdRange, withExactness} from './batch.js';
import type {BeforeWrite} from './guard.js';
import {type Cursor, type MigrationRow, migrationRows} from './rows.js';

/** Where a backfill runs: for which migration, in which step, under which token. */
export type BackfillPlace = {
	/** Not guarded: the backfill checks before each batch, and its commit is fenced by the token. */
	readonly db: Db;
	readonly row: Pick<MigrationRow, '_id' | 'token'>;
	readonly step: string;
	readonly signal: AbortSignal;
	readonly beforeWrite: BeforeWrite;
};

const BATCH_SIZE = 500;

/**
 * Changes the documents batch by batch in the order of `_id`, going on from the saved cursor, and saves the cursor with
 * each batch. Stops at a batch's edge when told to.
 * @returns documents changed since the backfill began, earlier runs included
 */
export async function runBackfill(
	place: BackfillPlace,
	backfill: Backfill,
	host: Pick<Host, 'emit' | 'fault'>,
): Promise<number> {
	const {db, row} = place;
	const key = cursorKey(place.step, backfill);
	return withExactness({db, row, mark: `${row._id}/${key}`}, (exactness) =>
		runBatches({place, backfill, key, exactness}, host),
	);
}

async function runBatches(
	{
		place,
		backfill,
		key,
		exactness,
	}: {
		readonly place: BackfillPlace;
		readonly backfill: Backfill;
		readonly key: string;
		readonly exactness: Exactness;
	},
	host: Pick<Host, 'emit' | 'fault'>,
): Promise<number> {
	const {db, row} = place;
	let cursor = await readCursor(place, key);
	const total = cursor.changed + (cursor.isFinished ? 0 : await countLeft(db, backfill, cursor));

	while (!cursor.isFinished) {
		place.signal.throwIfAborted();
		const range = await nextRange(db.collection(backfill.collection), backfill, cursor);
		await place.beforeWrite();
		await host.fault('migration.batch.before');
		cursor = await commitBatch({db, row, backfill, key, range, cursor, exactness}, host);
		await host.fault('migration.batch.after');
		host.emit({type: 'progress', done: cursor.changed, total: Math.max(total, cursor.changed), unit: 'documents'});
	}
	await place.beforeWrite();
	await clearMarks({db, backfill, exactness});
	return cursor.changed;
}

function cursorKey(step: string, {name, collection}: Backfill): string {
	// Dots and dollars mean something in a field's path.
	return `${step}:${name ?? collection}`.replace(/[.$]/g, '_');
}

async function readCursor({db, row}: BackfillPlace, key: string): Promise<Cursor> {
	const found = await migrationRows(db).findOne({_id: row._id});
	return found?.cursor[key] ?? {changed: 0, isFinished: false};
}

async function countLeft(db: Db, {collection, filter = {}}: Backfill, {after}: Cursor): Promise<number> {
	return db.collection(collection).countDocuments({$and: [filter, idsAfter(after)]});
}

async function nextRange(collection: Collection, backfill: Backfill, {after}: Cursor): Promise<IdRange | undefined> {
	const read = (behind: Filter<Document>) =>
		collection
			.find({$and: [backfill.filter ?? {}, behind]}, {projection: {_id: 1}})
			.sort({_id: 1})
			.limit(backfill.batchSize ?? BATCH_SIZE)
			.map(({_id}) => _id as unknown)
			.toArray();
	const ids = await read(idsAfter(after));
	if (ids.length > 0 || after === undefined) return rangeOf(ids);
	// `$gt` sees only ids of the same type; `$expr` compares across types, but may not use the index.
	return rangeOf(await read({$expr: {$gt: ['$_id', {$literal: after}]}}));
}

/** As far as the ids are of one type: a range of two types would hold nothing. */
function rangeOf(ids: readonly unknown[]): IdRange | undefined {
	if (ids.length === 0) return undefined;
	const [first] = ids;
	const end = ids.findIndex((id) => typeName(id) !== typeName(first));
	return {first, last: end < 0 ? ids.at(-1) : ids[end - 1]};
}

function typeName(id: unknown): string {
	return typeof id === 'object' && id !== null ? id.constructor.name : typeof id;
}

function idsAfter(after: unknown): Filter<Document> {
	return after === undefined ? {} : {_id: {$gt: after as never}};
}
