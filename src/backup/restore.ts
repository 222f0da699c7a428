import {join} from 'node:path';
import type {Db} from 'mongodb';
import {CONTROL_COLLECTION} from '../kernel/control-collection.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Mongo} from '../ports/mongo.js';
import {hasTool, runMongorestore} from '../ports/mongo-tools.js';
import {restoreBuiltin} from './builtin-restore.js';
import type {EngineName} from './engine.js';
import {listLiveCollections} from './live-collections.js';
import type {BackupManifest} from './manifest.js';
import {assertBackup} from './verify.js';

export type RestoreRequest = {
	readonly mongo: Mongo;
	readonly manifest: BackupManifest;
	readonly store: string;
	/** Must hold nothing, or nothing under the prefix. */
	readonly toDatabase: string;
	/** In front of every collection's name: how a rollback restores beside the live data. @default '' */
	readonly toPrefix?: string;
	readonly engine: 'auto' | EngineName;
	/** Program and first arguments. */
	readonly mongorestore: readonly string[];
	readonly timeoutMs: number;
	/** Collections to leave out, beside the maintenance switch. */
	readonly exclude?: readonly string[];
};

export type RestoreResult = {
	readonly engine: EngineName;
	readonly documents: number;
	readonly durationMs: number;
};

/**
 * Restores a backup into an empty database. The whole archive is verified before anything is written. Whether the result
 * is what the manifest says is for compareWithManifest to tell.
 * @throws SastaError BACKUP_CORRUPT, TARGET_NOT_EMPTY (nothing was written); RESTORE_FAILED, MONGORESTORE_FAILED
 * (the target holds a part)
 */
export async function restoreBackup(request: RestoreRequest, host: Host): Promise<RestoreResult> {
	const {mongo, manifest, store, toDatabase, toPrefix = ''} = request;
	const startedMs = host.monotonicMs();
	await assertBackup({store, backup: manifest, depth: 'full'}, host);
	await assertEmpty(mongo.db(toDatabase), toPrefix);
	const engine = await chooseRestorer(request, host);
	const exclude = [CONTROL_COLLECTION, ...(request.exclude ?? [])];
	const archive = join(store, manifest.archive.file);
	await host.fault('backup.restore.before');
	const documents =
		engine === 'builtin'
			? await restoreBuiltin({db: mongo.db(toDatabase), archive, exclude, toPrefix}, host)
			: await restoreByTool(request, archive, exclude, host);
	await host.fault('backup.restore.after');
	assertCount(manifest, exclude, documents);
	return {engine, documents, durationMs: host.monotonicMs() - startedMs};
}

async function chooseRestorer({engine, mongorestore}: RestoreRequest, host: Host): Promise<EngineName> {
	if (engine !== 'auto') return engine;
	return (await hasTool(host, mongorestore)) ? 'mongodump' : 'builtin';
}

async function restoreByTool(
	{mongo, manifest, toDatabase, toPrefix = '', mongorestore, timeoutMs}: RestoreRequest,
	archive: string,
	excludeCollections: readonly string[],
	host: Host,
): Promise<number> {
	const fromDatabase = manifest.database.name;
	const {restored, failed} = await runMongorestore(host, {
		argv: mongorestore,
		uri: mongo.uri,
		archive,
		fromDatabase,
		toDatabase,
		toPrefix,
		excludeCollections,
		timeoutMs,
	});
	if (failed === 0) return restored;
	throw new SastaError('RESTORE_FAILED', `mongorestore could not restore ${failed} of the documents`, {
		exitCode: EXIT.outside,
		hint: `Drop ${toDatabase} and try again`,
	});
}

function assertCount({collections}: BackupManifest, exclude: readonly string[], documents: number): void {
	const expected = collections
		.filter(({name}) => !exclude.includes(name))
		.reduce((sum, collection) => sum + collection.documents, 0);
	if (documents === expected) return;
	throw new SastaError('RESTORE_FAILED', `${documents} documents were restored; the backup holds ${expected}`, {
		exitCode: EXIT.outside,
	});
}

async function assertEmpty(db: Db, prefix: string): Promise<void> {
	const [first] = await listLiveCollections(db, prefix);
	if (first === undefined) return;
	throw new SastaError('TARGET_NOT_EMPTY', `The database ${db.databaseName} is not empty: it has "${first.name}"`, {
		hint: 'Restore into a database that does not exist yet',
	});
}
