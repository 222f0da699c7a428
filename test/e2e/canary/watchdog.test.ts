import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {temporaryFolder} from '../../support/folder.js';
import {httpRoute, openRoute, startStandInWorld} from '../../support/kubernetes/world.js';
import {startCli} from '../../support/run-cli.js';

async function start() {
	const world = await startStandInWorld();
	await world.create(httpRoute());
	const cwd = await temporaryFolder();
	const env = {PATH: process.env['PATH'] ?? '', HOME: cwd, KUBECONFIG: world.kubeconfig};
	const run = (...args: string[]) => {
		const running = startCli({cwd, env}, ['canary', 'watchdog', ...args]);
		onTestFinished(() => void running.child.kill('SIGKILL'));
		return running;
	};
	return {...world, cwd, run, splitter: await openRoute(world)};
}

describe('sastaops canary watchdog (by a stand-in of the API server)', () => {
	it('--once ends a lease that is over, by flags alone, and says so to machines', async () => {
		const {run, splitter, weights} = await start();
		await splitter.set({share: 0.25, leaseMs: 0, owner: 'run-1'});
		const first = await run('--once', '--route', 'shop', '--json').ended;
		expect(first.exitCode).toBe(0);
		expect(JSON.parse(first.stdout)).toMatchObject({
			verdict: 'pass',
			lease: {kind: 'lapsed', share: 0.25, owner: 'run-1'},
		});
		expect(await weights()).toMatchObject({'shop-canary': 0});
		const second = await run('--once', '--route', 'shop').ended;
		expect(second).toMatchObject({exitCode: 0, stdout: expect.stringContaining('no canary with a lease')});
	});

	it('--every ends it when nobody renews it, and stops when it is told to', async () => {
		const {run, splitter, weights} = await start();
		await splitter.set({share: 0.25, leaseMs: 2000, owner: 'run-1'});
		const {child, ended} = run('--every', '1s', '--route', 'shop');
		while ((await weights())['shop-canary'] !== 0) await new Promise((done) => setTimeout(done, 100));
		child.kill('SIGTERM');
		const {exitCode, stdout, stderr} = await ended;
		expect({exitCode, stdout}).toMatchObject({exitCode: 0, stdout: expect.stringContaining('1 leases had ended')});
		expect(stderr).toContain('25 % to 0 %');
	});

	it('takes the route of sastaops.yaml, and is not needed for another splitter', async () => {
		const {run, cwd, kubeconfig} = await start();
		const configure = (splitter: object) =>
			writeFile(
				join(cwd, 'sastaops.yaml'),
				JSON.stringify({version: 1, canary: {stable: ['http://a'], canary: ['http://b'], splitter}}),
			);
		const counter = 'sum(requests_total{service="{service}"})';
		const prometheus = {url: 'http://127.0.0.1:9090', requests: counter, errors: counter};
		await configure({kind: 'kubernetes', kubeconfig, route: 'shop', prometheus});
		expect(await run('--once').ended).toMatchObject({exitCode: 0});
		await configure({kind: 'gateway', admin: 'http://127.0.0.1:1'});
		expect(await run('--once').ended).toMatchObject({exitCode: 2, stderr: expect.stringContaining('by itself')});
	});

	it('fails where it cannot look', async () => {
		const {run, server} = await start();
		server.trouble = () => ({status: 403});
		const {exitCode, stderr} = await run('--once', '--route', 'shop').ended;
		expect({exitCode, stderr}).toMatchObject({exitCode: 6, stderr: expect.stringContaining('does not allow to get')});
	});
});
