import {resolve} from 'node:path';
import type {Db} from 'mongodb';
import {splitArgv} from '../kernel/argv.js';
import type {LoadedConfig} from '../kernel/config/load.js';
import type {Config} from '../kernel/config/schema.js';
import {durationMs} from '../kernel/duration.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {type Mongo, openMongo} from '../ports/mongo.js';
import type {BackupManifest} from './manifest.js';
import {listManifests, readManifest} from './store.js';

/** What the configuration says of backups, in the form the room takes. */
export type BackupSettings = {
	/** Absolute. */
	readonly store: string;
	readonly engine: Config['backup']['engine'];
	readonly mongodump: readonly string[];
	readonly mongorestore: readonly string[];
	readonly timeoutMs: number;
	readonly keep: Config['backup']['keep'];
};

export type BackupDatabase = {
	readonly name: string;
	readonly mongo: Mongo;
	readonly state: Db;
	close(): Promise<void>;
};

export function backupSettings({config, root}: LoadedConfig): BackupSettings {
	const {store, engine, mongodump, mongorestore, timeout, keep} = config.backup;
	return {
		store: resolve(root, store),
		engine,
		mongodump: toArgv(mongodump),
		mongorestore: toArgv(mongorestore),
		timeoutMs: durationMs(timeout),
		keep,
	};
}

/**
 * Connects to the shop's database and the state database.
 * @throws SastaError DATABASE_NONE, DATABASE_URI_MISSING, DATABASE_UNREACHABLE, DATABASE_AUTH
 */
export async function openBackupDatabase({database}: Config, host: Host): Promise<BackupDatabase> {
	if (database === 'none' || database.uri === undefined) {
		const code = database === 'none' ? 'DATABASE_NONE' : 'DATABASE_URI_MISSING';
		throw new SastaError(code, 'No database is configured', {
			exitCode: EXIT.usage,
			hint: 'Set database.uri in sastaops.yaml, or MONGODB_URI',
		});
	}
	const {uri, name, state} = database;
	const mongo = await openMongo(uri, host);
	try {
		const stateMongo = state.uri === undefined || state.uri === uri ? mongo : await openMongo(state.uri, host);
		return {
			name,
			mongo,
			state: stateMongo.db(state.name),
			close: async () => {
				await mongo.close();
				if (stateMongo !== mongo) await stateMongo.close();
			},
		};
	} catch (error) {
		await mongo.close();
		throw error;
	}
}

/**
 * The backup a person means: an id, or `latest` for the newest of the configured database.
 * @throws SastaError BACKUP_NOT_FOUND, BACKUP_CORRUPT
 */
export async function findBackup(store: string, which: string, {database}: Config): Promise<BackupManifest> {
	if (which !== 'latest') return readManifest(store, which);
	const name = database === 'none' ? undefined : database.name;
	const newest = (await listManifests(store)).find((manifest) => manifest.database.name === name);
	if (newest !== undefined) return newest;
	throw new SastaError('BACKUP_NOT_FOUND', `There is no backup of ${name ?? 'anything'} in ${store}`, {
		hint: 'sastaops backup create',
	});
}

function toArgv(command: string | readonly string[]): readonly string[] {
	return typeof command === 'string' ? splitArgv(command) : command;
}
