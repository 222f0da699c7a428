import type {ClientSession} from 'mongodb';
import type {Shop} from '../shop.js';

/**
 * Runs `work` in one transaction: all of it or nothing, and again from the start where another writer was in the way. So
 * `work` must do nothing but read and write with the session it is given.
 * @throws MongoError when it did not succeed in DATABASE_TIMEOUT_MS
 */
export function inTransaction<T>(
	{client, settings}: Pick<Shop, 'client' | 'settings'>,
	work: (session: ClientSession) => Promise<T>,
): Promise<T> {
	return client.withSession((session) =>
		session.withTransaction(() => work(session), {
			readConcern: {level: 'snapshot'},
			writeConcern: {w: 'majority'},
			// Without it the driver goes on for two minutes; whoever asked has long gone by then.
			timeoutMS: settings.DATABASE_TIMEOUT_MS,
		}),
	);
}
