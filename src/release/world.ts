import {join, relative, resolve} from 'node:path';
import type {Db} from 'mongodb';
import type {LoadedConfig} from '../kernel/config/load.js';
import type {Config, DatabaseConfig} from '../kernel/config/schema.js';
import {isSastaError, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Mirror} from '../kernel/journal/mirror.js';
import type {LeaseStore} from '../kernel/lease.js';
import {type Deployer, openDeployer} from '../ports/deployer.js';
import {type Git, openGit} from '../ports/git.js';
import {openGitLease} from '../ports/git-lease.js';
import type {GitHub} from '../ports/github.js';
import type {Mongo} from '../ports/mongo.js';
import {openReleaseAlerts, type RunAlerts} from './alerts.js';

/** The shop's database and the state database, connected. */
export type ShopDatabase = {
	readonly config: DatabaseConfig;
	readonly uri: string;
	readonly mongo: Mongo;
	readonly db: Db;
	readonly state: Db;
};

/** Everything outside that a release works on, opened once per command. */
export type World = {
	readonly config: Config;
	/** Folder of the configuration file. */
	readonly root: string;
	readonly git: Git;
	/** Undefined for `database: none`. */
	readonly database: ShopDatabase | undefined;
	readonly deployer: Deployer | undefined;
	readonly leaseStore: LeaseStore;
	/** Undefined for `database: none`: the journal then lives on this machine only. */
	readonly mirror: Mirror | undefined;
	/** The clients of GitHub by repository, so that what one who asks was just told the next one knows. */
	readonly githubs: Map<string, GitHub>;
	/** Folder of the journals. */
	readonly runs: string;
	/** Folder of the backups. */
	readonly store: string;
	readonly alerts: RunAlerts;
	close(): Promise<void>;
};

/**
 * Connects to what the configuration names.
 * @throws SastaError NO_REPOSITORY, DATABASE_URI_MISSING, DATABASE_UNREACHABLE, DATABASE_AUTH
 */
export async function openWorld({config, root}: LoadedConfig, host: Host): Promise<World> {
	// Outside a repository nothing else matters.
	const git = await openGit(root, host);
	return makeWorld({config, root, git, database: await openDatabase(config, host)}, host);
}

/**
 * As openWorld, for a preflight: a database that cannot be reached is one problem among all it tells, and the world is
 * then good for looking only.
 * @throws SastaError NO_REPOSITORY
 */
export async function openWorldToLook(
	{config, root}: LoadedConfig,
	host: Host,
): Promise<{readonly world: World; readonly databaseError: SastaError | undefined}> {
	const git = await openGit(root, host);
	try {
		const database = await openDatabase(config, host);
		return {world: await makeWorld({config, root, git, database}, host), databaseError: undefined};
	} catch (error) {
		if (!isSastaError(error)) throw error;
		return {world: await makeWorld({config, root, git, database: undefined}, host), databaseError: error};
	}
}

async function makeWorld(parts: Pick<World, 'config' | 'root' | 'git' | 'database'>, host: Host): Promise<World> {
	const {config, root, git, database} = parts;
	const alerts = openReleaseAlerts(parts, host);
	return {
		config,
		root,
		git,
		database,
		deployer: openDeployer(config.release.deploy, root, host),
		...(database
			? await openState(database)
			: {leaseStore: openGitLease(git, config.release.remote, host), mirror: undefined}),
		githubs: new Map(),
		runs: join(git.root, '.sastaops', 'runs'),
		store: storeOf(config, root),
		alerts,
		async close() {
			await alerts.close();
			await database?.mongo.close();
		},
	};
}

async function openState({state, config}: ShopDatabase): Promise<Pick<World, 'leaseStore' | 'mirror'>> {
	const [{openMongoLease}, {openMongoMirror}] = await Promise.all([
		import('../ports/mongo-lease.js'),
		import('../ports/mongo-mirror.js'),
	]);
	return {leaseStore: openMongoLease(state, config.name), mirror: openMongoMirror(state, config.name)};
}

/** Folder of the backups. */
export function storeOf({backup}: Config, root: string): string {
	return resolve(root, backup.store);
}

/** Folders inside the repository that sastaops itself fills; they never make a tree dirty. */
export function ownFolders({git, store}: Pick<World, 'git' | 'store'>): string[] {
	const inside = relative(git.root, store);
	return ['.sastaops', ...(inside !== '' && !inside.startsWith('..') ? [inside] : [])];
}

/** @throws SastaError DATABASE_URI_MISSING, DATABASE_UNREACHABLE, DATABASE_AUTH; undefined for `database: none` */
export async function openDatabase({database}: Config, host: Host): Promise<ShopDatabase | undefined> {
	if (database === 'none') return undefined;
	const {uri} = database;
	if (uri === undefined) {
		throw new SastaError('DATABASE_URI_MISSING', 'No database address is configured', {
			exitCode: EXIT.usage,
			hint: 'Set database.uri in sastaops.yaml or MONGODB_URI; a shop without MongoDB says "database: none"',
		});
	}
	// Only here: a shop without a database does without the driver, which is most of what there is to load.
	const {openMongo} = await import('../ports/mongo.js');
	const stateUri = database.state.uri ?? uri;
	const mongo = await openMongo(uri, host);
	try {
		const stateMongo = stateUri === uri ? mongo : await openMongo(stateUri, host);
		const close = async () => void (await Promise.all([mongo.close(), stateMongo.close()]));
		return {
			config: database,
			uri,
			mongo: {...mongo, close},
			db: mongo.db(database.name),
			state: stateMongo.db(database.state.name),
		};
	} catch (error) {
		await mongo.close();
		throw error;
	}
}
