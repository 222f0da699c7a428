import {type Identity, readIdentity} from '../../database/privileges.js';
import type {Mongo} from '../../ports/mongo.js';

/** What the database server says, read without changing anything. */
export type DatabaseFacts = {
	readonly name: string;
	readonly serverVersion: string;
	/** Collections of the shop, views left out; none is a wrong name. */
	readonly collections: readonly string[];
	/** Other databases on the server, where we may list them. */
	readonly otherDatabases: readonly string[];
	readonly identity: Identity;
	readonly isReplicaSet: boolean;
};

export async function readDatabase(mongo: Mongo, name: string): Promise<DatabaseFacts> {
	const db = mongo.db(name);
	const [{version}, hello, collections, otherDatabases, identity] = await Promise.all([
		db.command({buildInfo: 1}) as Promise<{version: string}>,
		db.command({hello: 1}) as Promise<{setName?: string; msg?: string}>,
		db.listCollections({}, {nameOnly: true}).toArray(),
		listOthers(mongo, name),
		readIdentity(db),
	]);
	return {
		name,
		serverVersion: version,
		collections: collections
			.filter(({type, name: collection}) => type !== 'view' && !collection.startsWith('system.'))
			.map((collection) => collection.name),
		otherDatabases,
		identity,
		isReplicaSet: hello.setName !== undefined || hello.msg === 'isdbgrid',
	};
}

/** A least-privilege user may not list databases; that is no fault. */
async function listOthers(mongo: Mongo, name: string): Promise<string[]> {
	try {
		const {databases} = await mongo.client
			.db('admin')
			.admin()
			.listDatabases({nameOnly: true, authorizedDatabases: true});
		return databases
			.map((database) => database.name)
			.filter((other) => other !== name && !['admin', 'local', 'config'].includes(other));
	} catch {
		return [];
	}
}
