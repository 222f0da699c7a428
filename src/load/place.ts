import type {Db} from 'mongodb';
import {errorCode, errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Mongo} from '../ports/mongo.js';

export const PREFIX = 'sastaops_load_';

/** Says whose a load's database is, so that one whose owner has died can be told from one in use. */
export const OWNER = 'sastaops_load_owner';

export type Owner = {
	readonly _id: 'owner';
	readonly hostname: string;
	readonly pid: number;
	readonly startedAt: Date;
};

/** A database of the load's own. */
export type Place = {
	readonly db: Db;
	readonly name: string;
	/** Removes it and looks whether it is gone. Says how to remove it when it is not, and throws nothing. */
	remove(): Promise<boolean>;
};

type PlaceHost = Pick<Host, 'randomHex' | 'hostname' | 'pid' | 'now' | 'emit' | 'redact'>;

/**
 * Makes the database that a load works in.
 * @param name a new one of a random name without it
 * @throws SastaError LOAD_DATABASE_TAKEN for a database that is there already: no load ever works in somebody's data
 */
export async function makePlace(mongo: Mongo, name: string | undefined, host: PlaceHost): Promise<Place> {
	const chosen = name ?? `${PREFIX}${host.randomHex(4)}`;
	const db = mongo.db(chosen);
	const found = await db.listCollections({}, {nameOnly: true}).toArray();
	if (found.length > 0)
		throw new SastaError('LOAD_DATABASE_TAKEN', `The database ${chosen} is there already, with ${found[0]?.name}`, {
			exitCode: EXIT.refused,
			hint: `Give a name that is free; a load's own left behind goes with: sastaops db-load clean`,
		});
	// Said before it is there: whoever is killed now has read what to type.
	host.emit({
		type: 'log',
		level: 'info',
		message: `works in the database ${chosen}, which goes at the end; should it stay: sastaops db-load clean`,
	});
	const owner: Owner = {_id: 'owner', hostname: host.hostname, pid: host.pid, startedAt: new Date(host.now())};
	await db.collection<Owner>(OWNER).insertOne(owner);
	return {db, name: chosen, remove: () => removePlace(db, host)};
}

async function removePlace(db: Db, host: Pick<Host, 'emit' | 'redact'>): Promise<boolean> {
	const name = db.databaseName;
	try {
		await db.dropDatabase();
		const left = await db.listCollections({}, {nameOnly: true}).toArray();
		if (left.length === 0) return true;
		throw new Error(`${left.length} collections are still there`);
	} catch (error) {
		host.emit({
			type: 'log',
			level: 'warn',
			message: `the database ${name} could not be removed: ${host.redact(errorMessage(error))}. Remove it: sastaops db-load clean`,
		});
		return false;
	}
}

export type Leftover = {readonly name: string; readonly owner: Owner | undefined};

/** Databases of loads that are on the server; undefined where this user may not list them. */
export async function findPlaces(mongo: Mongo): Promise<readonly Leftover[] | undefined> {
	let names: readonly string[];
	try {
		const {databases} = await mongo.db('admin').admin().listDatabases({nameOnly: true});
		names = databases.map(({name}) => name).filter((name) => name.startsWith(PREFIX));
	} catch (error) {
		const UNAUTHORISED = 13;
		if (errorCode(error) === UNAUTHORISED) return undefined;
		throw error;
	}
	return Promise.all(
		names.map(async (name) => ({
			name,
			owner: (await mongo.db(name).collection<Owner>(OWNER).findOne({_id: 'owner'})) ?? undefined,
		})),
	);
}
