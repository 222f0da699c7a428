import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createGunzip} from 'node:zlib';
import {BSON, type Db, type Document} from 'mongodb';
import {errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {PreludeCollection} from './archive/format.js';
import {makeArchiveScanner} from './archive/scanner.js';
import {insertRaw, type RawBatch} from './raw-documents.js';
import {readChunks} from './read-chunks.js';

export type BuiltinRestoreRequest = {
	/** Empty. */
	readonly db: Db;
	/** The gzipped archive, verified before. */
	readonly archive: string;
	readonly exclude: readonly string[];
	/** In front of every collection's name. */
	readonly toPrefix: string;
};

/** One `insert` takes 100,000 documents and 48 MB; ours stay well below. */
const BATCH_BYTES = 6 * 1024 * 1024;
const BATCH_DOCUMENTS = 50_000;

/**
 * Reads an archive of mongodump's format into an empty database: collections with their options, raw documents past the
 * validators, then indexes, then views.
 * @returns the number of documents inserted
 */
export async function restoreBuiltin(
	{db, archive, exclude, toPrefix}: BuiltinRestoreRequest,
	host: Pick<Host, 'signal'>,
): Promise<number> {
	const entries: PreludeCollection[] = [];
	const queue = makeBatchQueue();
	let current: string | undefined;
	let isCreated = false;
	const scanner = makeArchiveScanner({
		prelude: () => undefined,
		collection: (entry) =>
			void (exclude.includes(entry.collection) || entries.push({...entry, collection: toPrefix + entry.collection})),
		preludeEnd: () => undefined,
		namespace: ({collection}) => {
			current = exclude.includes(collection) ? undefined : toPrefix + collection;
		},
		documents: (run) => void (current !== undefined && queue.add(current, run)),
	});

	let restored = 0;
	const flush = async (batches: readonly CollectionBatch[]) => {
		if (!isCreated && entries.length > 0) {
			await createCollections(db, entries);
			isCreated = true;
		}
		for (const {collection, batch} of batches) {
			await insertRaw(db, collection, batch);
			restored += batch.documents;
		}
	};
	const packed = Readable.from(readChunks(archive, host.signal), {objectMode: false});
	const unpacked = createGunzip({chunkSize: 128 * 1024});
	// The error of either side comes out where the chunks would.
	pipeline(packed, unpacked).catch((error: unknown) => unpacked.destroy(error as Error));
	for await (const chunk of unpacked) {
		scanner.write(chunk as Buffer);
		await flush(queue.takeFull());
	}
	scanner.end();
	await flush(queue.takeAll());
	await createIndexes(db, entries);
	await createViews(db, entries);
	return restored;
}

type CollectionBatch = {readonly collection: string; readonly batch: RawBatch};

/** Gathers documents into batches of one collection each; what is handed in is copied. */
function makeBatchQueue() {
	const full: CollectionBatch[] = [];
	let collection = '';
	let pieces: Buffer[] = [];
	let bytes = 0;
	let documents = 0;

	function close(): void {
		if (documents > 0) full.push({collection, batch: {bytes: Buffer.concat(pieces, bytes), documents}});
		pieces = [];
		bytes = 0;
		documents = 0;
	}

	return {
		add(name: string, run: Uint8Array): void {
			if (name !== collection) close();
			collection = name;
			const copy = Buffer.from(run);
			pieces.push(copy);
			bytes += copy.length;
			for (let at = 0; at < copy.length; at += copy.readInt32LE(at)) documents++;
			if (bytes >= BATCH_BYTES || documents >= BATCH_DOCUMENTS) close();
		},
		takeFull: () => full.splice(0),
		takeAll(): CollectionBatch[] {
			close();
			return full.splice(0);
		},
	};
}

async function createCollections(db: Db, entries: readonly PreludeCollection[]): Promise<void> {
	refuseTimeSeries(entries);
	for (const entry of entries) {
		const {options} = readMetadata(entry);
		if ('viewOn' in options) continue;
		const {idIndex: _idIndex, autoIndexId: _autoIndexId, ...rest} = options;
		await db.command({create: entry.collection, ...rest});
	}
}

function refuseTimeSeries(entries: readonly PreludeCollection[]): void {
	const series = entries.find((entry) => 'timeseries' in readMetadata(entry).options);
	if (series === undefined) return;
	throw new SastaError(
		'RESTORE_TIMESERIES',
		`The built-in engine cannot restore the time series "${series.collection}"`,
		{
			hint: 'Install the MongoDB Database Tools and set backup.engine: mongodump',
		},
	);
}

async function createViews(db: Db, entries: readonly PreludeCollection[]): Promise<void> {
	for (const entry of entries) {
		const {options} = readMetadata(entry);
		if ('viewOn' in options) await db.command({create: entry.collection, ...options});
	}
}

async function createIndexes(db: Db, entries: readonly PreludeCollection[]): Promise<void> {
	for (const entry of entries) {
		const indexes = readMetadata(entry).indexes.filter(({name, clustered}) => name !== '_id_' && clustered !== true);
		if (indexes.length === 0) continue;
		try {
			await db.command({
				createIndexes: entry.collection,
				indexes: indexes.map(({ns: _ns, background: _background, ...index}) => index),
			});
		} catch (error) {
			throw new SastaError('RESTORE_INDEXES', `The indexes of ${entry.collection} cannot be built`, {
				exitCode: EXIT.outside,
				cause: error,
				details: [errorMessage(error)],
			});
		}
	}
}

/** Numbers keep their BSON type: `{v: 2}` was an int32. */
function readMetadata({metadata}: PreludeCollection): {options: Document; indexes: Document[]} {
	if (metadata === '') return {options: {}, indexes: []};
	const parsed = BSON.EJSON.parse(metadata, {relaxed: false}) as Document;
	return {options: parsed['options'] ?? {}, indexes: parsed['indexes'] ?? []};
}
