import type {Db, MongoClient} from 'mongodb';
import type {AlertsConfig} from '../kernel/config/alerts.js';
import type {Host} from '../kernel/host.js';
import {openMongo} from '../ports/mongo.js';
import {PASSWORD_COST, type PasswordCost} from './accounts/password.js';
import {type ShopAlerts, startAlerts} from './alerts/start-alerts.js';
import {type Jobs, openJobs} from './boot/jobs.js';
import {poolOptions} from './boot/pool-options.js';
import {prepareDatabase} from './boot/prepare-database.js';
import {countUnderWay} from './boot/under-way.js';
import {type Collections, openCollections} from './documents.js';
import {makeShopEvents, type ShopEvents} from './events.js';
import {type Maintenance, openMaintenance} from './guard/maintenance.js';
import {type PoolCounts, watchPool} from './metrics/pool.js';
import {type Log, openLog} from './observe/log.js';
import {openTelemetry, type Telemetry} from './observe/telemetry.js';
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
	readonly telemetry: Telemetry;
	readonly settings: Settings;
	readonly events: ShopEvents;
	readonly jobs: Jobs;
	readonly payments: PaymentProvider;
	readonly passwordCost: PasswordCost;
	/** What the user of the database may that it should not, or that nobody knows. */
	readonly databaseWarnings: readonly string[];
	readonly startedAtMs: number;
	readonly host: ShopHost;
};

export type ShopHost = Pick<Host, 'now' | 'monotonicMs' | 'sleep' | 'redact' | 'addSecret' | 'randomHex' | 'stderr'>;

export type ShopOptions = {
	readonly settings: Settings;
	/** @default 0: any free one */
	readonly port?: number;
	/** Address to listen on. @default 127.0.0.1 */
	readonly address?: string;
	/** Gets one JSON line per request; without it there is no log. */
	readonly log?: (line: string) => void;
	/** Who is told of what. @default nobody */
	readonly alerts?: AlertsConfig | undefined;
	/** Takes the money. @default the one that the settings name */
	readonly payments?: PaymentProvider;
	/** For tests, which hash by the thousand; no setting changes it. @default PASSWORD_COST */
	readonly passwordCost?: PasswordCost;
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
 * @throws SastaError DATABASE_UNREACHABLE, DATABASE_AUTH, and what prepareDatabase refuses; EADDRINUSE as Node throws it
 */
export async function openShop(options: ShopOptions, host: ShopHost): Promise<OpenShop> {
	const {settings} = options;
	const mongo = await openMongo(settings.MONGODB_URI, host, poolOptions(settings));
	const events = makeShopEvents();
	const log = openLog(settings, options.log, host);
	const maintenance = openMaintenance(mongo.db(settings.DATABASE_NAME), host);
	// Where nobody can tell, nothing is written rather than guessed.
	const isPaused = () =>
		maintenance.read().then(
			({on}) => on,
			() => true,
		);
	const jobs = openJobs({
		host,
		isPaused,
		onFailure: (job, error) => log.logger?.error({job, err: error}, 'A job failed'),
	});
	try {
		const shop = await makeShop(options, {client: mongo.client, events, jobs, maintenance, host, log});
		const app = await makeServer(shop);
		const underWay = countUnderWay(app.server);
		let alerts: ShopAlerts | undefined;
		app.addHook('onClose', async () => {
			await jobs.stop();
			await alerts?.close();
			await shop.payments.close();
			await shop.telemetry.close(!(await isPaused()));
			await mongo.close();
			await log.close();
		});
		startSweeper(shop);
		if (options.alerts !== undefined) alerts = startAlerts(shop, options.alerts);
		for (const warning of shop.databaseWarnings)
			events.emit({type: 'security', kind: 'privileges.excessive', detail: {warning}});
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
		await log.close();
		throw error;
	}
}

async function makeShop(
	{settings, payments, passwordCost = PASSWORD_COST}: ShopOptions,
	{
		client,
		events,
		jobs,
		maintenance,
		host,
		log,
	}: Pick<Shop, 'client' | 'events' | 'jobs' | 'maintenance' | 'host'> & {readonly log: Log},
): Promise<Shop> {
	const pool = watchPool(client);
	const db = client.db(settings.DATABASE_NAME);
	const {warnings} = await prepareDatabase(settings, host);
	const info = {version: settings.SHOP_VERSION, commit: settings.SHOP_COMMIT, environment: settings.SHOP_ENV};
	return {
		...info,
		settings,
		client,
		db,
		collections: openCollections(db),
		hasTransactions: true,
		maintenance,
		pool,
		telemetry: openTelemetry({info, settings, client, db, pool, events, jobs, log, host}),
		events,
		jobs,
		payments: payments ?? (await openProvider(settings, {db, events, host})),
		passwordCost,
		databaseWarnings: warnings.map(({message}) => message),
		startedAtMs: host.monotonicMs(),
		host,
	};
}
