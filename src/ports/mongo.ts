import {
	type Db,
	MongoClient,
	type MongoClientOptions,
	MongoError,
	MongoServerError,
	MongoServerSelectionError,
} from 'mongodb';
import {errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';

export type Mongo = {
	readonly client: MongoClient;
	/** As given; never print it without `host.redact`. */
	readonly uri: string;
	db(name: string): Db;
	close(): Promise<void>;
};

const DEFAULTS: MongoClientOptions = {
	appName: 'sastaops',
	serverSelectionTimeoutMS: 5000,
	connectTimeoutMS: 5000,
	// Migrations and dumps may be quiet for long while the server works.
	socketTimeoutMS: 0,
	maxPoolSize: 10,
	waitQueueTimeoutMS: 30_000,
	writeConcern: {w: 'majority'},
	readPreference: 'primary',
};

/**
 * Connects, and proves it by a ping.
 * @throws SastaError DATABASE_UNREACHABLE, DATABASE_AUTH
 */
export async function openMongo(
	uri: string,
	host: Pick<Host, 'redact'>,
	options: MongoClientOptions = {},
): Promise<Mongo> {
	const client = makeClient(uri, options, host);
	try {
		await client.connect();
		await client.db('admin').command({ping: 1});
	} catch (error) {
		await client.close();
		throw databaseError(error, uri, host);
	}
	return {client, uri, db: (name) => client.db(name), close: () => client.close()};
}

function makeClient(uri: string, options: MongoClientOptions, host: Pick<Host, 'redact'>): MongoClient {
	try {
		return new MongoClient(uri, {...defaultsFor(uri), ...options});
	} catch (error) {
		throw new SastaError('DATABASE_URI', `The database address is not usable: ${host.redact(errorMessage(error))}`, {
			exitCode: EXIT.usage,
			cause: error,
			hint: 'Mend database.uri in sastaops.yaml, or MONGODB_URI',
		});
	}
}

/** Options given to the driver override the address: what the address says itself is left to it. */
function defaultsFor(uri: string): MongoClientOptions {
	const inAddress = new Set([...new URLSearchParams(uri.split('?')[1] ?? '').keys()].map((key) => key.toLowerCase()));
	return Object.fromEntries(
		Object.entries(DEFAULTS).filter(
			([key]) => !inAddress.has(key.toLowerCase()) && !(key === 'writeConcern' && inAddress.has('w')),
		),
	);
}

/** Turns a driver error into one a user can act on; anything else is given back as it is. */
export function databaseError(error: unknown, uri: string, host: Pick<Host, 'redact'>): unknown {
	const address = host.redact(uri);
	if (error instanceof MongoServerError && (error.code === 18 || error.code === 8000)) {
		return new SastaError('DATABASE_AUTH', `${address} refused the user name or password`, {
			exitCode: EXIT.outside,
			cause: error,
			hint: 'Check database.uri, and authSource in it',
		});
	}
	if (error instanceof MongoServerSelectionError || (error instanceof MongoError && error.name.includes('Network'))) {
		return new SastaError(
			'DATABASE_UNREACHABLE',
			`Cannot reach the database at ${address}: ${host.redact(error.message)}`,
			{
				exitCode: EXIT.outside,
				cause: error,
				hint: 'Check that it runs and that this machine may connect',
			},
		);
	}
	return error;
}
