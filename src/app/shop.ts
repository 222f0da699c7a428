import type {Db, MongoClient, MongoClientOptions} from 'mongodb';
import type {Host} from '../kernel/host.js';
import {openMongo} from '../ports/mongo.js';
import {assertTransactions} from './boot/assert-transactions.js';
import {ensureIndexes} from './boot/indexes.js';
import {type Jobs, openJobs} from './boot/jobs.js';
import {countUnderWay} from './boot/under-way.js';
import {type Collections, openCollections} from './documents.js';
import {makeShopEvents, type ShopEvents} from './events.js';
import {type Maintenance, openMaintenance} from './guard/maintenance.js';
import {type PoolCounts, watchPool} from './metrics/pool.js';
import {startSweeper} from './orders/sweep.js';
import {openProvider} from './payments/open-provider.js';
import type {PaymentProvider} from './payments/provider.js';
import {makeServer, type ShopServer} from './server.js';
import type {Settings} from './settings.js';

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
	/** Always: the shop does not start without. */
	readonly hasTransactions: true;
	readonly maintenance: Maintenance;
	readonly pool: PoolCounts;
	readonly metrics: ShopMetrics;
	readonly settings: Settings;
	readonly events: ShopEvents;
	readonly jobs: Jobs;
	readonly payments: PaymentProvider;
	readonly startedAtMs: number;
	readonly host: ShopHost;
};

export type ShopHost = Pick<Host, 'now' | 'monotonicMs' | 'sleep' | 'redact' | 'addSecret' | 'randomHex'>;

export type ShopOptions = {
	readonly settings: Settings;
	/** @default 0: any free one */
	readonly port?: number;
	/** Address to listen on. @default 127.0.0.1 */
	readonly address?: string;
	/** Gets one JSON line per request; without it there is no log. */
	readonly log?: (line: string) => void;
	/** Takes the money. @default the one that the settings name */
	readonly payments?: PaymentProvider;
};

export type OpenShop = {
	readonly app: ShopServer;
	readonly shop: Shop;
	readonly url: string;
	/** Takes no new requests, finishes those under way, then lets go of the database. */
	close(): Promise<void>;
};

/**
 * Starts the reference shop: connects, makes its indexes, listens.
 * @throws SastaError DATABASE_UNREACHABLE, DATABASE_AUTH, TRANSACTIONS_MISSING; EADDRINUSE as Node throws it
 */
export async function openShop(options: ShopOptions, host: ShopHost): Promise<OpenShop> {
	const {settings} = options;
	const mongo = await openMongo(settings.MONGODB_URI, host, poolOptions(settings));
	const events = makeShopEvents();
	const jobs = openJobs(host, (job, _error, message) =>
		options.log?.(`${JSON.stringify({level: 50, job, msg: message})}\n`),
	);
	try {
		const shop = await makeShop(options, {client: mongo.client, events, jobs, host});
		const app = await makeServer(shop, options.log);
		const underWay = countUnderWay(app.server);
		app.addHook('onClose', async () => {
			await jobs.stop();
			await shop.payments.close();
			await mongo.close();
		});
		startSweeper(shop);
		const url = await app.listen({port: options.port ?? 0, host: options.address ?? '127.0.0.1'});
		return {
			app,
			shop,
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
		await jobs.stop();
		await mongo.close();
		throw error;
	}
}

function poolOptions({POOL_MAX, POOL_MIN, POOL_WAIT_MS}: Settings): MongoClientOptions {
	return {
		appName: 'sastabazar',
		serverSelectionTimeoutMS: 2000,
		// A request that waits longer for a connection is better told so.
		waitQueueTimeoutMS: POOL_WAIT_MS,
		socketTimeoutMS: 30_000,
		maxPoolSize: POOL_MAX,
		minPoolSize: POOL_MIN,
	};
}

async function makeShop(
	{settings, payments}: ShopOptions,
	{client, events, jobs, host}: Pick<Shop, 'client' | 'events' | 'jobs' | 'host'>,
): Promise<Shop> {
	const pool = watchPool(client);
	const db = client.db(settings.DATABASE_NAME);
	await assertTransactions(db);
	await ensureIndexes(db);
	return {
		version: settings.SHOP_VERSION,
		commit: settings.SHOP_COMMIT,
		environment: settings.SHOP_ENV,
		settings,
		client,
		db,
		collections: openCollections(db),
		hasTransactions: true,
		maintenance: openMaintenance(db, host),
		pool,
		events,
		jobs,
		payments: payments ?? (await openProvider(settings, {db, events, host})),
		startedAtMs: host.monotonicMs(),
		host,
	};
}
