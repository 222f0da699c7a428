import type {Db} from 'mongodb';
import type {DatabaseConfig} from '../../kernel/config/schema.js';
import {type Mongo, openMongo} from '../../ports/mongo.js';
import type {AuditContext} from '../context.js';

export type OpenDatabase = {
	readonly mongo: Mongo;
	readonly db: Db;
	readonly config: DatabaseConfig;
	readonly uri: string;
};

/** The shop's database as sastaops is configured to reach it, opened once for all checks and closed at the end. */
export function openDatabase(context: AuditContext): Promise<OpenDatabase> {
	return context.shared('database', async () => {
		const {database} = context.loaded.config;
		if (database === 'none' || database.uri === undefined) throw new Error('a check of the database ran without one');
		const mongo = await openMongo(database.uri, context.host, {maxPoolSize: 4});
		context.atEnd(() => mongo.close());
		return {mongo, db: mongo.db(database.name), config: database, uri: database.uri};
	});
}

/** Why checks of the database are not asked. */
export function whyNoDatabase({loaded}: AuditContext): string | undefined {
	const {database} = loaded.config;
	if (database === 'none') return 'the shop has no database';
	return database.uri === undefined ? 'no database is known: set MONGODB_URI or database.uri' : undefined;
}

/** What every check of the database is. */
export const DATABASE_CHECK = {
	group: 'database',
	effect: 'local',
	maxRequests: 0,
	sends: [],
	skipReason: whyNoDatabase,
} as const;
