import {lstat, mkdir, readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {syncDirectory, writeFileDurably} from '../kernel/durable-file.js';
import {errorCode, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import {readIfThere} from '../kernel/read-if-there.js';
import {assertBackupId} from './backup-id.js';
import {type BackupManifest, manifestText, parseManifest} from './manifest.js';

const MANIFEST = '.manifest.json';
const ARCHIVE = '.archive.gz';
const PARTIAL = '.partial';

/** Where one backup's files lie in the store's folder. */
export type BackupPaths = {readonly archive: string; readonly partial: string; readonly manifest: string};

export type StoreListing = {
	/** Newest first. */
	readonly manifests: readonly BackupManifest[];
	/** Ids whose manifest is damaged. */
	readonly damaged: readonly string[];
	/** Files that belong to no backup: what a crash left, and archives without a manifest. */
	readonly leftovers: readonly string[];
};

/** @throws SastaError BACKUP_ID */
export function backupPaths(store: string, id: string): BackupPaths {
	const archive = join(store, assertBackupId(id) + ARCHIVE);
	return {archive, partial: archive + PARTIAL, manifest: join(store, id + MANIFEST)};
}

/**
 * Makes the store's folder where there is none, for its owner alone. It ignores itself: in a repository one `git add`
 * would publish every customer.
 */
export async function prepareStore(store: string): Promise<void> {
	const made = await mkdir(store, {recursive: true, mode: 0o700});
	if (made !== undefined) await writeFileDurably(join(store, '.gitignore'), '*\n');
}

/** @throws SastaError BACKUP_NOT_FOUND; BACKUP_CORRUPT when the manifest is damaged or speaks of another backup */
export async function readManifest(store: string, id: string): Promise<BackupManifest> {
	const path = backupPaths(store, id).manifest;
	const text = await readIfThere(path);
	if (text === undefined) {
		throw new SastaError('BACKUP_NOT_FOUND', `There is no backup ${id} in ${store}`, {
			hint: 'See what there is with sastaops backup list',
		});
	}
	const manifest = parseManifest(text);
	if (manifest?.id !== id) {
		throw new SastaError('BACKUP_CORRUPT', `The manifest ${path} is damaged`, {
			exitCode: EXIT.no,
			details: [manifest === undefined ? 'its digest does not fit' : `it is the manifest of ${manifest.id}`],
			hint: 'Use another backup: sastaops backup list',
		});
	}
	return manifest;
}

/** Writes it beside the archive, whole or not at all. */
export async function writeManifest(store: string, manifest: BackupManifest): Promise<void> {
	await writeFileDurably(backupPaths(store, manifest.id).manifest, manifestText(manifest));
}

/** Every whole manifest, newest first. */
export async function listManifests(store: string): Promise<readonly BackupManifest[]> {
	return (await listStore(store)).manifests;
}

/** Everything the store's folder holds; a folder that is not there is empty. */
export async function listStore(store: string): Promise<StoreListing> {
	const names = await readNames(store);
	const ids = names.filter((name) => name.endsWith(MANIFEST)).map((name) => name.slice(0, -MANIFEST.length));
	const manifests: BackupManifest[] = [];
	const damaged: string[] = [];
	for (const id of ids) {
		const manifest = parseManifest((await readIfThere(join(store, id + MANIFEST))) ?? '');
		if (manifest?.id === id) manifests.push(manifest);
		else damaged.push(id);
	}
	return {
		manifests: manifests.sort((a, b) => (a.createdAt === b.createdAt ? 0 : a.createdAt < b.createdAt ? 1 : -1)),
		damaged,
		leftovers: names.filter((name) => isLeftover(name, ids)).sort(),
	};
}

/** Removes what an earlier try at this backup left; does nothing for a backup that is whole. */
export async function removeLeftovers(store: string, id: string): Promise<void> {
	const {archive, partial, manifest} = backupPaths(store, id);
	if ((await readIfThere(manifest)) !== undefined) return;
	for (const path of [partial, archive, manifest + PARTIAL]) await removeFile(path);
}

/** Removes a backup: first the manifest, so that a crash in between leaves no backup that lacks its archive. */
export async function removeBackup(store: string, id: string): Promise<void> {
	const {archive, manifest} = backupPaths(store, id);
	await rm(manifest, {force: true});
	await syncDirectory(store);
	await rm(archive, {force: true});
	await syncDirectory(store);
}

function isLeftover(name: string, ids: readonly string[]): boolean {
	if (name.endsWith(PARTIAL)) return true;
	return name.endsWith(ARCHIVE) && !ids.includes(name.slice(0, -ARCHIVE.length));
}

async function readNames(store: string): Promise<string[]> {
	try {
		return await readdir(store);
	} catch (error) {
		if (errorCode(error) === 'ENOENT') return [];
		throw error;
	}
}

/** Removes a file or a link, never a folder. @throws SastaError BACKUP_PATH for anything else */
async function removeFile(path: string): Promise<void> {
	const stat = await lstat(path).catch((error: unknown) => {
		if (errorCode(error) === 'ENOENT') return undefined;
		throw error;
	});
	if (stat === undefined) return;
	if (!stat.isFile() && !stat.isSymbolicLink()) {
		throw new SastaError('BACKUP_PATH', `${path} is in the way, and it is no file`, {hint: 'Move it elsewhere'});
	}
	await rm(path);
}
