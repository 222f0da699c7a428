import type {ClientSession, Collection, Db, Document, UpdateFilter} from 'mongodb';
import type {Host} from '../kernel/host.js';
import type {Backfill} from './author.js';
import {type Cursor, type MigrationRow, migrationRows, updateOwnRow} from './rows.js';

/** The field that marks documents already changed, on servers without transactions, until the backfill has ended. */
export const MARK_FIELD = '_sastaops';

/**
 * How a batch and its cursor become one: by a transaction where the server has them (replica sets, sharded clusters);
 * on a standalone server by a mark in each document, set in the very update that changes it.
 */
export type Exactness =
	| {readonly kind: 'transaction'; readonly session: ClientSession}
	| {readonly kind: 'mark'; readonly mark: string};

export type IdRange = {readonly first: unknown; readonly last: unknown};

export type Batch = {
	readonly db: Db;
	readonly row: Pick<MigrationRow, '_id' | 'token'>;
	readonly backfill: Backfill;
	/** The cursor's name in the row. */
	readonly key: string;
	/** The first and the last `_id`, both of the same type; undefined when nothing is left. */
	readonly range: IdRange | undefined;
	readonly cursor: Cursor;
	readonly exactness: Exactness;
};

/** Runs `work` with the way this server allows; a session is in the row before its first transaction. */
export async function withExactness<T>(
	{db, row, mark}: Pick<Batch, 'db' | 'row'> & {readonly mark: string},
	work: (exactness: Exactness) => Promise<T>,
): Promise<T> {
	const {setName, msg} = await db.command({hello: 1});
	if (setName === undefined && msg !== 'isdbgrid') return work({kind: 'mark', mark});
	return db.client.withSession(async (session) => {
		await updateOwnRow(migrationRows(db), row, {session: session.id?.id ?? null});
		return work({kind: 'transaction', session});
	});
}

/** Changes the batch's documents and moves the cursor behind them. Cut anywhere, it can be done again. */
export async function commitBatch(batch: Batch, host: Pick<Host, 'fault'>): Promise<Cursor> {
	const {range, exactness} = batch;
	if (range === undefined) return saveCursor(batch, {...batch.cursor, isFinished: true});
	switch (exactness.kind) {
		case 'transaction':
			return exactness.session.withTransaction(
				async (session) => {
					const changed = await writeDocuments(batch, range, {session});
					await host.fault('migration.batch.written');
					return saveCursor(batch, cursorBehind(batch, range, changed), session);
				},
				{writeConcern: {w: 'majority'}},
			);
		case 'mark': {
			const changed = await writeDocuments(batch, range, {mark: exactness.mark});
			await host.fault('migration.batch.written');
			return saveCursor(batch, cursorBehind(batch, range, changed));
		}
		default:
			return exactness satisfies never;
	}
}

/** Takes the marks off when no batch is left. */
export async function clearMarks({
	db,
	backfill,
	exactness,
}: Pick<Batch, 'db' | 'backfill' | 'exactness'>): Promise<void> {
	if (exactness.kind !== 'mark') return;
	await db.collection(backfill.collection).updateMany({[MARK_FIELD]: exactness.mark}, {$unset: {[MARK_FIELD]: ''}});
}

function cursorBehind({cursor}: Batch, {last}: IdRange, changed: number): Cursor {
	return {after: last, changed: cursor.changed + changed, isFinished: false};
}

async function saveCursor({db, row, key}: Batch, cursor: Cursor, session?: ClientSession): Promise<Cursor> {
	await updateOwnRow(migrationRows(db), row, {[`cursor.${key}`]: cursor}, session ? {session} : {});
	return cursor;
}

/** Resolves to how many documents of the batch carry the change, those of an earlier, cut try included. */
async function writeDocuments(
	{db, backfill}: Batch,
	{first, last}: IdRange,
	{session, mark}: {session?: ClientSession; mark?: string},
): Promise<number> {
	const collection = db.collection(backfill.collection);
	const options = session ? {session} : {};
	const inBatch = {_id: {$gte: first as never, $lte: last as never}};
	const unmarked = mark === undefined ? [] : [{[MARK_FIELD]: {$ne: mark}}];
	const filter = {$and: [backfill.filter ?? {}, inBatch, ...unmarked]};
	const marked = (update: UpdateFilter<Document> | readonly Document[]) =>
		mark === undefined ? (update as UpdateFilter<Document>) : withMark(update, mark);

	let changed: number;
	if ('update' in backfill && backfill.update) {
		changed = (await collection.updateMany(filter, marked(backfill.update), options)).matchedCount;
	} else {
		changed = await writeEach({collection, backfill, filter, marked}, options);
	}
	return mark === undefined ? changed : collection.countDocuments({...inBatch, [MARK_FIELD]: mark});
}

async function writeEach(
	{
		collection,
		backfill,
		filter,
		marked,
	}: {
		collection: Collection;
		backfill: Backfill;
		filter: Document;
		marked: (update: UpdateFilter<Document>) => UpdateFilter<Document>;
	},
	options: {session?: ClientSession},
): Promise<number> {
	if (!('each' in backfill)) return 0;
	const documents = await collection.find(filter, options).toArray();
	const operations = documents.flatMap((document) => {
		const update = backfill.each(document);
		return update === undefined
			? []
			: [{updateOne: {filter: {$and: [filter, {_id: document._id}]}, update: marked(update)}}];
	});
	return operations.length === 0 ? 0 : (await collection.bulkWrite(operations, options)).matchedCount;
}

function withMark(update: UpdateFilter<Document> | readonly Document[], mark: string): UpdateFilter<Document> {
	if (Array.isArray(update)) return [...update, {$set: {[MARK_FIELD]: mark}}] as UpdateFilter<Document>;
	const {$set, ...others} = update as UpdateFilter<Document>;
	return {...others, $set: {...$set, [MARK_FIELD]: mark}};
}
