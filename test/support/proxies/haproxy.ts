import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {accessSync, constants, readFileSync} from 'node:fs';
import {copyFile, readFile, writeFile} from 'node:fs/promises';
import {connect} from 'node:net';
import {delimiter, join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {onTestFinished} from 'vitest';
import {freePort} from '../../../src/local/free-port.js';

/**
 * HAProxy of this machine, so that a suite can skip itself by name: `describe.skipIf(haproxyPath() === undefined)`.
 * @throws in CI, where skipping would hide a hole
 */
export function haproxyPath(): string | undefined {
	const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
	const path = folders.map((folder) => join(folder, 'haproxy')).find(isExecutable);
	if (path === undefined && process.env['CI']) throw new Error('haproxy is missing: run "npm run stack" first');
	return path;
}

export type HaproxyOptions = {
	readonly stable: readonly string[];
	readonly canary: readonly string[];
	/** Gets the configuration, the map and the socket; its path must be short. */
	readonly folder: string;
	/** Changes the filled-in template. */
	readonly edit?: (config: string) => string;
};

export type Haproxy = {
	readonly url: string;
	/** The admin socket. */
	readonly socket: string;
	readonly mapFile: string;
	readonly configFile: string;
	readonly ring: 'sastaops';
	/** Of the master process; it starts a worker anew on each reload. */
	pid(): number;
	/** Of the worker that answers now. */
	workerPid(): Promise<number>;
	/** What it wrote to stderr. */
	said(): string;
	/** One command, as an operator types it. */
	ask(command: string): Promise<string>;
	/** As `systemctl reload haproxy`; the new worker answers when it settles. */
	reload(): Promise<void>;
	/** As `systemctl stop haproxy`. */
	stop(): Promise<void>;
	/** Master and worker at once, as a power cut. */
	kill(): Promise<void>;
	/** After it was stopped or killed, at the same addresses. */
	start(): Promise<void>;
};

/** A real HAProxy with the template of the package filled in; it is gone when the test has finished. */
export async function startHaproxy(options: HaproxyOptions): Promise<Haproxy> {
	const port = await freePort();
	const socket = join(options.folder, 'h.sock');
	const mapFile = join(options.folder, 'canary.map');
	const configFile = join(options.folder, 'haproxy.cfg');
	await copyFile('templates/canary/canary.map', mapFile);
	await writeFile(configFile, await fillTemplate({...options, port, socket, mapFile}));

	const daemon = makeDaemon(configFile, socket);
	onTestFinished(() => daemon.end('SIGKILL'));
	await daemon.start();
	return {
		url: `http://127.0.0.1:${port}`,
		socket,
		mapFile,
		configFile,
		ring: 'sastaops',
		pid: daemon.pid,
		workerPid: daemon.workerPid,
		said: daemon.said,
		ask: (command) => askSocket(socket, command),
		reload: daemon.reload,
		stop: () => daemon.end('SIGTERM'),
		kill: () => daemon.end('SIGKILL'),
		start: daemon.start,
	};
}

/** Master and worker, as a service manager keeps them. */
function makeDaemon(configFile: string, socket: string) {
	let child: ChildProcess | undefined;
	let worker: number | undefined;
	let said = '';

	async function workerPid(): Promise<number> {
		const pid = /^Pid: (\d+)$/m.exec(await askSocket(socket, 'show info'))?.[1];
		if (pid === undefined) throw new Error('it does not tell its pid');
		worker = Number(pid);
		return worker;
	}

	async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
		for (const limit = Date.now() + 10_000; !(await isSo().catch(() => false)); await delay(10)) {
			if (child?.exitCode !== null || Date.now() > limit) throw new Error(`haproxy ${what}: ${said}`);
		}
	}

	return {
		pid: () => child?.pid ?? 0,
		said: () => said,
		workerPid,
		async start() {
			child = spawn(haproxyPath() ?? 'haproxy', ['-W', '-db', '-f', configFile], {stdio: ['ignore', 'ignore', 'pipe']});
			child.stderr?.setEncoding('utf8').on('data', (text: string) => {
				said += text;
			});
			await until('does not start', async () => (await workerPid()) > 0);
		},
		async reload() {
			const before = await workerPid();
			let askedMs = 0;
			await until('does not reload', async () => {
				// A master that is still busy with its start or its last reload takes no notice.
				if (Date.now() - askedMs > 1500) {
					child?.kill('SIGUSR2');
					askedMs = Date.now();
				}
				return (await workerPid()) !== before;
			});
		},
		async end(signal: NodeJS.Signals) {
			if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
			const ended = once(child, 'exit');
			child.kill(signal);
			await Promise.race([ended, delay(3000)]);
			child.kill('SIGKILL');
			// A worker ends with its master by itself, unless it is stopped.
			killHaproxy(worker);
			while ((await askSocket(socket, 'show info').catch(() => '')) !== '') await delay(10);
		},
	};
}

/** The template with what a shop changes changed, and nothing else. */
export async function fillTemplate({
	stable,
	canary,
	edit,
	port,
	socket,
	mapFile,
}: HaproxyOptions & {port: number; socket: string; mapFile: string}): Promise<string> {
	const servers = (name: string, urls: readonly string[]) =>
		urls
			.map((url, index) => `server ${name}${index + 1} ${new URL(url).host} check inter 200 fall 2 rise 2`)
			.join('\n\t');
	const changes: readonly (readonly [from: string, to: string])[] = [
		['/run/haproxy/admin.sock', socket],
		['/etc/haproxy/canary.map', mapFile],
		['bind :80', `bind 127.0.0.1:${port}`],
		['server stable1 127.0.0.1:3001 check inter 1s fall 2 rise 2', servers('stable', stable)],
		['server canary1 127.0.0.1:3002 check inter 1s fall 2 rise 2', servers('canary', canary)],
	];
	let config = await readFile('templates/canary/haproxy.cfg', 'utf8');
	for (const [from, to] of changes) {
		if (!config.includes(from)) throw new Error(`the template has no "${from}" any more`);
		config = config.replaceAll(from, to);
	}
	return edit ? edit(config) : config;
}

function askSocket(path: string, command: string): Promise<string> {
	return new Promise((resolve, reject) => {
		let answer = '';
		const socket = connect(path);
		socket.setTimeout(2000, () => socket.destroy(new Error('no answer')));
		socket.setEncoding('utf8').on('data', (text: string) => {
			answer += text;
		});
		socket.once('error', reject);
		socket.once('close', () => resolve(answer));
		socket.write(`${command}\n`);
	});
}

/** Only while the number is still that of an HAProxy. */
function killHaproxy(pid: number | undefined): void {
	try {
		if (pid !== undefined && readFileSync(`/proc/${pid}/comm`, 'utf8') === 'haproxy\n') process.kill(pid, 'SIGKILL');
	} catch {
		// It has ended already.
	}
}

function isExecutable(file: string): boolean {
	try {
		accessSync(file, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
