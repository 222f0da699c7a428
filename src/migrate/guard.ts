import type {AggregationCursor, Collection, Db, MongoClient} from 'mongodb';
import {SastaError} from '../kernel/errors.js';

/** Awaited before every write; throws when the write must not happen. */
export type BeforeWrite = () => Promise<void>;

type Callable = (...args: unknown[]) => unknown;

/** Methods that only read, or only build something that is guarded in its turn. All others count as writes. */
const READS: Readonly<Record<'collection' | 'db' | 'admin' | 'client', ReadonlySet<string>>> = {
	collection: new Set([
		...[
			'find',
			'findOne',
			'countDocuments',
			'estimatedDocumentCount',
			'count',
			'distinct',
			'watch',
			'options',
			'isCapped',
		],
		...['listIndexes', 'indexExists', 'indexInformation', 'indexes', 'listSearchIndexes'],
	]),
	db: new Set(['stats', 'listCollections', 'profilingLevel', 'indexInformation', 'watch']),
	admin: new Set([
		...['buildInfo', 'serverInfo', 'serverStatus', 'ping', 'validateCollection', 'listDatabases', 'replSetGetStatus'],
	]),
	client: new Set(['startSession', 'withSession', 'watch', 'on', 'off', 'once']),
};

/** Commands that write nothing; `aggregate` is looked into. */
const READING_COMMANDS = new Set([
	...['aggregate', 'find', 'count', 'distinct', 'getMore', 'listIndexes', 'listCollections', 'collStats', 'dbStats'],
	...['hello', 'ping', 'buildInfo', 'serverStatus', 'connectionStatus', 'explain', 'usersInfo', 'rolesInfo'],
]);

const CURSOR_EXECUTES = new Set(['next', 'tryNext', 'hasNext', 'toArray', 'forEach', 'explain']);

/** A database whose writes, by whatever way, first await `beforeWrite`; reads pass. */
export function guardDb(db: Db, beforeWrite: BeforeWrite): Db {
	return guard(db, 'db', beforeWrite, {
		client: () => guardClient(db.client, beforeWrite),
		collection: (name, options) => guardCollection(db.collection(name as string, options as object), beforeWrite),
		collections: async (options) =>
			(await db.collections(options as object)).map((collection) => guardCollection(collection, beforeWrite)),
		createCollection: async (name, options) => {
			await beforeWrite();
			return guardCollection(await db.createCollection(name as string, options as object), beforeWrite);
		},
		renameCollection: async (from, to, options) => {
			await beforeWrite();
			return guardCollection(await db.renameCollection(from as string, to as string, options as object), beforeWrite);
		},
		aggregate: (pipeline, options) =>
			guardCursor(db.aggregate(pipeline as never, options as object), pipeline, beforeWrite),
		command: async (command, options) => {
			if (!isReadingCommand(command)) await beforeWrite();
			return db.command(command as never, options as object);
		},
		runCursorCommand: (command, options) => {
			if (!isReadingCommand(command)) throw noWay('runCursorCommand with a command that writes');
			return db.runCursorCommand(command as never, options as object);
		},
		admin: () => {
			const admin = db.admin();
			return guard(admin, 'admin', beforeWrite, {
				command: async (command, options) => {
					if (!isReadingCommand(command)) await beforeWrite();
					return admin.command(command as never, options as object);
				},
			});
		},
	});
}

/** A database that refuses every write: for estimates, plans and lint. */
export function readOnlyDb(db: Db): Db {
	return guardDb(db, async () => {
		throw noWay('a write where only reading is allowed');
	});
}

function guardCollection(collection: Collection, beforeWrite: BeforeWrite): Collection {
	return guard(collection, 'collection', beforeWrite, {
		db: () => guardDb(collection.db, beforeWrite),
		aggregate: (pipeline, options) =>
			guardCursor(collection.aggregate(pipeline as never, options as object), pipeline, beforeWrite),
		rename: async (name, options) => {
			await beforeWrite();
			return guardCollection(await collection.rename(name as string, options as object), beforeWrite);
		},
		initializeOrderedBulkOp: (options) => guardBulk(collection.initializeOrderedBulkOp(options as object), beforeWrite),
		initializeUnorderedBulkOp: (options) =>
			guardBulk(collection.initializeUnorderedBulkOp(options as object), beforeWrite),
	});
}

function guardClient(client: MongoClient, beforeWrite: BeforeWrite): MongoClient {
	return guard(client, 'client', beforeWrite, {
		db: (name, options) => guardDb(client.db(name as string, options as object), beforeWrite),
		close: async () => undefined,
	});
}

/** Proxies `target`: `ways` replace members by name, reads pass, every other method first awaits `beforeWrite`. */
function guard<T extends object>(
	target: T,
	kind: keyof typeof READS,
	beforeWrite: BeforeWrite,
	ways: Readonly<Record<string, Callable>>,
): T {
	return new Proxy(target, {
		get(_target, property) {
			const value: unknown = Reflect.get(target, property, target);
			const way = typeof property === 'string' ? ways[property] : undefined;
			if (way) return typeof value === 'function' ? way : way();
			if (typeof value !== 'function') return value;
			const call: Callable = (...args) => Reflect.apply(value, target, args);
			if (typeof property === 'symbol' || READS[kind].has(property)) return call;
			return async (...args: unknown[]) => {
				await beforeWrite();
				return call(...args);
			};
		},
	});
}

/** A cursor that writes (`$out`, `$merge`, also when added later) awaits the check when it is read. */
function guardCursor(cursor: AggregationCursor, pipeline: unknown, beforeWrite: BeforeWrite): AggregationCursor {
	let writes = hasWritingStage(pipeline);
	const check = async () => {
		if (writes) await beforeWrite();
	};
	const guarded: AggregationCursor = new Proxy(cursor, {
		get(_target, property) {
			const value: unknown = Reflect.get(cursor, property, cursor);
			if (property === Symbol.asyncIterator) {
				return async function* () {
					await check();
					yield* cursor;
				};
			}
			if (typeof value !== 'function') return value;
			return (...args: unknown[]) => {
				if (property === 'out' || (property === 'addStage' && hasWritingStage(args))) writes = true;
				if (typeof property === 'string' && CURSOR_EXECUTES.has(property)) {
					return check().then(() => Reflect.apply(value, cursor, args));
				}
				if (property === 'stream' && writes) throw noWay('stream() of an aggregation that writes');
				const result: unknown = Reflect.apply(value, cursor, args);
				return result === cursor
					? guarded
					: property === 'clone'
						? guardCursor(result as never, pipeline, beforeWrite)
						: result;
			};
		},
	});
	return guarded;
}

function guardBulk<T extends {execute(...args: never[]): Promise<unknown>}>(bulk: T, beforeWrite: BeforeWrite): T {
	const execute = bulk.execute.bind(bulk);
	return Object.assign(bulk, {
		execute: async (...args: never[]) => {
			await beforeWrite();
			return execute(...args);
		},
	});
}

function isReadingCommand(command: unknown): boolean {
	const [name = ''] = Object.keys(command as object);
	return READING_COMMANDS.has(name) && !hasWritingStage((command as {pipeline?: unknown}).pipeline);
}

function hasWritingStage(pipeline: unknown): boolean {
	return Array.isArray(pipeline) && pipeline.some((stage) => '$out' in stage || '$merge' in stage);
}

function noWay(what: string): SastaError {
	return new SastaError('MIGRATION_WRITE_REFUSED', `A migration used ${what}`, {
		hint: 'Use the methods of context.db and its collections',
	});
}
