import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtemp, rm} from 'node:fs/promises';
import {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {build} from 'esbuild';
import {Pool} from 'undici';
import {onTestFinished} from 'vitest';
import {type Gateway, type GatewayOptions, startGateway as start} from '../../../src/gateway/start.js';
import {openGateway} from '../../../src/ports/splitter/gateway.js';
import type {Splitter} from '../../../src/ports/splitter/splitter.js';
import {makeTestHost} from '../host.js';

type Wanted = Partial<GatewayOptions> & Pick<GatewayOptions, 'stable' | 'canary'>;

/** A gateway in this process, and its splitter; both are closed when the test has finished. */
export async function startGateway(options: Wanted): Promise<Gateway & {splitter: Splitter}> {
	const host = makeTestHost();
	const gateway = await start(
		{listen: {host: '127.0.0.1', port: 0}, admin: '127.0.0.1:0', drainMs: 1000, ...options},
		host,
	);
	const splitter = openGateway({admin: gateway.admin, token: options.token}, host);
	onTestFinished(async () => {
		await splitter.close();
		await gateway.close().catch(() => undefined);
	});
	return {...gateway, splitter};
}

export type GatewayProcess = {
	readonly child: ChildProcess;
	readonly url: string;
	readonly admin: string;
	readonly splitter: Splitter;
	/** What it wrote to stderr. */
	said(): string;
	kill(signal: NodeJS.Signals): Promise<void>;
};

/** `sastaops gateway` as a process of its own, from the sources as they are; killed when the test has finished. */
export async function startGatewayProcess(cli: string, args: readonly string[]): Promise<GatewayProcess> {
	const child = spawn(process.execPath, [cli, 'gateway', ...args], {
		cwd: tmpdir(),
		env: {PATH: process.env['PATH'] ?? ''},
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	onTestFinished(() => void child.kill('SIGKILL'));
	let said = '';
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		said += text;
	});
	const addresses = () => /listens on (\S+?),.* steered at (\S+)/.exec(said) ?? [];
	const limit = Date.now() + 20_000;
	while (addresses().length === 0) {
		if (child.exitCode !== null || Date.now() > limit) throw new Error(`the gateway did not start: ${said}`);
		await new Promise((done) => setTimeout(done, 20));
	}
	const [, url = '', admin = ''] = addresses();
	const splitter = openGateway({admin}, makeTestHost());
	onTestFinished(() => splitter.close());
	return {
		child,
		url,
		admin,
		splitter,
		said: () => said,
		async kill(signal) {
			const ended = once(child, 'exit');
			child.kill(signal);
			await ended;
		},
	};
}

/** The command line bundled from the sources, without dist. */
export async function bundleCli(): Promise<{path: string; remove: () => Promise<void>}> {
	const folder = await mkdtemp(join(tmpdir(), 'sastaops-gateway-'));
	await build({
		entryPoints: {start: resolve('src/cli/start.ts')},
		outdir: folder,
		bundle: true,
		splitting: true,
		format: 'esm',
		platform: 'node',
		outExtension: {'.js': '.mjs'},
		external: [
			'kerberos',
			'snappy',
			'mongodb-client-encryption',
			'@mongodb-js/*',
			'@aws-sdk/*',
			'socks',
			'gcp-metadata',
		],
		define: {SASTAOPS_VERSION: '"0.0.0-test"'},
		banner: {
			js: "import {createRequire as __createRequire} from 'node:module';const require=__createRequire(import.meta.url);",
		},
		logLevel: 'error',
	});
	return {path: join(folder, 'start.mjs'), remove: () => rm(folder, {recursive: true, force: true})};
}

export type Backend = {
	readonly url: string;
	/** Requests that have come in. */
	count(): number;
	stop(): Promise<void>;
	/** Listens again, at the same port. */
	restart(): Promise<void>;
};

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** A real server that says its name; stopped when the test has finished. */
export async function startBackend(name: string, handler?: Handler): Promise<Backend> {
	let count = 0;
	const listen = async (port: number) => {
		const server = createServer((request, response) => {
			count++;
			if (handler) return handler(request, response);
			request.resume().once('end', () => response.end(name));
		}).listen(port, '127.0.0.1');
		await once(server, 'listening');
		return server;
	};
	let server = await listen(0);
	const {port} = server.address() as AddressInfo;
	const stop = async () => {
		if (!server.listening) return;
		server.close();
		server.closeAllConnections();
		await once(server, 'close');
	};
	onTestFinished(stop);
	return {
		url: `http://127.0.0.1:${port}`,
		count: () => count,
		stop,
		async restart() {
			server = await listen(port);
		},
	};
}

export type Sent = {readonly status: number; readonly body: string};
export type Sending = {
	readonly path?: string;
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string;
};

/** `count` requests, twenty at a time, in order of their number. */
export async function sendMany(url: string, count: number, make: (index: number) => Sending): Promise<Sent[]> {
	const pool = new Pool(url, {connections: 20});
	const answers: Sent[] = [];
	let next = 0;
	const lane = async () => {
		for (let index = next++; index < count; index = next++) {
			const {path = '/', method = 'GET', headers = {}, body} = make(index);
			const answer = await pool.request({path, method, headers: {...headers}, body: body ?? null});
			answers[index] = {status: answer.statusCode, body: await answer.body.text()};
		}
	};
	try {
		await Promise.all(Array.from({length: 20}, lane));
	} finally {
		await pool.close();
	}
	return answers;
}

/** A session's cookie, always the same for the same number. */
export function session(index: number): Record<string, string> {
	return {cookie: `theme=dark; sid=s-${index}-${(index * 2_654_435_761) % 4_294_967_296}`};
}
