import type {Host} from '../kernel/host.js';
import type {Mongo} from '../ports/mongo.js';
import {compareWithManifest, type Difference} from './content.js';
import type {EngineName} from './engine.js';
import type {BackupManifest} from './manifest.js';
import {restoreBackup} from './restore.js';
import {readManifest, writeManifest} from './store.js';

export type RehearseRequest = {
	/** The server to restore into: the shop's own, or a scratch server. */
	readonly mongo: Mongo;
	readonly manifest: BackupManifest;
	readonly store: string;
	readonly engine: 'auto' | EngineName;
	readonly mongorestore: readonly string[];
	readonly timeoutMs: number;
};

export type RehearseResult = {
	/** With the rehearsal recorded, where nothing differed. */
	readonly manifest: BackupManifest;
	/** Dropped again. */
	readonly scratch: string;
	readonly engine: EngineName;
	readonly documents: number;
	readonly differences: readonly Difference[];
	readonly restoreMs: number;
	readonly durationMs: number;
};

/** Scratch databases carry this in their name, so that what a crash leaves can be told from a shop's. */
export const SCRATCH_MARK = '__rehearsal_';
/** MongoDB's limit is 63 bytes. */
const MAX_NAME_BYTES = 63;

/** Restores a backup into a database made for it, holds it against the manifest, and drops it. */
export async function rehearseBackup(request: RehearseRequest, host: Host): Promise<RehearseResult> {
	const {mongo, manifest, store} = request;
	const startedMs = host.monotonicMs();
	const scratch = scratchName(manifest.database.name, host);
	const db = mongo.db(scratch);
	try {
		const {engine, documents, durationMs} = await restoreBackup({...request, toDatabase: scratch}, host);
		const differences = await compareWithManifest(db, manifest, host);
		return {
			manifest: differences.length === 0 ? await recordRehearsal(store, manifest.id, host.now()) : manifest,
			scratch,
			engine,
			documents,
			differences,
			restoreMs: durationMs,
			durationMs: host.monotonicMs() - startedMs,
		};
	} finally {
		await db.dropDatabase();
	}
}

export function scratchName(database: string, host: Pick<Host, 'randomHex'>): string {
	const suffix = SCRATCH_MARK + host.randomHex(4);
	const room = MAX_NAME_BYTES - suffix.length;
	// Cut by bytes, and back to a whole character.
	const head = Buffer.from(database)
		.subarray(0, room)
		.toString('utf8')
		.replace(/\uFFFD+$/, '');
	return head + suffix;
}

async function recordRehearsal(store: string, id: string, nowMs: number): Promise<BackupManifest> {
	const manifest = {...(await readManifest(store, id)), rehearsed: {at: new Date(nowMs).toISOString()}};
	await writeManifest(store, manifest);
	return manifest;
}
