import {join} from 'node:path';
import {createBackup} from '../../src/backup/create.js';
import type {EngineName} from '../../src/backup/engine.js';
import {verifyBackup} from '../../src/backup/verify.js';
import {openMongo} from '../../src/ports/mongo.js';
import {makeTestHost} from '../../test/support/host.js';

export type Subject = {
	readonly uri: string;
	readonly name: string;
	readonly folder: string;
	readonly engine: EngineName;
	readonly mongodump: readonly string[];
};

/** Makes a backup; gives its milliseconds, the connection not counted. */
export async function timeBackup({uri, name, folder, engine, mongodump}: Subject): Promise<number> {
	const host = makeTestHost();
	const mongo = await openMongo(uri, host);
	const store = join(folder, 'store');
	const started = performance.now();
	const manifest = await createBackup(
		{mongo, database: name, lineage: 'bench', store, id: 'bench', engine, mongodump, timeoutMs: 3_600_000},
		host,
	);
	const ms = performance.now() - started;
	await mongo.close();
	if (manifest.verified?.depth !== 'full') throw new Error('not verified');
	return ms;
}

/** Verifies that backup from the disk; gives its milliseconds and the bytes of the uncompressed archive. */
export async function timeVerification(folder: string): Promise<{ms: number; bytes: number}> {
	// Progress events are dropped: makeTestHost would keep them all.
	const host = {...makeTestHost(), emit: () => undefined};
	const store = join(folder, 'store');
	const {problems, bytesRead, durationMs} = await verifyBackup({store, backup: 'bench', depth: 'full'}, host);
	if (problems.length > 0) throw new Error('the backup is damaged');
	return {ms: durationMs, bytes: bytesRead};
}
