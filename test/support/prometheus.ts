import {type ChildProcess, spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {writeFile} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {request} from 'undici';
import {onTestFinished} from 'vitest';
import {freePort} from '../../src/local/free-port.js';
import {temporaryFolder} from './folder.js';

/**
 * Where Prometheus is on this machine, so that a suite can skip itself by name.
 * @throws in CI, where skipping would hide a hole
 */
export function prometheusPath(): string | undefined {
	const path = ['/usr/bin/prometheus', '/usr/local/bin/prometheus'].find((place) => existsSync(place));
	if (path === undefined && process.env['CI']) throw new Error('prometheus is missing: run "npm run stack" first');
	return path;
}

export type RunningPrometheus = {
	readonly url: string;
	/** The page that it scrapes, every 200 ms. */
	page(text: string): Promise<void>;
	stop(): Promise<void>;
};

/** A real Prometheus that scrapes a page of the test's, in a folder of its own. */
export async function startPrometheus(): Promise<RunningPrometheus> {
	const folder = await temporaryFolder();
	let page = '';
	let scrapes = 0;
	const target = createServer((_request, response) => {
		scrapes++;
		response.setHeader('content-type', 'text/plain; version=0.0.4').end(page);
	});
	await new Promise<void>((done) => target.listen(0, '127.0.0.1', done));
	onTestFinished(() => {
		target.closeAllConnections();
		target.close();
	});
	const {port: targetPort} = target.address() as AddressInfo;
	const config = {
		global: {scrape_interval: '200ms', scrape_timeout: '200ms'},
		scrape_configs: [{job_name: 'gateway', static_configs: [{targets: [`127.0.0.1:${targetPort}`]}]}],
	};
	const {url, child} = await launch(folder, config);
	return {
		url,
		stop: () => kill(child),
		async page(text) {
			page = text;
			// One may be under way with the old page; what the third has read is kept.
			for (const wanted = scrapes + 3; scrapes < wanted; ) await delay(20);
		},
	};
}

/** A real Prometheus over blocks that are in the folder `data` of a folder already; it scrapes nothing. */
export async function servePrometheusBlocks(folder: string): Promise<string> {
	return (await launch(folder, {}, ['--storage.tsdb.retention.time=20y'])).url;
}

async function launch(folder: string, config: object, more: readonly string[] = []) {
	const port = await freePort();
	await writeFile(join(folder, 'prometheus.yml'), JSON.stringify(config));
	const child = spawn(
		prometheusPath() ?? '',
		[
			`--config.file=${join(folder, 'prometheus.yml')}`,
			`--storage.tsdb.path=${join(folder, 'data')}`,
			`--web.listen-address=127.0.0.1:${port}`,
			'--log.level=error',
			...more,
		],
		{stdio: 'ignore'},
	);
	onTestFinished(() => kill(child));
	const url = `http://127.0.0.1:${port}`;
	for (let tries = 0; ; tries++) {
		const status = await request(`${url}/-/ready`).then(
			async ({statusCode, body}) => {
				await body.dump();
				return statusCode;
			},
			() => 0,
		);
		if (status === 200) break;
		if (tries > 300) throw new Error('prometheus did not get ready');
		await delay(100);
	}
	return {url, child};
}

async function kill(child: ChildProcess): Promise<void> {
	if (child.exitCode !== null || child.signalCode !== null) return;
	const ended = new Promise((done) => child.once('exit', done));
	child.kill('SIGKILL');
	await ended;
}
