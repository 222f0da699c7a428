import {mkdir} from 'node:fs/promises';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {type Mongo, openMongo} from '../ports/mongo.js';
import {freePort} from './free-port.js';
import {type GuardedServer, startGuarded} from './guarded-server.js';
import {downloadedMongod, findMongod, initiateReplicaSet, mongodArgv} from './mongod.js';
import {ensureSecantusDb, type ServerTerms, secantusDbArgv} from './secantusdb.js';

export type DatabaseKind = 'given' | 'mongod' | 'secantusdb';

export type Database = {
	/** With the user's name and password where there is one. */
	readonly uri: string;
	readonly kind: DatabaseKind;
	/** The version of MongoDB it answers as. */
	readonly version: string;
	/** Ends the server, which also ends when we do. Nothing happens to a server that was given. */
	stop(): Promise<void>;
	/** Kills the server at once, as a power cut would; start another on the same storage to see what survived. */
	kill(): Promise<void>;
};

export type DatabaseOptions = {
	/** The server's folder, made if missing; starting on it again finds the data of before. */
	readonly storagePath: string;
	/** A server that runs already: it is used instead. */
	readonly uri?: string | undefined;
	/** The port; a free one by default. */
	readonly port?: number;
	/** Log-in is required, and this user (made on first start) may do everything. */
	readonly auth?: {readonly user: string; readonly password: string};
	/** Allows `configureFailPoint`. @default false */
	readonly testCommands?: boolean;
	/** No replica set, so no transactions. @default false */
	readonly standalone?: boolean;
	/** Delete the storage when the server has ended. @default false */
	readonly ephemeral?: boolean;
};

export type DatabaseHost = Pick<
	Host,
	'cwd' | 'env' | 'platform' | 'signal' | 'monotonicMs' | 'emit' | 'sleep' | 'randomHex' | 'redact' | 'addSecret'
>;

/**
 * A MongoDB on this machine: the one given; else a mongod on PATH; else the one of the project's mongodb-memory-server;
 * else SecantusDB from the Python package index. Each answers a ping when this resolves.
 * @throws SastaError PYTHON_MISSING, INSTALL_FAILED, DATABASE_START; DATABASE_UNREACHABLE for one that was given
 */
export async function startDatabase(host: DatabaseHost, options: DatabaseOptions): Promise<Database> {
	if (options.uri !== undefined) return useGiven(host, options.uri);
	assertPlatform(host);
	await mkdir(options.storagePath, {recursive: true, mode: 0o700});
	const engine = await chooseEngine(host);
	if (options.auth === undefined) return startServer(host, engine, options);

	host.addSecret(options.auth.password);
	// Users are made on a server that asks for none, which then starts again and does.
	const open = await startServer(host, engine, {...options, auth: undefined, ephemeral: false});
	await createAdministrator(host, open.uri, options.auth).finally(open.stop);
	return startServer(host, engine, options);
}

/** The leash that ends a server with its owner is a shell script. */
function assertPlatform({platform}: DatabaseHost): void {
	if (platform !== 'win32') return;
	throw new SastaError('PLATFORM', 'A database of one’s own is started on Linux and macOS only', {
		hint: 'Run this under WSL',
	});
}

type Engine = {
	readonly kind: DatabaseKind;
	argv(terms: ServerTerms): Promise<readonly string[]>;
	/** What a fresh server needs beside its start. */
	prepare(mongo: Mongo, port: number): Promise<void>;
};

async function useGiven(host: DatabaseHost, uri: string): Promise<Database> {
	const mongo = await openMongo(uri, host);
	const version = await readVersion(mongo).finally(mongo.close);
	const leave = async () => undefined;
	return {uri, kind: 'given', version, stop: leave, kill: leave};
}

async function chooseEngine(host: DatabaseHost): Promise<Engine> {
	const program = (await findMongod(host)) ?? (await downloadedMongod(host));
	if (program !== undefined) {
		return {
			kind: 'mongod',
			argv: (terms) => mongodArgv(host, program, terms),
			prepare: (mongo, port) => initiateReplicaSet(host, mongo, port),
		};
	}
	const folder = await ensureSecantusDb(host);
	return {kind: 'secantusdb', argv: async (terms) => secantusDbArgv(folder, terms), prepare: async () => undefined};
}

type StartOptions = Omit<DatabaseOptions, 'auth' | 'uri'> & {readonly auth?: DatabaseOptions['auth'] | undefined};

async function startServer(host: DatabaseHost, engine: Engine, options: StartOptions): Promise<Database> {
	const {storagePath, auth, testCommands = false, standalone = false, ephemeral = false} = options;
	const port = options.port ?? (await freePort());
	const argv = await engine.argv({port, storagePath, auth: auth !== undefined, testCommands, standalone});
	const server = startGuarded(host, {argv, cwd: storagePath, ...(ephemeral ? {remove: storagePath} : {})});
	const uri = addressOf(port, auth);
	try {
		const mongo = await untilItAnswers(host, server, uri);
		try {
			// With log-in required the set exists already: the administrator was made in it.
			if (auth === undefined && !standalone) await engine.prepare(mongo, port);
			const version = await readVersion(mongo);
			// Nothing is worth a clean end where the storage goes too.
			return {uri, kind: engine.kind, version, stop: ephemeral ? server.kill : server.stop, kill: server.kill};
		} finally {
			await mongo.close();
		}
	} catch (error) {
		await server.stop();
		throw error;
	}
}

function addressOf(port: number, auth: DatabaseOptions['auth'] | undefined): string {
	const login = auth ? `${encodeURIComponent(auth.user)}:${encodeURIComponent(auth.password)}@` : '';
	return `mongodb://${login}127.0.0.1:${port}/?directConnection=true${auth ? '&authSource=admin' : ''}`;
}

const START_TIMEOUT_MS = 30_000;

async function untilItAnswers(host: DatabaseHost, server: GuardedServer, uri: string): Promise<Mongo> {
	const deadline = host.monotonicMs() + START_TIMEOUT_MS;
	let endedWith: number | undefined;
	void server.ended.then((code) => {
		endedWith = code;
	});
	for (;;) {
		try {
			return await openMongo(uri, host, {serverSelectionTimeoutMS: 250});
		} catch (error) {
			host.signal.throwIfAborted();
			const isLate = host.monotonicMs() > deadline;
			if (endedWith === undefined && !isLate) {
				await host.sleep(50, host.signal);
				continue;
			}
			throw new SastaError(
				'DATABASE_START',
				isLate ? 'The database does not answer' : `The database ended with exit code ${endedWith}`,
				{
					exitCode: EXIT.outside,
					cause: error,
					details: host.redact(server.stderrTail()).split('\n').slice(-8),
				},
			);
		}
	}
}

async function createAdministrator(
	host: DatabaseHost,
	uri: string,
	{user, password}: NonNullable<DatabaseOptions['auth']>,
): Promise<void> {
	const mongo = await openMongo(uri, host);
	try {
		const admin = mongo.db('admin');
		const {users} = await admin.command({usersInfo: user});
		if (users.length === 0) await admin.command({createUser: user, pwd: password, roles: ['root']});
	} finally {
		await mongo.close();
	}
}

async function readVersion(mongo: Mongo): Promise<string> {
	const {version} = await mongo.db('admin').command({buildInfo: 1});
	return String(version);
}
