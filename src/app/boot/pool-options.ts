import type {MongoClientOptions} from 'mongodb';
import type {Settings} from '../settings.js';

/** How the shop talks to its database. `templates/env.production` says why each default is what it is. */
export function poolOptions({POOL_MAX, POOL_MIN, POOL_WAIT_MS, DATABASE_TIMEOUT_MS}: Settings): MongoClientOptions {
	return {
		appName: 'sastabazar',
		// To find a server, and a free connection: who waits longer is better told so.
		serverSelectionTimeoutMS: POOL_WAIT_MS,
		waitQueueTimeoutMS: POOL_WAIT_MS,
		connectTimeoutMS: 2000,
		// A connection that answers nothing for so long is given up, and with it what was asked on it.
		socketTimeoutMS: DATABASE_TIMEOUT_MS,
		maxPoolSize: POOL_MAX,
		minPoolSize: POOL_MIN,
		// Connections that a night left unused are closed; a firewall may have forgotten them.
		maxIdleTimeMS: 300_000,
	};
}
