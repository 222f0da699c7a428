import {resolve} from 'node:path';
import {hostsOf, isLocal} from '../database/address.js';
import type {NeededIndex} from '../database/indexes.js';
import type {LoadedConfig} from '../kernel/config/load.js';
import {DEFAULT_INDEXES} from '../kernel/config/schema.js';
import {errorCode, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {type Mongo, openMongo} from '../ports/mongo.js';
import {assertSafeTarget} from './guard.js';
import {makePlace, type Place} from './place.js';
import type {WorkloadChoice} from './worker/messages.js';
import {fill} from './workload/fill.js';
import {openWorkload} from './workload/open-workload.js';
import type {Size, Workload} from './workload/workload.js';

/** What every mode is told about where it works and with what. */
export type LoadChoice = {
	/** Over the configuration's. */
	readonly uri: string | undefined;
	readonly workload: string | undefined;
	readonly only: readonly string[] | undefined;
	readonly size: Size;
	/** The name of the load's own database; a random one without it. */
	readonly database: string | undefined;
	/** Leaves the database at the end. */
	readonly keeps: boolean;
	/** Says that the server may be a shop's. */
	readonly knows: boolean;
	/** The most operations a second that the load will ask for. */
	readonly rate: number;
};

export type OpenLoad = {
	readonly mongo: Mongo;
	readonly uri: string;
	readonly place: Place;
	readonly workload: Workload;
	readonly choice: WorkloadChoice;
	readonly size: Size;
	/** `MongoDB 8.0.4, 0.6 ms away`. */
	readonly server: string;
	/** `mongodb 7.9.0`. */
	readonly driver: string;
	readonly roundTripMs: number;
};

export type LoadHost = Pick<
	Host,
	'cwd' | 'emit' | 'signal' | 'now' | 'monotonicMs' | 'sleep' | 'redact' | 'randomHex' | 'hostname' | 'pid'
>;

/** A server that was looked at, and what will be asked of it; nothing is made there yet. */
export type LoadTarget = Omit<OpenLoad, 'place'>;

export type LoadDone<T> = {
	readonly answer: T;
	/** The database is gone, or stays because that was asked for. */
	readonly isClean: boolean;
	readonly database: string;
};

/**
 * Looks at the server, refuses one that may be production, makes a database of the load's own and fills it; gives it to
 * `work`, and removes it whatever became of that.
 */
export function withLoad<T>(
	choice: LoadChoice,
	loaded: LoadedConfig,
	host: LoadHost,
	work: (load: OpenLoad) => Promise<T>,
): Promise<LoadDone<T>> {
	return withTarget(choice, loaded, host, async (target) => {
		const place = await makePlace(target.mongo, choice.database, host);
		try {
			await fill(place.db, target.workload, choice.size, host);
			const answer = await work({...target, place});
			return {answer, isClean: choice.keeps || (await place.remove()), database: place.name};
		} catch (error) {
			// A load that failed leaves nothing either, kept or not: what is half filled is of no use.
			await place.remove();
			throw error;
		}
	});
}

/** @throws SastaError LOAD_PRODUCTION, LOAD_SHARED_TIER, WORKLOAD_INVALID, DATABASE_UNREACHABLE */
export async function withTarget<T>(
	choice: LoadChoice,
	loaded: LoadedConfig,
	host: LoadHost,
	work: (target: LoadTarget) => Promise<T>,
): Promise<T> {
	const uri = choice.uri ?? uriOf(loaded);
	const workloadChoice = choiceOf(choice, host);
	const workload = await openWorkload(workloadChoice, indexesOf(loaded));
	const mongo = await openMongo(uri, host, {appName: 'sastaops db-load', maxPoolSize: 8});
	try {
		assertSafeTarget(await readTarget(mongo, uri, loaded), choice);
		const facts = await readServer(mongo, host);
		return await work({mongo, uri, workload, choice: workloadChoice, size: choice.size, ...facts});
	} finally {
		await mongo.close();
	}
}

function uriOf({config: {database}}: LoadedConfig): string {
	if (database !== 'none' && database.uri !== undefined) return database.uri;
	throw new SastaError('DATABASE_URI_MISSING', 'No database address is known', {
		exitCode: EXIT.usage,
		hint: 'Set MONGODB_URI, or give --uri',
	});
}

function choiceOf({workload, only}: LoadChoice, {cwd}: Pick<Host, 'cwd'>): WorkloadChoice {
	const part = only === undefined ? {} : {only};
	return workload === undefined || workload === 'shop'
		? {kind: 'shop', ...part}
		: {kind: 'file', path: resolve(cwd, workload), ...part};
}

/** The shop's declared ones of the collections that the workload has. */
function indexesOf({config: {database}}: LoadedConfig): Workload['indexes'] {
	const declared = (database === 'none' ? DEFAULT_INDEXES : database.indexes) as Record<string, readonly NeededIndex[]>;
	return Object.fromEntries(Object.keys(DEFAULT_INDEXES).map((collection) => [collection, declared[collection] ?? []]));
}

async function readTarget(mongo: Mongo, uri: string, {config}: LoadedConfig) {
	const hosts = hostsOf(uri);
	const {database} = config;
	const configured = database === 'none' || database.uri === undefined ? [] : hostsOf(database.uri);
	const shop = mongo.db(database === 'none' ? 'sastabazar' : database.name);
	const counts = await Promise.all(
		['orders', 'products'].map((collection) =>
			shop
				.collection(collection)
				.estimatedDocumentCount()
				// Not allowed to look: then it is not a user that could harm it either.
				.catch(() => 0),
		),
	);
	return {
		hosts,
		isOnThisMachine: hosts.every(isLocal),
		isConfigured: hosts.some((host) => configured.includes(host)),
		shopDocuments: counts.reduce((sum, count) => sum + count, 0),
		isSharedTier: hosts.some((host) => host.endsWith('.mongodb.net')) && (await refusesHostInfo(mongo)),
	};
}

/** M0 and Flex refuse it as not allowed on their tier; others tell, or say that the user may not know. */
async function refusesHostInfo(mongo: Mongo): Promise<boolean> {
	try {
		await mongo.db('admin').command({hostInfo: 1});
		return false;
	} catch (error) {
		const ATLAS_ERROR = 8000;
		return errorCode(error) === ATLAS_ERROR;
	}
}

async function readServer(
	mongo: Mongo,
	{monotonicMs}: Pick<Host, 'monotonicMs'>,
): Promise<Pick<OpenLoad, 'server' | 'driver' | 'roundTripMs'>> {
	const admin = mongo.db('admin');
	const {version} = await admin.command({buildInfo: 1});
	const trips: number[] = [];
	for (let trip = 0; trip < 5; trip++) {
		const beganMs = monotonicMs();
		await admin.command({ping: 1});
		trips.push(monotonicMs() - beganMs);
	}
	const roundTripMs = trips.toSorted((a, b) => a - b)[2] ?? 0;
	return {server: `MongoDB ${version}, ${roundTripMs.toFixed(1)} ms away`, driver: 'mongodb (Node.js)', roundTripMs};
}
