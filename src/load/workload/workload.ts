import type {Collection, Db, Document, FindCursor, FindOptions, MongoClient} from 'mongodb';
import type {NeededIndex} from '../../database/indexes.js';
import type {Random} from '../random.js';

/** How much there is; the rest of a workload's data follows from it. */
export type Size = {readonly documents: number; readonly seed: number};

/** What an operation works with. */
export type OperationContext = {
	readonly db: Db;
	readonly client: MongoClient;
	/** The same numbers for the same arrival of the same seed. */
	readonly random: Random;
	/** Number of the arrival within the whole load. */
	readonly index: number;
	readonly size: Size;
};

/** A question to one collection, as the operation asks it. */
export type Query = {
	readonly collection: string;
	readonly filter: Document;
	readonly sort?: Readonly<Record<string, 1 | -1>>;
	readonly projection?: Document;
	readonly limit?: number;
};

export type Operation = {
	readonly name: string;
	/** Its share of the load, against the sum of all. */
	readonly weight: number;
	/** @throws whatever the driver does; UnexpectedAnswer where the answer is not what must be there */
	run(context: OperationContext): Promise<unknown>;
	/** The query whose index matters, to be explained and measured alone. */
	query?(random: Random, size: Size): Query;
};

export type Workload = {
	readonly name: string;
	readonly operations: readonly Operation[];
	readonly indexes: Readonly<Record<string, readonly NeededIndex[]>>;
	/** The collections it fills, each with how many documents, and the document of a number. */
	collections(size: Size): readonly Filling[];
};

export type Filling = {
	readonly collection: string;
	readonly count: number;
	documentAt(index: number): Document;
};

/** Runs a query as it is asked. */
export function ask(db: Db, query: Query): Promise<Document[]> {
	return cursorOf(db, query).toArray();
}

/** A query about to be asked, to be run or explained. */
export function cursorOf(
	db: Db,
	{collection, filter, sort, projection, limit}: Query,
	options: FindOptions = {},
): FindCursor<Document> {
	const cursor = (db.collection(collection) as Collection<Document>).find(filter, {
		...options,
		...(projection ? {projection} : {}),
		...(limit === undefined ? {} : {limit}),
	});
	return sort === undefined ? cursor : cursor.sort(sort);
}
