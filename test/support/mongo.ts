import {randomBytes} from 'node:crypto';
import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {inject} from 'vitest';
import {type Database, type DatabaseOptions, startDatabase} from '../../src/local/database.js';
import {type Mongo, openMongo} from '../../src/ports/mongo.js';
import {makeTestHost} from './host.js';

/** The server that test/support/global-setup.ts started for the whole run. It asks for no log-in. */
export function testMongoUri(): string {
	return inject('mongoUri');
}

export type FreshDatabase = {
	readonly uri: string;
	/** Random; `sastaops_test_…`. */
	readonly name: string;
	readonly mongo: Mongo;
	/** Drops the database and closes the connection. */
	drop(): Promise<void>;
};

/** An empty database of a random name on the shared server. */
export async function freshDatabase(): Promise<FreshDatabase> {
	const uri = testMongoUri();
	const name = `sastaops_test_${randomBytes(6).toString('hex')}`;
	const mongo = await openMongo(uri, makeTestHost());
	return {
		uri,
		name,
		mongo,
		async drop() {
			await mongo.db(name).dropDatabase();
			await mongo.close();
		},
	};
}

/** A server of one's own, to kill, to restart (give `storagePath`), or to log in to. Stop it at the test's end. */
export async function privateServer(options: Partial<DatabaseOptions> = {}): Promise<Database> {
	const storagePath = options.storagePath ?? (await mkdtemp(join(tmpdir(), 'sastaops-test-mongo-')));
	return startDatabase(makeTestHost(), {ephemeral: options.storagePath === undefined, ...options, storagePath});
}
