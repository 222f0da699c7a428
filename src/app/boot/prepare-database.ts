import type {Host} from '../../kernel/host.js';
import {openMongo} from '../../ports/mongo.js';
import type {Settings} from '../settings.js';
import {assertTransactions} from './assert-transactions.js';
import {checkPrivileges, type PrivilegeWarning} from './check-privileges.js';
import {ensureIndexes} from './indexes.js';

/**
 * Proves that the database can carry a shop, and makes the indexes it lacks: on connections of its own, since building
 * an index may take longer than any request is given.
 * @throws SastaError DATABASE_UNREACHABLE, DATABASE_AUTH, TRANSACTIONS_MISSING, PRIVILEGES_MISSING, INDEX_CONFLICT, INDEX_DUPLICATES
 */
export async function prepareDatabase(
	{MONGODB_URI, DATABASE_NAME}: Settings,
	host: Pick<Host, 'redact'>,
): Promise<{readonly warnings: readonly PrivilegeWarning[]}> {
	const mongo = await openMongo(MONGODB_URI, host, {
		appName: 'sastabazar starting',
		serverSelectionTimeoutMS: 2000,
		socketTimeoutMS: 0,
	});
	try {
		const db = mongo.db(DATABASE_NAME);
		const [warnings] = await Promise.all([checkPrivileges(db), assertTransactions(db)]);
		await ensureIndexes(db);
		return {warnings};
	} finally {
		await mongo.close();
	}
}
