import {describe, expect, it} from 'vitest';
import {watchLeases} from '../../src/canary/watchdog.js';
import {openRouteWatchdog} from '../../src/ports/splitter/kubernetes.js';
import {makeTestHost} from '../support/host.js';
import {httpRoute, openRoute, startStandInWorld} from '../support/kubernetes/world.js';

const NAMES = {route: 'shop', stable: 'shop-stable', canary: 'shop-canary'};

async function start() {
	const world = await startStandInWorld();
	await world.create(httpRoute());
	const stop = new AbortController();
	const host = makeTestHost({signal: stop.signal});
	const watched = openRouteWatchdog({kubeconfig: world.kubeconfig, ...NAMES}, host);
	return {...world, host, watched, stop, splitter: await openRoute(world)};
}

describe('the watchdog', () => {
	it('ends a lease by itself when nobody renews it, and says so once', async () => {
		const {watched, host, stop, splitter, weights} = await start();
		await splitter.set({share: 0.5, leaseMs: 1000, owner: 'run-1'});
		const watching = watchLeases(watched, 50, host);
		while ((await weights())['shop-canary'] !== 0) await new Promise((done) => setTimeout(done, 50));
		await new Promise((done) => setTimeout(done, 200));
		stop.abort();
		expect(await watching).toMatchObject({lapses: 1, failures: 0});
		const warnings = host.events.filter((event) => event.type === 'log' && event.level === 'warn');
		expect(warnings).toEqual([expect.objectContaining({message: expect.stringContaining('50 % to 0 %')})]);
	});

	it('goes on when the API server fails, says it once, and acts as soon as it can', async () => {
		const {watched, host, stop, splitter, server, weights} = await start();
		await splitter.set({share: 0.5, leaseMs: 0, owner: 'run-1'});
		server.trouble = () => ({status: 403});
		const watching = watchLeases(watched, 20, host);
		await new Promise((done) => setTimeout(done, 300));
		server.trouble = () => undefined;
		while ((await weights())['shop-canary'] !== 0) await new Promise((done) => setTimeout(done, 20));
		stop.abort();
		const tally = await watching;
		expect(tally.failures).toBeGreaterThan(1);
		expect(tally.lapses).toBe(1);
		const warnings = host.events.filter((event) => event.type === 'log' && event.level === 'warn');
		expect(warnings).toHaveLength(2);
	});

	it('lets a canary live that is renewed', async () => {
		const {watched, host, stop, splitter, weights} = await start();
		const watching = watchLeases(watched, 20, host);
		for (let renewal = 0; renewal < 6; renewal++) {
			await splitter.set({share: 0.5, leaseMs: 3000, owner: 'run-1'});
			await new Promise((done) => setTimeout(done, 500));
		}
		expect(await weights()).toMatchObject({'shop-canary': 5000});
		stop.abort();
		expect(await watching).toMatchObject({lapses: 0, failures: 0});
	});
});
