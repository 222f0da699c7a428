import {rename, rm} from 'node:fs/promises';
import type {Db} from 'mongodb';
import {syncDirectory} from '../kernel/durable-file.js';
import {formatBytes} from '../kernel/duration.js';
import {errorCode, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Mongo} from '../ports/mongo.js';
import {type ArchiveProblem, describeProblem} from './archive/problem.js';
import {chooseEngine, type EngineName, startDump} from './engine.js';
import {estimateBackup, freeBytes} from './estimate.js';
import {type CollectionCounts, estimateCounts, findMissing, recount} from './expectation.js';
import type {BackupManifest} from './manifest.js';
import {isOneInstant} from './one-instant.js';
import {hashFile, type ReceivedArchive, receiveArchive} from './receive.js';
import {formatServerTime, readServerTime, readServerVersion} from './server-facts.js';
import {type BackupPaths, backupPaths, listStore, prepareStore, removeLeftovers, writeManifest} from './store.js';
import {type WriteObservation, type WriteWatch, watchWrites} from './write-watch.js';

export type CreateRequest = {
	readonly mongo: Mongo;
	readonly database: string;
	/** See lineage.ts. */
	readonly lineage: string;
	/** Folder; made where it is missing. */
	readonly store: string;
	readonly id: string;
	readonly engine: 'auto' | EngineName;
	/** Program and first arguments. */
	readonly mongodump: readonly string[];
	readonly timeoutMs: number;
	readonly release?: NonNullable<BackupManifest['release']>;
};

/** What was seen around and in the dump: everything the manifest is made from. */
type Evidence = {
	readonly engine: EngineName;
	readonly serverVersion: string;
	readonly consistent: boolean;
	readonly received: ReceivedArchive;
	readonly missing: readonly ArchiveProblem[];
	readonly observation: WriteObservation;
	readonly optime: BackupManifest['optime'];
};

/**
 * Backs a database up. The archive is checked while it is written, hashed again from the disk, and gets its name only
 * then; the manifest comes last, so that an archive without one is no backup. What an earlier try left is removed first.
 * @throws SastaError BACKUP_EXISTS, BACKUP_EMPTY, BACKUP_DISK_FULL, BACKUP_FAILED, MONGODUMP_FAILED; nothing is left behind
 */
export async function createBackup(request: CreateRequest, host: Host): Promise<BackupManifest> {
	const {store, id} = request;
	const paths = backupPaths(store, id);
	await prepareStore(store);
	if ((await listStore(store)).manifests.some((manifest) => manifest.id === id)) {
		throw new SastaError('BACKUP_EXISTS', `There is a backup ${id} already`, {hint: `sastaops backup verify ${id}`});
	}
	await removeLeftovers(store, id);
	try {
		const evidence = await dump(request, paths, host);
		judge(request, evidence);
		await assertOnDisk(paths.partial, evidence.received, host);
		await host.fault('backup.rename.before');
		await rename(paths.partial, paths.archive);
		await syncDirectory(store);
		await host.fault('backup.rename.after');
		const manifest = makeManifest(request, evidence, host.now());
		await host.fault('backup.manifest.before');
		await writeManifest(store, manifest);
		await host.fault('backup.manifest.after');
		return manifest;
	} catch (error) {
		await rm(paths.partial, {force: true});
		if ((await listStore(store)).manifests.every((manifest) => manifest.id !== id)) await removeLeftovers(store, id);
		throw isDiskFull(error) ? await diskFull(request, paths, error) : error;
	}
}

async function dump(request: CreateRequest, paths: BackupPaths, host: Host): Promise<Evidence> {
	const {mongo, database} = request;
	const engine = await chooseEngine(request.engine, request.mongodump, host);
	const serverVersion = await readServerVersion(mongo);
	const watch = await watchWrites(mongo, database);
	try {
		const before = await estimateCounts(mongo.db(database));
		if (before.size === 0) throw emptyDatabase(database);
		const start = await readServerTime(mongo);
		await host.fault('backup.dump.before');
		const running = await startDump(engine, {...request, serverVersion}, host);
		const received = await receive(running, paths.partial);
		await host.fault('backup.dump.after');
		const end = await readServerTime(mongo);
		const {missing, observation} = await searchMissing(mongo.db(database), received, before, watch);
		return {
			engine,
			serverVersion,
			consistent: observation.writes === 'none' || (await isOneInstant(mongo.db(database), running.asOf, observation)),
			received,
			missing,
			observation,
			optime: {start: formatServerTime(start), end: formatServerTime(end)},
		};
	} finally {
		await watch.finish();
	}
}

/** Where the server's counters and the archive differ, the documents themselves are counted before anything is refused. */
async function searchMissing(
	db: Db,
	{contents}: ReceivedArchive,
	before: CollectionCounts,
	watch: WriteWatch,
): Promise<{missing: readonly ArchiveProblem[]; observation: WriteObservation}> {
	const after = await estimateCounts(db);
	const suspects = findMissing(contents.collections, before, after, await watch.observe());
	const collections = suspects.filter(({isCount}) => isCount).map(({collection}) => collection);
	const exact = await recount(db, after, collections);
	const observation = await watch.finish();
	// Without a watch, the earlier counter of a collection is as doubtful as the later one.
	const exactBefore = new Map([...before, ...collections.map((name) => [name, exact.get(name) ?? 0] as const)]);
	return {missing: findMissing(contents.collections, exactBefore, exact, observation), observation};
}

/** Takes the stream in; whichever side fails, the other is ended, and the first failure is the one told. */
async function receive(running: Awaited<ReturnType<typeof startDump>>, path: string): Promise<ReceivedArchive> {
	const finished = running.finished.then(
		() => undefined,
		(error: unknown) => ({error}),
	);
	try {
		const received = await receiveArchive(running.stream, path);
		const failure = await finished;
		if (failure !== undefined) throw failure.error;
		return received;
	} catch (error) {
		running.stop();
		running.stream.destroy();
		const failure = await finished;
		// A dump that died cuts its stream: its own words tell more than the cut.
		throw isDiskFull(error) ? error : (failure?.error ?? error);
	}
}

/** @throws SastaError BACKUP_FAILED with everything that is wrong with the dump */
function judge({database}: CreateRequest, {received, missing}: Evidence): void {
	const {problems, collections} = received.contents;
	const strangers: ArchiveProblem[] = collections
		.filter((collection) => collection.database !== database)
		.map((collection) => ({collection: collection.name, message: `is of the database ${collection.database}`}));
	// A broken archive lacks what lies behind the break: that is no finding of its own.
	const all = problems.length > 0 ? problems : [...strangers, ...missing];
	if (all.length === 0) return;
	throw new SastaError('BACKUP_FAILED', `The dump of ${database} is not whole: it was thrown away`, {
		exitCode: EXIT.outside,
		details: all.slice(0, 20).map(describeProblem),
		hint: 'Run it again; if it stays so, set backup.engine: builtin',
	});
}

/** What was checked was on its way to the disk; this is what the disk has. */
async function assertOnDisk(path: string, {sha256}: ReceivedArchive, host: Host): Promise<void> {
	if ((await hashFile(path, host.signal)) === sha256) return;
	throw new SastaError('BACKUP_FAILED', `${path} does not hold what was written to it`, {
		exitCode: EXIT.outside,
		hint: 'The disk is failing: use another store',
	});
}

function makeManifest(request: CreateRequest, evidence: Evidence, nowMs: number): BackupManifest {
	const {engine, serverVersion, consistent, received, observation, optime} = evidence;
	const {bytes, sha256, contents} = received;
	const at = new Date(nowMs).toISOString();
	return {
		schemaVersion: 1,
		id: request.id,
		createdAt: at,
		database: {name: request.database, lineage: request.lineage},
		server: {version: serverVersion},
		tool: {name: engine, version: contents.prelude?.toolVersion ?? ''},
		...(request.release === undefined ? {} : {release: request.release}),
		archive: {file: `${request.id}.archive.gz`, bytes, sha256, uncompressedBytes: contents.uncompressedBytes},
		collections: contents.collections.map(
			({database: _database, ...collection}) => structuredClone(collection) as never,
		),
		optime,
		writes: observation.writes,
		consistent,
		verified: {at, depth: 'full'},
		rehearsed: null,
	};
}

function emptyDatabase(database: string): SastaError {
	return new SastaError('BACKUP_EMPTY', `The database ${database} has no collections: is the name right?`, {
		hint: 'Check database.name in sastaops.yaml',
	});
}

/** No room left, or none left of what this user may take. */
function isDiskFull(error: unknown): boolean {
	return errorCode(error) === 'ENOSPC' || errorCode(error) === 'EDQUOT';
}

async function diskFull(
	{mongo, database, store}: CreateRequest,
	{partial}: BackupPaths,
	cause: unknown,
): Promise<SastaError> {
	const [free, {bytes}] = await Promise.all([freeBytes(store), estimateBackup(mongo.db(database))]);
	return new SastaError(
		'BACKUP_DISK_FULL',
		`The disk is full: ${partial} needs up to ${formatBytes(bytes)}, and ${formatBytes(free)} are free`,
		{cause, hint: 'Make room (sastaops backup prune), or set backup.store to another disk'},
	);
}
