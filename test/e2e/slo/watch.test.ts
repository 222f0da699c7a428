import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {startHttpReceiver} from '../../support/http-receiver.js';
import {type RunningCli, startCli} from '../../support/run-cli.js';
import {serve} from '../../support/serve.js';

/** A shop that counts, and answers nobody when it is told so. */
async function makeShop() {
	const startedAt = Math.floor(Date.now() / 1000) - 7200;
	const shop = {isDown: false};
	let placed = 1000;
	const timer = setInterval(() => {
		placed += 5;
	}, 50);
	const url = await serve((_request, response) => {
		if (shop.isDown) return void response.destroy();
		response.end(
			`process_start_time_seconds ${startedAt}\ncheckout_requests_total{outcome="placed"} ${placed}\n` +
				`checkout_requests_total{outcome="failed"} 0\n`,
		);
	});
	const cwd = await mkdtemp(join(tmpdir(), 'sastaops-watch-'));
	onTestFinished(async () => {
		clearInterval(timer);
		await rm(cwd, {recursive: true});
	});
	const watch = (...args: string[]): RunningCli => {
		const cli = startCli({cwd, env: {}}, ['slo', 'watch', '--url', `${url}/metrics`, '--every', '1s', ...args]);
		onTestFinished(() => void cli.child.kill('SIGKILL'));
		return cli;
	};
	const record = async () =>
		JSON.parse(await readFile(join(cwd, '.sastaops', 'slo', 'watch.json'), 'utf8')) as {
			looks: number;
			startedMs: number;
			happenings: {severity: string; text: string}[];
		};
	return {shop, watch, record, cwd};
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

	it('tells that nobody answers, and that it is over', async () => {
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

	it('sends what it sees where alerts go, and its end', async () => {
		const receiver = await startHttpReceiver();
		const {shop, watch, cwd} = await makeShop();
		const receivers = {hook: {kind: 'webhook', url: `${receiver.url}/hook`}};
		const alerts = {receivers, routes: {critical: ['hook']}, for: {bad: '500ms', good: '500ms'}};
		await writeFile(join(cwd, 'sastaops.yaml'), JSON.stringify({alerts}));
		const cli = watch('--for', '5m', '--output', 'jsonl');
		await expect.poll(() => cli.said(), within).toContain('"looks":1');
		shop.isDown = true;
		const [first] = await receiver.has(1);
		expect(first?.body).toContain('The shop’s numbers cannot be read');
		shop.isDown = false;
		const told = await receiver.has(2);
		expect(told.at(-1)?.body).toContain('resolved');
		cli.child.kill('SIGINT');
		await cli.ended;
	});

	it('begins with an error where nobody answers at the first look', async () => {
		const {shop, watch} = await makeShop();
		shop.isDown = true;
		expect((await watch('--for', '5m').ended).exitCode).toBe(6);
	});
});
