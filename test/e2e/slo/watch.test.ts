import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {type RunningCli, startCli} from '../../support/run-cli.js';

/** A shop that counts, whose checkouts begin to fail when it is told so. */
async function makeShop() {
	const startedAt = Math.floor(Date.now() / 1000) - 7200;
	const counts = {placed: 1000, failed: 0};
	const shop = {isFailing: false, isDown: false, counts};
	const timer = setInterval(() => {
		if (shop.isFailing) counts.failed += 5;
		else counts.placed += 5;
	}, 50);
	const server = createServer((_request, response) => {
		if (shop.isDown) return void response.destroy();
		response.end(
			`process_start_time_seconds ${startedAt}\ncheckout_requests_total{outcome="placed"} ${counts.placed}\n` +
				`checkout_requests_total{outcome="failed"} ${counts.failed}\n`,
		);
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const cwd = await mkdtemp(join(tmpdir(), 'sastaops-watch-'));
	onTestFinished(async () => {
		clearInterval(timer);
		server.closeAllConnections();
		server.close();
		await rm(cwd, {recursive: true});
	});
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
	const watch = (...args: string[]): RunningCli => {
		const cli = startCli({cwd, env: {}}, ['slo', 'watch', '--url', url, '--every', '1s', ...args]);
		onTestFinished(() => void cli.child.kill('SIGKILL'));
		return cli;
	};
	const record = async () =>
		JSON.parse(await readFile(join(cwd, '.sastaops', 'slo', 'watch.json'), 'utf8')) as {
			looks: number;
			startedMs: number;
			happenings: {severity: string; text: string}[];
		};
	return {...shop, shop, watch, record};
}

const within = {timeout: 30_000, interval: 100};

describe('slo watch', () => {
	it('ends when its time is over, with what it saw of each objective', async () => {
		const {watch} = await makeShop();
		const {exitCode, stdout, stderr} = await watch('--for', '3s', '--fail-on', 'breach').ended;
		expect(stdout).toMatch(/Watched since .*\(.*looks, nothing is wrong now\)/);
		expect(stdout).toMatch(/\? 99\.5 % of checkouts|✔ 99\.5 % of checkouts/);
		expect(stderr).toMatch(/Watching for .* left {3}nothing is wrong/);
		// What the other objectives need, this shop does not tell.
		expect(exitCode).toBe(3);
	});

	it('tells that a budget goes too fast, that nobody answers, and that both are over', async () => {
		const {shop, watch, record} = await makeShop();
		const cli = watch('--for', '5m', '--output', 'jsonl');
		await expect.poll(() => cli.said(), within).toContain('"looks":2');
		shop.isDown = true;
		await expect.poll(() => cli.said(), within).toContain('The shop’s numbers cannot be read');
		shop.isDown = false;
		await expect.poll(() => cli.said(), within).toMatch(/over after less than a minute: The shop’s numbers/);
		cli.child.kill('SIGINT');
		const {exitCode, stdout} = await cli.ended;
		expect(exitCode).toBe(130);
		expect(stdout).toContain('"isInterrupted"');
		expect((await record()).happenings.map(({severity}) => severity)).toEqual(['critical', 'info']);
	});

	it('goes on after a kill -9 with what it saw before, to the end that was meant', async () => {
		const {watch, record} = await makeShop();
		const first = watch('--for', '10s');
		await expect.poll(async () => (await record().catch(() => undefined))?.looks ?? 0, within).toBeGreaterThan(0);
		first.child.kill('SIGKILL');
		await first.ended;
		const before = await record();
		const second = watch('--for', '10s', '--fail-on', 'never');
		const {exitCode, stderr} = await second.ended;
		expect(stderr).toContain('Going on with the watch that was begun');
		const after = await record();
		expect(after.startedMs).toBe(before.startedMs);
		expect(after.looks).toBeGreaterThan(before.looks + 2);
		expect(exitCode).toBe(0);
	});

	it('begins with an error where nobody answers at the first look', async () => {
		const {shop, watch} = await makeShop();
		shop.isDown = true;
		expect((await watch('--for', '5m').ended).exitCode).toBe(6);
	});
});
