import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {onTestFinished} from 'vitest';
import {freePort} from '../../src/local/free-port.js';
import {temporaryFolder} from './folder.js';
import {type HttpReceiver, startHttpReceiver} from './http-receiver.js';

/**
 * Where Alertmanager is on this machine, so that a suite can skip itself by name.
 * @throws in CI, where skipping would hide a hole
 */
export function alertmanagerPath(): string | undefined {
	const path = ['/usr/bin/prometheus-alertmanager', '/usr/local/bin/alertmanager'].find((place) => existsSync(place));
	if (path === undefined && process.env['CI']) throw new Error('alertmanager is missing: run "npm run stack" first');
	return path;
}

export type KnownAlert = {
	readonly labels: Readonly<Record<string, string>>;
	readonly annotations: Readonly<Record<string, string>>;
	readonly endsAt: string;
	readonly status: {readonly state: string};
};

export type RunningAlertmanager = {
	readonly url: string;
	/** Whom it tells, of each group at once. */
	readonly told: HttpReceiver;
	/** Those that hold now, by its own API. */
	alerts(): Promise<readonly KnownAlert[]>;
};

/** A real Alertmanager that groups by service and tells a receiver of the test's. */
export async function startAlertmanager(): Promise<RunningAlertmanager> {
	const folder = await temporaryFolder();
	const told = await startHttpReceiver();
	const port = await freePort();
	const config = {
		route: {receiver: 'test', group_by: ['service'], group_wait: '300ms', group_interval: '500ms'},
		receivers: [{name: 'test', webhook_configs: [{url: told.url, send_resolved: true}]}],
	};
	await writeFile(join(folder, 'alertmanager.yml'), JSON.stringify(config));
	const child = spawn(
		alertmanagerPath() ?? '',
		[
			`--config.file=${join(folder, 'alertmanager.yml')}`,
			`--storage.path=${join(folder, 'data')}`,
			`--web.listen-address=127.0.0.1:${port}`,
			'--cluster.listen-address=',
			'--log.level=error',
		],
		{stdio: 'ignore'},
	);
	onTestFinished(() => kill(child));
	const url = `http://127.0.0.1:${port}`;
	for (let tries = 0; ; tries++) {
		const isReady = await fetch(`${url}/-/ready`).then(
			({ok}) => ok,
			() => false,
		);
		if (isReady) break;
		if (tries > 300) throw new Error('alertmanager did not get ready');
		await delay(100);
	}
	return {
		url,
		told,
		alerts: async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as KnownAlert[],
	};
}

async function kill(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = new Promise((done) => child.once('exit', done));
	child.kill('SIGKILL');
	await ended;
}
