import {statfs} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {Db} from 'mongodb';
import {errorCode} from '../kernel/errors.js';

export type BackupEstimate = {
	/** Uncompressed; an archive is smaller. */
	readonly bytes: number;
	readonly documents: number;
	readonly collections: number;
};

/** How much a backup would hold, by the server's own counters: quick, and not exact. */
export async function estimateBackup(db: Db): Promise<BackupEstimate> {
	const stats = await db.command({dbStats: 1});
	return {
		bytes: Number(stats['dataSize'] ?? 0),
		documents: Number(stats['objects'] ?? 0),
		collections: Number(stats['collections'] ?? 0),
	};
}

/** Bytes a user without privileges may still write in the folder, or where it will be made. */
export async function freeBytes(folder: string): Promise<number> {
	try {
		const {bavail, bsize} = await statfs(folder);
		return bavail * bsize;
	} catch (error) {
		if (errorCode(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
		return freeBytes(dirname(folder));
	}
}
