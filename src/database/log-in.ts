import {errorCode, errorMessage, isSastaError} from '../kernel/errors.js';
import {openMongo} from '../ports/mongo.js';
import {withoutLogIn} from './address.js';

/** Whether the list of databases comes without a log-in; `refused` is what should be. */
export type Anonymous = 'open' | 'refused' | {readonly unclear: string};

/** Asks the server at `uri` for its databases as nobody. Never rejects. */
export async function tryWithoutLogIn(uri: string, host: Parameters<typeof openMongo>[1]): Promise<Anonymous> {
	try {
		const mongo = await openMongo(withoutLogIn(uri), host, {maxPoolSize: 1});
		try {
			await mongo.db('admin').command({listDatabases: 1, nameOnly: true, authorizedDatabases: false});
			return 'open';
		} catch (error) {
			const code = errorCode(error);
			// Unauthorized, AuthenticationFailed, and Atlas's own.
			return code === 13 || code === 18 || code === 8000 ? 'refused' : {unclear: errorMessage(error)};
		} finally {
			await mongo.close();
		}
	} catch (error) {
		if (isSastaError(error, 'DATABASE_AUTH')) return 'refused';
		return {unclear: errorMessage(error)};
	}
}
