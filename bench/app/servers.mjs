// The processes that the benches of the shop measure: a database, the shop as it is installed, and a bare server.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {openSync} from 'node:fs';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {request} from 'undici';
import {bundle} from '../backup/harness.mjs';
import {makeProducts} from './products.mjs';

export const PRODUCTS = 2000;
export const PAGE_SIZE = 24;
export const POOL_SIZE = 20;

const SASTAOPS = fileURLToPath(new URL('../../bin/sastaops.js', import.meta.url));
const START_MS = 30_000;

/** A stand-in for a fast database server: its answers are ready before they are asked for. */
export async function startFastDatabase() {
	const child = await startChild('fast-database.mjs', [PRODUCTS, PAGE_SIZE]);
	return {uri: `mongodb://127.0.0.1:${child.port}/?directConnection=true`, name: 'bench', stop: child.stop};
}

/** The server of the tests with the same products in it. */
export async function startRealDatabase() {
	const {startDatabase} = await bundle('src/local/database.ts');
	const {makeTestHost} = await bundle('test/support/host.ts');
	const {MongoClient} = await import('mongodb');
	const storagePath = await mkdtemp(join(tmpdir(), 'sastaops-bench-shop-'));
	const {uri, stop} = await startDatabase(makeTestHost(), {ephemeral: true, storagePath});
	const client = await MongoClient.connect(uri);
	const products = client.db('bench').collection('products');
	await products.insertMany(makeProducts(PRODUCTS));
	await products.createIndex({slug: 1}, {unique: true});
	await client.close();
	return {
		uri,
		name: 'bench',
		async stop() {
			await stop();
			await rm(storagePath, {recursive: true, force: true});
		},
	};
}

/** Fastify and the driver alone, with as many connections. */
export async function startBare({uri, name}) {
	const {port, pid, stop} = await startChild('bare.mjs', [uri, name, POOL_SIZE]);
	return {url: `http://127.0.0.1:${port}`, pid, stop};
}

/**
 * `sastaops serve`, once it is healthy.
 * @param options.hasLog one line a request, written to /dev/null
 * @param options.nodeArguments for a profile
 */
export async function startShop({uri, name}, {hasLog = false, nodeArguments = []} = {}) {
	const port = await freePort();
	const folder = await mkdtemp(join(tmpdir(), 'sastaops-bench-'));
	const startedAt = performance.now();
	// Without a log there is nothing on it but why the shop ended.
	const log = hasLog ? openSync('/dev/null', 'w') : 'pipe';
	const child = spawn(
		process.execPath,
		[...nodeArguments, SASTAOPS, 'serve', `--port=${port}`, ...(hasLog ? [] : ['--quiet'])],
		{
			cwd: folder,
			stdio: ['ignore', 'ignore', log],
			env: {
				PATH: process.env.PATH,
				SHOP_ENV: 'development',
				MONGODB_URI: uri,
				// `serve` takes the database of sastaops' configuration, whose variable this is.
				SASTAOPS_DATABASE_NAME: name,
				POOL_MAX: String(POOL_SIZE),
				RATE_LIMIT_PER_MINUTE: '1000000',
				RATE_LIMIT_STRICT_PER_MINUTE: '1000000',
				// Nothing may be refused for being busy: busy is what it shall be.
				MOST_LOOP_DELAY_MS: '60000',
			},
		},
	);
	let said = '';
	child.stderr?.setEncoding('utf8').on('data', (text) => {
		said += text;
	});
	const url = `http://127.0.0.1:${port}`;
	const stop = async () => {
		await end(child);
		await rm(folder, {recursive: true, force: true});
	};
	try {
		await untilHealthy(url, child);
	} catch (error) {
		await stop();
		throw new Error(said, {cause: error});
	}
	return {url, pid: child.pid, healthyAfterMs: performance.now() - startedAt, stop};
}

/** A child of this folder that says its port when it is ready. */
async function startChild(script, options) {
	const path = fileURLToPath(new URL(script, import.meta.url));
	const child = spawn(process.execPath, [path, ...options.map(String)], {stdio: ['ignore', 'pipe', 'inherit', 'ipc']});
	const [port] = await Promise.race([
		once(child.stdout, 'data'),
		once(child, 'exit').then(() => Promise.reject(new Error(`${script} ended before it was ready`))),
	]);
	return {port: String(port).trim(), pid: child.pid, stop: () => end(child)};
}

async function untilHealthy(url, child) {
	const deadline = performance.now() + START_MS;
	while (performance.now() < deadline && child.exitCode === null) {
		const status = await request(`${url}/api/health`).then(
			async ({statusCode, body}) => {
				await body.dump();
				return statusCode;
			},
			() => undefined,
		);
		if (status === 200) return;
		await new Promise((resolve) => setTimeout(resolve, 5));
	}
	throw new Error('The shop did not become healthy');
}

async function end(child) {
	if (child.exitCode !== null || child.signalCode !== null) return;
	child.kill('SIGTERM');
	await once(child, 'exit');
}

async function freePort() {
	const server = createServer().listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address();
	await new Promise((resolve) => server.close(resolve));
	return port;
}

/** What the kernel counts time in, for programs: a hundredth of a second on every Linux. */
const TICK_MS = 10;

/** Processor time of a process so far, its threads included, in milliseconds. */
export async function readCpuMs(pid) {
	const text = await readFile(`/proc/${pid}/stat`, 'utf8');
	// The name before may hold blanks and brackets; the fields begin after the last one.
	const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
	return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
