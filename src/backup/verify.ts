import {createHash} from 'node:crypto';
import {lstat} from 'node:fs/promises';
import {join} from 'node:path';
import {canonicalJson} from '../kernel/canonical.js';
import {errorCode, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {openGzipInspector} from './archive/gzip-inspector.js';
import type {ArchiveContents} from './archive/inspector.js';
import {type ArchiveProblem, describeProblem} from './archive/problem.js';
import type {BackupManifest} from './manifest.js';
import {readChunks} from './read-chunks.js';
import {readManifest, writeManifest} from './store.js';

/** `hash`: the file's SHA-256. `full`: also every block, document, CRC and count in it. */
export type VerifyDepth = 'hash' | 'full';

export type VerifyRequest = {
	readonly store: string;
	/** An id, or a manifest already read. */
	readonly backup: string | BackupManifest;
	readonly depth: VerifyDepth;
};

export type VerifyResult = {
	/** With the verification recorded, where there was no problem. */
	readonly manifest: BackupManifest;
	readonly depth: VerifyDepth;
	readonly problems: readonly ArchiveProblem[];
	/** Of the archive, uncompressed for `full`. */
	readonly bytesRead: number;
	readonly durationMs: number;
};

type VerifyHost = Pick<Host, 'signal' | 'now' | 'monotonicMs' | 'emit'>;

/**
 * Reads a backup from the disk and holds it against its manifest. No server is asked and nothing but the manifest's
 * `verified` is written.
 * @throws SastaError BACKUP_NOT_FOUND; BACKUP_CORRUPT for a damaged manifest. A damaged archive is told in `problems`.
 */
export async function verifyBackup({store, backup, depth}: VerifyRequest, host: VerifyHost): Promise<VerifyResult> {
	const startedMs = host.monotonicMs();
	const manifest = typeof backup === 'string' ? await readManifest(store, backup) : backup;
	const path = join(store, manifest.archive.file);
	const size = await fileSize(path);
	if (size === undefined) {
		const problems = [{message: `${path} is missing, or no file`}];
		return {manifest, depth, problems, bytesRead: 0, durationMs: host.monotonicMs() - startedMs};
	}
	const {sha256, contents} = await readArchive(path, size, depth, host);
	const problems = [...compareFile(manifest, size, sha256), ...(contents ? compareContents(manifest, contents) : [])];
	return {
		manifest: problems.length === 0 ? await recordVerified(store, manifest, depth, host.now()) : manifest,
		depth,
		problems,
		bytesRead: contents?.uncompressedBytes ?? size,
		durationMs: host.monotonicMs() - startedMs,
	};
}

/**
 * As verifyBackup, for callers that go on only with a whole backup.
 * @throws SastaError BACKUP_CORRUPT with the problems
 */
export async function assertBackup(request: VerifyRequest, host: VerifyHost): Promise<BackupManifest> {
	const {manifest, problems} = await verifyBackup(request, host);
	if (problems.length > 0) throw corruptBackup(manifest.id, problems);
	return manifest;
}

export function corruptBackup(id: string, problems: readonly ArchiveProblem[]): SastaError {
	return new SastaError('BACKUP_CORRUPT', `Backup ${id} is damaged`, {
		exitCode: EXIT.no,
		details: problems.slice(0, 20).map(describeProblem),
		hint: 'Use another backup: sastaops backup list',
	});
}

async function readArchive(
	path: string,
	size: number,
	depth: VerifyDepth,
	host: VerifyHost,
): Promise<{sha256: string; contents: ArchiveContents | undefined}> {
	const hash = createHash('sha256');
	const inspector = depth === 'full' ? await openGzipInspector() : undefined;
	let done = 0;
	for await (const chunk of readChunks(path, host.signal)) {
		hash.update(chunk);
		await inspector?.write(chunk);
		done += chunk.length;
		host.emit({type: 'progress', done, total: size, unit: 'bytes'});
	}
	return {sha256: hash.digest('hex'), contents: await inspector?.finish()};
}

function compareFile({archive}: BackupManifest, size: number, sha256: string): ArchiveProblem[] {
	if (size !== archive.bytes)
		return [{message: `the file has ${size} bytes; it had ${archive.bytes} when it was made`}];
	return sha256 === archive.sha256 ? [] : [{message: 'the SHA-256 of the file differs'}];
}

function compareContents(manifest: BackupManifest, contents: ArchiveContents): ArchiveProblem[] {
	if (contents.problems.length > 0) return [...contents.problems];
	const found = contents.collections.map(({database: _database, ...collection}) => collection);
	const problems: ArchiveProblem[] = [];
	for (const expected of manifest.collections) {
		const collection = found.find(({name}) => name === expected.name);
		if (collection === undefined) problems.push({collection: expected.name, message: 'is not in the archive'});
		else if (canonicalJson(collection) !== canonicalJson(expected)) {
			problems.push({collection: expected.name, message: 'is not as the manifest describes it'});
		}
	}
	if (found.length > manifest.collections.length) problems.push({message: 'there are collections the manifest lacks'});
	return problems;
}

async function recordVerified(
	store: string,
	manifest: BackupManifest,
	depth: VerifyDepth,
	nowMs: number,
): Promise<BackupManifest> {
	// A quick look must not hide that a full one was made.
	if (depth === 'hash' && manifest.verified?.depth === 'full') return manifest;
	const verified = {...manifest, verified: {at: new Date(nowMs).toISOString(), depth}};
	await writeManifest(store, verified);
	return verified;
}

/** Undefined for anything but a plain file: a named pipe would hang the reader, a link may lead anywhere. */
async function fileSize(path: string): Promise<number | undefined> {
	try {
		const stat = await lstat(path);
		return stat.isFile() ? stat.size : undefined;
	} catch (error) {
		if (errorCode(error) === 'ENOENT') return undefined;
		throw error;
	}
}
