import type {FastifyInstance} from 'fastify';
import type {Db, MongoClient} from 'mongodb';
import type {Host} from '../kernel/host.js';
import {openMongo} from '../ports/mongo.js';
import {type Collections, openCollections} from './documents.js';
import {ensureIndexes} from './indexes.js';
import {type Maintenance, openMaintenance} from './maintenance.js';
import {type PoolCounts, watchPool} from './pool.js';
import {makeServer} from './server.js';
import {countUnderWay} from './under-way.js';

/** Who this instance is; `/api/health` says it. */
export type ShopInfo = {
	readonly version: string;
	readonly commit: string;
	readonly environment: string;
};

/** What routes and plugins work with. */
export type Shop = ShopInfo & {
	readonly client: MongoClient;
	readonly db: Db;
	readonly collections: Collections;
	/** False on a standalone server, which has none. */
	readonly hasTransactions: boolean;
	readonly maintenance: Maintenance;
	readonly pool: PoolCounts;
	readonly startedAtMs: number;
	readonly host: ShopHost;
};

export type ShopHost = Pick<Host, 'now' | 'monotonicMs' | 'redact' | 'randomHex'>;

export type ShopOptions = Partial<ShopInfo> & {
	readonly mongoUri: string;
	/** @default sastabazar */
	readonly databaseName?: string;
	/** @default 0: any free one */
	readonly port?: number;
	/** Address to listen on. @default 127.0.0.1 */
	readonly address?: string;
	/** Gets one JSON line per request; without it there is no log. */
	readonly log?: (line: string) => void;
};

export type OpenShop = {
	readonly app: FastifyInstance;
	readonly url: string;
	/** Takes no new requests, finishes those under way, then lets go of the database. */
	close(): Promise<void>;
};

/**
 * Starts the reference shop: connects, makes its indexes, listens.
 * @throws SastaError DATABASE_UNREACHABLE, DATABASE_AUTH; EADDRINUSE as Node throws it
 */
export async function openShop(options: ShopOptions, host: ShopHost): Promise<OpenShop> {
	const mongo = await openMongo(options.mongoUri, host, {
		appName: 'sastabazar',
		serverSelectionTimeoutMS: 2000,
		// A request that waits longer for a connection is better told so.
		waitQueueTimeoutMS: 1000,
		socketTimeoutMS: 30_000,
		maxPoolSize: 20,
	});
	try {
		const shop = await makeShop(options, mongo.client, host);
		const app = makeServer(shop, options.log);
		const underWay = countUnderWay(app.server);
		app.addHook('onClose', () => mongo.close());
		const url = await app.listen({port: options.port ?? 0, host: options.address ?? '127.0.0.1'});
		return {
			app,
			url,
			async close() {
				const closed = app.close();
				await underWay.settled();
				// What is left are connections on which nothing was asked.
				app.server.closeAllConnections();
				await closed;
			},
		};
	} catch (error) {
		await mongo.close();
		throw error;
	}
}

async function makeShop(options: ShopOptions, client: MongoClient, host: ShopHost): Promise<Shop> {
	const pool = watchPool(client);
	const db = client.db(options.databaseName ?? 'sastabazar');
	await ensureIndexes(db);
	const hello = await db.admin().command({hello: 1});
	return {
		version: options.version ?? '0.0.0',
		commit: options.commit ?? 'unknown',
		environment: options.environment ?? 'production',
		client,
		db,
		collections: openCollections(db),
		hasTransactions: hello['setName'] !== undefined || hello['msg'] === 'isdbgrid',
		maintenance: openMaintenance(db, host),
		pool,
		startedAtMs: host.monotonicMs(),
		host,
	};
}
