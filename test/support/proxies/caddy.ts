import {type ChildProcess, execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {accessSync, constants} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {promisify} from 'node:util';
import {onTestFinished} from 'vitest';
import {freePort} from '../../../src/local/free-port.js';

const run = promisify(execFile);

/**
 * Caddy of this machine, so that a suite can skip itself by name: `describe.skipIf(caddyPath() === undefined)`.
 * @throws in CI, where skipping would hide a hole
 */
export function caddyPath(): string | undefined {
	const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/bin'];
	const path = folders.map((folder) => join(folder, 'caddy')).find(isExecutable);
	if (path === undefined && process.env['CI']) throw new Error('caddy is missing: run "npm run stack" first');
	return path;
}

export type CaddySetup = {
	readonly stable: readonly string[];
	readonly canary: readonly string[];
	/** Gets the Caddyfile, the log and what Caddy keeps. */
	readonly folder: string;
	/** Changes the filled-in template. */
	readonly edit?: (config: string) => string;
	/** `tcp`, or a unix socket in the folder. @default tcp */
	readonly admin?: 'tcp' | 'unix';
	/** @default the one of this machine */
	readonly program?: string;
};

export type Caddy = {
	readonly url: string;
	/** What openCaddy needs. */
	readonly options: {readonly admin: string; readonly log: string; readonly id: string};
	readonly configFile: string;
	readonly pid: () => number;
	/** What it wrote to stderr. */
	said(): string;
	/** As `systemctl reload caddy`: the Caddyfile is loaded again. */
	reload(): Promise<void>;
	/** As `systemctl stop caddy`. */
	stop(): Promise<void>;
	/** As a power cut. */
	kill(): Promise<void>;
	/** Starts it again; with `resume` from the last configuration that was loaded, not from the Caddyfile. */
	start(how?: 'resume'): Promise<void>;
};

/** A real Caddy with the template of the package filled in; it is gone when the test has finished. */
export async function startCaddy(setup: CaddySetup): Promise<Caddy> {
	const {folder, program = caddyPath() ?? 'caddy'} = setup;
	const [port, adminPort] = [await freePort(), await freePort()];
	const [log, configFile, socket] = ['shop.log', 'Caddyfile', 'admin.sock'].map((name) => join(folder, name)) as [
		string,
		string,
		string,
	];
	const isUnix = setup.admin === 'unix';
	const listen = isUnix ? `unix/${socket}` : `127.0.0.1:${adminPort}`;
	await writeFile(configFile, await fillTemplate({...setup, port, listen}));
	const env = {PATH: process.env['PATH'] ?? '', HOME: folder, XDG_CONFIG_HOME: folder, XDG_DATA_HOME: folder};
	let child: ChildProcess | undefined;
	let said = '';

	const isRunning = () => child !== undefined && child.exitCode === null && child.signalCode === null;
	const end = async (signal: NodeJS.Signals) => {
		if (child === undefined || !isRunning()) return;
		const ended = once(child, 'exit');
		child.kill(signal);
		await Promise.race([ended, delay(5000)]);
		if (isRunning()) child.kill('SIGKILL');
	};
	const start = async (how?: 'resume') => {
		const begin = said.length;
		child = spawn(program, ['run', '--config', configFile, ...(how === undefined ? [] : ['--resume'])], {
			env,
			stdio: ['ignore', 'ignore', 'pipe'],
		});
		child.stderr?.setEncoding('utf8').on('data', (text: string) => {
			said += text;
		});
		for (const limit = Date.now() + 10_000; !said.slice(begin).includes('serving initial configuration'); ) {
			if (!isRunning() || Date.now() > limit) throw new Error(`caddy does not start\n${said}`);
			await delay(10);
		}
	};
	onTestFinished(() => end('SIGKILL'));
	await start();
	return {
		url: `http://127.0.0.1:${port}`,
		options: {admin: isUnix ? `unix:${socket}` : `http://${listen}`, log, id: 'shop-canary'},
		configFile,
		pid: () => child?.pid ?? 0,
		said: () => said,
		reload: async () => void (await run(program, ['reload', '--force', '--config', configFile], {env})),
		stop: () => end('SIGTERM'),
		kill: () => end('SIGKILL'),
		start,
	};
}

type Filling = CaddySetup & {readonly port: number; readonly listen: string};

/** The template with what a shop changes changed, and nothing else. */
async function fillTemplate({stable, canary, folder, edit, port, listen}: Filling): Promise<string> {
	const hosts = (urls: readonly string[]) => urls.map((url) => new URL(url).host).join(' ');
	const changes: readonly (readonly [from: string, to: string])[] = [
		['admin 127.0.0.1:2019', `admin ${listen}\n\tauto_https off\n\tgrace_period 5s`],
		['shop.example {', `http://127.0.0.1:${port} {`],
		['/var/log/caddy/shop.log', join(folder, 'shop.log')],
		['reverse_proxy 127.0.0.1:3001', `reverse_proxy ${hosts(stable)}`],
		['reverse_proxy 127.0.0.1:3002', `reverse_proxy ${hosts(canary)}`],
	];
	let config = await readFile('templates/canary/Caddyfile', 'utf8');
	for (const [from, to] of changes) {
		if (!config.includes(from)) throw new Error(`the template has no "${from}" any more`);
		config = config.replaceAll(from, to);
	}
	return edit ? edit(config) : config;
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
