import type {Db} from 'mongodb';
import {judgeRights, readIdentity} from '../../database/privileges.js';
import {readIndexes} from '../boot/indexes.js';
import type {Shop} from '../shop.js';
import {within} from '../within.js';

export type Check = {readonly status: 'up' | 'down'; readonly latencyMs: number};

export type Privileges = {
	readonly user: string;
	/** As `role@db`. */
	readonly roles: string[];
	/** Of those, what a shop does not need. */
	readonly excessive: string[];
};

export type DatabaseState = {
	/** Null where it did not tell in time. */
	readonly indexes: {readonly present: string[]; readonly missing: string[]} | null;
	/** Null for a server without log-in, and where it did not tell in time. */
	readonly privileges: Privileges | null;
};

/** A probe is answered within about this, whatever the database does. */
const TIMEOUT_MS = 1000;

export async function pingDatabase({db, host}: Pick<Shop, 'db' | 'host'>): Promise<Check> {
	const started = host.monotonicMs();
	const status = await within(TIMEOUT_MS, (signal) => db.command({ping: 1, maxTimeMS: TIMEOUT_MS}, {signal})).then(
		() => 'up' as const,
		() => 'down' as const,
	);
	return {status, latencyMs: Math.round((host.monotonicMs() - started) * 10) / 10};
}

/** What a server that answers tells of the shop's place in it. Never rejects. */
export async function readDatabaseState({db}: Pick<Shop, 'db'>): Promise<DatabaseState> {
	const [indexes, privileges] = await Promise.all([
		within(TIMEOUT_MS, () => readIndexes(db)).catch(() => null),
		within(TIMEOUT_MS, () => readPrivileges(db)).catch(() => null),
	]);
	return {indexes, privileges};
}

async function readPrivileges(db: Db): Promise<Privileges | null> {
	const identity = await readIdentity(db);
	if (identity.user === undefined) return null;
	const {excessive} = judgeRights(identity, db.databaseName);
	return {
		user: identity.user,
		roles: identity.roles.map(({role, db: on}) => `${role}@${on}`),
		excessive: [...excessive],
	};
}
