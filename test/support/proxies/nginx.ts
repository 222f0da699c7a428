import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {accessSync, constants} from 'node:fs';
import {copyFile, readFile, writeFile} from 'node:fs/promises';
import {delimiter, join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {onTestFinished} from 'vitest';
import {freePort} from '../../../src/local/free-port.js';

/**
 * nginx of this machine, so that a suite can skip itself by name: `describe.skipIf(nginxPath() === undefined)`.
 * @throws in CI, where skipping would hide a hole
 */
export function nginxPath(): string | undefined {
	const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
	const path = folders.map((folder) => join(folder, 'nginx')).find(isExecutable);
	if (path === undefined && process.env['CI']) throw new Error('nginx is missing: run "npm run stack" first');
	return path;
}

export type NginxSetup = {
	readonly stable: readonly string[];
	readonly canary: readonly string[];
	/** Gets configuration, split file and logs. */
	readonly folder: string;
	/** Changes the filled-in template. */
	readonly edit?: (config: string) => string;
	/** @default 2 */
	readonly workers?: number;
};

export type Nginx = {
	readonly url: string;
	/** What openNginx needs. */
	readonly options: {
		readonly file: string;
		readonly log: string;
		readonly status: string;
		readonly test: readonly string[];
		readonly reload: readonly string[];
	};
	readonly configFile: string;
	/** Of the master process. */
	readonly pid: number;
	/** Its error log so far. */
	said(): Promise<string>;
	/** As `systemctl reload nginx`; new workers answer when it settles. */
	reload(): Promise<void>;
	/** Opens its logs anew, as logrotate lets it. */
	reopen(): void;
	/** As `systemctl stop nginx`. */
	stop(): Promise<void>;
	/** Master and workers at once, as a power cut. */
	kill(): Promise<void>;
};

/** A real nginx with the template of the package filled in; it is gone when the test has finished. */
export async function startNginx(setup: NginxSetup): Promise<Nginx> {
	const {folder} = setup;
	const [port, statusPort] = [await freePort(), await freePort()];
	const [file, log, configFile, errorLog] = ['split.conf', 'sastaops.log', 'nginx.conf', 'error.log'].map((name) =>
		join(folder, name),
	) as [string, string, string, string];
	await copyFile('templates/canary/split.conf', file);
	await writeFile(configFile, await fillTemplate({...setup, port, statusPort}));

	const program = nginxPath() ?? 'nginx';
	const argv = [program, '-p', folder, '-c', configFile, '-e', errorLog];
	const child = spawn(program, [...argv.slice(1), '-g', 'daemon off;'], {stdio: 'ignore', detached: true});
	const said = () => readFile(errorLog, 'utf8').catch(() => '');
	const status = `http://127.0.0.1:${statusPort}/sastaops-split`;
	const isRunning = () => child.exitCode === null && child.signalCode === null;
	const until = async (what: string, isSo: () => Promise<boolean>) => {
		for (const limit = Date.now() + 10_000; !(await isSo().catch(() => false)); await delay(10)) {
			if (!isRunning() || Date.now() > limit) throw new Error(`nginx: ${what}\n${await said()}`);
		}
	};
	const end = async (signal: NodeJS.Signals) => {
		if (isRunning()) {
			const ended = once(child, 'exit');
			if (signal === 'SIGKILL') killGroup(child.pid);
			else child.kill(signal);
			await Promise.race([ended, delay(3000)]);
		}
		killGroup(child.pid);
	};
	onTestFinished(() => end('SIGKILL'));
	await until('does not start', async () => (await fetch(status)).ok);

	return {
		url: `http://127.0.0.1:${port}`,
		options: {file, log, status, test: [...argv, '-t', '-q'], reload: [...argv, '-s', 'reload']},
		configFile,
		pid: child.pid ?? 0,
		said,
		async reload() {
			const before = (await said()).length;
			child.kill('SIGHUP');
			await until('does not reload', async () => /start worker process/.test((await said()).slice(before)));
			// It leaves its old workers a tenth of a second.
			await delay(250);
		},
		reopen: () => void child.kill('SIGUSR1'),
		stop: () => end('SIGTERM'),
		kill: () => end('SIGKILL'),
	};
}

type Filling = NginxSetup & {readonly port: number; readonly statusPort: number};

/** The template with what a shop changes changed, and nothing else. */
async function fillTemplate({stable, canary, folder, edit, workers = 2, port, statusPort}: Filling): Promise<string> {
	const servers = (urls: readonly string[], rest: string) =>
		urls.map((url) => `server ${new URL(url).host} ${rest};`).join('\n\t\t');
	const changes: readonly (readonly [from: string, to: string])[] = [
		['user www-data;', `user ${process.getuid?.() === 0 ? 'root' : 'www-data'};`],
		['worker_processes auto;', `worker_processes ${workers};`],
		['pid /run/nginx.pid;', `pid ${join(folder, 'nginx.pid')};`],
		['error_log /var/log/nginx/error.log;', `error_log ${join(folder, 'error.log')} notice;`],
		['http {', `http {\n${temporaryPaths(folder)}`],
		['server 127.0.0.1:3001 max_fails=0;', servers(stable, 'max_fails=0')],
		['server 127.0.0.1:3002 max_fails=0;', servers(canary, 'max_fails=0')],
		['server 127.0.0.1:3001 backup;', servers(stable, 'backup')],
		['/etc/nginx/sastaops/split.conf', join(folder, 'split.conf')],
		['/var/log/nginx/sastaops.log', join(folder, 'sastaops.log')],
		['listen 80;', `listen 127.0.0.1:${port};`],
		['listen 127.0.0.1:8099;', `listen 127.0.0.1:${statusPort};`],
	];
	let config = await readFile('templates/canary/nginx.conf', 'utf8');
	for (const [from, to] of changes) {
		if (!config.includes(from)) throw new Error(`the template has no "${from}" any more`);
		config = config.replaceAll(from, to);
	}
	return edit ? edit(config) : config;
}

/** Two at once on one machine must not share them, nor need root. */
function temporaryPaths(folder: string): string {
	return ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
		.map((name) => `\t${name}_temp_path ${join(folder, name)};`)
		.join('\n');
}

function killGroup(pid: number | undefined): void {
	try {
		if (pid !== undefined && pid > 1) process.kill(-pid, 'SIGKILL');
	} catch {
		// It has ended already.
	}
}

function isExecutable(path: string): boolean {
	try {
		accessSync(path, constants.X_OK);
		return true;
	} catch {
		return false;
	}
}
