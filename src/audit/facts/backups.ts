import {stat} from 'node:fs/promises';
import type {BackupManifest} from '../../backup/manifest.js';
import {backupSettings} from '../../backup/open.js';
import {backupPaths, listStore} from '../../backup/store.js';
import type {AuditContext} from '../context.js';

export type BackupFacts = {
	readonly store: string;
	/** Of the shop's database, the newest first. */
	readonly manifests: readonly BackupManifest[];
	/** Ids whose manifest is not as it was written. */
	readonly damaged: readonly string[];
	/** Permission bits of the folder and of the newest archive; undefined where it is not there, or on Windows. */
	readonly folderMode: number | undefined;
	readonly archiveMode: number | undefined;
	/** Bytes of the newest archive as they are; undefined where it is gone. */
	readonly archiveBytes: number | undefined;
};

/** The backups of the store, without reading an archive. */
export function readBackups(context: AuditContext): Promise<BackupFacts> {
	return context.shared('backups', async () => {
		const {loaded, host} = context;
		const {store} = backupSettings(loaded);
		const {database} = loaded.config;
		const {manifests, damaged} = await listStore(store);
		const own = manifests.filter((manifest) => database !== 'none' && manifest.database.name === database.name);
		const newest = own[0];
		const isWindows = host.platform === 'win32';
		const folder = await stat(store).catch(() => undefined);
		const archive =
			newest === undefined ? undefined : await stat(backupPaths(store, newest.id).archive).catch(() => undefined);
		return {
			store,
			manifests: own,
			damaged,
			folderMode: isWindows ? undefined : folder && folder.mode & 0o777,
			archiveMode: isWindows ? undefined : archive && archive.mode & 0o777,
			archiveBytes: archive?.size,
		};
	});
}

/** Why backups are not judged here. */
export function whyNoBackups({loaded}: AuditContext): string | undefined {
	if (loaded.config.database === 'none') return 'the shop has no database';
	return loaded.file === undefined ? 'there is no sastaops.yaml here that says where backups are' : undefined;
}
