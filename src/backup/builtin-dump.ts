import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {createGzip} from 'node:zlib';
import {type Db, Timestamp} from 'mongodb';
import {errorCode, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Dump} from '../ports/mongo-tools.js';
import {type CollectionSource, writeArchive} from './archive/writer.js';
import {type LiveCollection, listLiveCollections, metadataText} from './live-collections.js';
import {readRawBatches} from './raw-documents.js';

/** Version of the built-in engine; stands in the archive and the manifest. */
export const BUILTIN_VERSION = '1';

export type BuiltinDump = Dump & {
	/** The instant that all collections are read as of; undefined where they are not. */
	readonly asOf: Timestamp | undefined;
};

/** What servers answer that cannot read a snapshot: not a replica set, not supported, too old a protocol. */
const NO_SNAPSHOT_CODES: readonly unknown[] = [20, 72, 123, 263, 9, 246];
const SNAPSHOT_TOO_OLD = 239;
const GZIP_CHUNK_BYTES = 64 * 1024;
/** Packs orders more than twice as fast as zlib's default of 6 does, into an archive about a tenth larger. */
const GZIP_LEVEL = 4;

/**
 * Dumps a database in mongodump's format without mongodump: through snapshot reads where the server has them, so that
 * all collections stand for one instant.
 * @throws SastaError BACKUP_TIMESERIES for a time series, whose buckets only mongodump knows how to carry
 */
export async function startBuiltinDump(
	db: Db,
	{serverVersion}: {readonly serverVersion: string},
	host: Pick<Host, 'signal'>,
): Promise<BuiltinDump> {
	const collections = await listLiveCollections(db);
	refuseTimeSeries(collections);
	const asOf = await fixInstant(db, collections);
	const isCapped = collections.some(({options}) => Boolean(options['capped']));
	const stop = new AbortController();
	const signal = AbortSignal.any([host.signal, stop.signal]);
	const archive = writeArchive(
		{concurrentCollections: 1, version: '0.1', serverVersion, toolVersion: `builtin-${BUILTIN_VERSION}`},
		collections.map((collection) => sourceOf(db, collection, asOf, signal)),
	);
	const gzip = createGzip({level: GZIP_LEVEL, chunkSize: GZIP_CHUNK_BYTES});
	const source = Readable.from(archive, {objectMode: true, highWaterMark: 1});
	const finished = pipeline(source, gzip, {signal}).catch((error: unknown) => {
		throw signal.aborted ? signal.reason : readError(error);
	});
	return {
		stream: gzip,
		finished,
		stop: () => stop.abort(new Error('the dump was stopped')),
		asOf: isCapped ? undefined : asOf,
	};
}

function sourceOf(db: Db, live: LiveCollection, asOf: Timestamp | undefined, signal: AbortSignal): CollectionSource {
	return {
		entry: {database: db.databaseName, collection: live.name, metadata: metadataText(live), type: live.type},
		async *documents() {
			if (live.type === 'view') return;
			// A snapshot cannot be read of a capped collection.
			const instant = live.options['capped'] ? undefined : asOf;
			for await (const batch of readRawBatches(db, live.name, {asOf: instant, signal})) yield batch.bytes;
		},
	};
}

/** An instant the server keeps for us to read as of; undefined where it has no snapshots. */
async function fixInstant(db: Db, collections: readonly LiveCollection[]): Promise<Timestamp | undefined> {
	const first = collections.find(({type, options}) => type === 'collection' && !options['capped']);
	if (first === undefined) return undefined;
	try {
		const reply = await db.command({
			find: first.name,
			limit: 1,
			projection: {_id: 1},
			singleBatch: true,
			readConcern: {level: 'snapshot'},
		});
		const instant: unknown = reply['cursor']?.['atClusterTime'];
		return instant instanceof Timestamp ? instant : undefined;
	} catch (error) {
		if (NO_SNAPSHOT_CODES.includes(errorCode(error))) return undefined;
		throw error;
	}
}

function refuseTimeSeries(collections: readonly LiveCollection[]): void {
	const series = collections.find(({type}) => type === 'timeseries');
	if (series === undefined) return;
	throw new SastaError('BACKUP_TIMESERIES', `The built-in engine cannot dump the time series "${series.name}"`, {
		hint: 'Install the MongoDB Database Tools and set backup.engine: mongodump',
	});
}

function readError(error: unknown): unknown {
	if (errorCode(error) !== SNAPSHOT_TOO_OLD) return error;
	return new SastaError('BACKUP_SNAPSHOT_LOST', 'The server gave up the snapshot before the backup was done', {
		exitCode: EXIT.outside,
		cause: error,
		hint: 'Raise minSnapshotHistoryWindowInSeconds on the server, or set backup.engine: mongodump',
	});
}
