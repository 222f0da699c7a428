import {access, constants, writeFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {delimiter, join} from 'node:path';
import {errorCode} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';
import type {Mongo} from '../ports/mongo.js';
import type {ServerTerms} from './secantusdb.js';

/** The mongod on PATH; undefined where there is none. */
export async function findMongod({env}: Pick<Host, 'env'>): Promise<string | undefined> {
	for (const folder of (env['PATH'] ?? '').split(delimiter)) {
		if (folder === '') continue;
		const file = join(folder, 'mongod');
		const isExecutable = await access(file, constants.X_OK).then(
			() => true,
			() => false,
		);
		if (isExecutable) return file;
	}
	return undefined;
}

/** The mongod that the project's own mongodb-memory-server has or downloads; undefined where it is not installed. */
export async function downloadedMongod({cwd}: Pick<Host, 'cwd'>): Promise<string | undefined> {
	const requireFromProject = createRequire(join(cwd, 'package.json'));
	let memoryServer: {readonly MongoBinary: {getPath(): Promise<string>}};
	try {
		memoryServer = requireFromProject('mongodb-memory-server');
	} catch (error) {
		if (errorCode(error) === 'MODULE_NOT_FOUND') return undefined;
		throw error;
	}
	return memoryServer.MongoBinary.getPath();
}

const REPLICA_SET = 'sastaops';

/** The command that serves `storagePath` as a replica set of one: without one there are no transactions. */
export async function mongodArgv(
	host: Pick<Host, 'randomHex'>,
	program: string,
	{port, storagePath, auth, testCommands, standalone}: ServerTerms,
): Promise<readonly string[]> {
	const keyFile = join(storagePath, 'replica-set.key');
	// A replica set demands a key as soon as users must log in; with one member nobody else needs to know it.
	if (auth) await writeFile(keyFile, host.randomHex(64), {mode: 0o600});
	return [
		program,
		...['--dbpath', storagePath, '--bind_ip', '127.0.0.1', '--port', String(port)],
		...(standalone ? [] : ['--replSet', REPLICA_SET]),
		...(auth ? ['--auth', ...(standalone ? [] : ['--keyFile', keyFile])] : []),
		...(testCommands ? ['--setParameter', 'enableTestCommands=1'] : []),
	];
}

/** Makes the replica set on a fresh server, and waits until it takes writes. */
export async function initiateReplicaSet(
	host: Pick<Host, 'sleep' | 'signal'>,
	{client}: Mongo,
	port: number,
): Promise<void> {
	const admin = client.db('admin');
	const config = {_id: REPLICA_SET, members: [{_id: 0, host: `127.0.0.1:${port}`}]};
	await admin.command({replSetInitiate: config}).catch((error: unknown) => {
		const ALREADY_INITIALIZED = 23;
		if (errorCode(error) !== ALREADY_INITIALIZED) throw error;
	});
	for (;;) {
		const {isWritablePrimary} = await admin.command({hello: 1});
		if (isWritablePrimary === true) return;
		await host.sleep(50, host.signal);
	}
}
