import {describe, expect, it} from 'vitest';
import {openRouteWatchdog} from '../../../src/ports/splitter/kubernetes.js';
import {makeTestHost} from '../../support/host.js';
import type {Asked, Trouble} from '../../support/kubernetes/stand-in.js';
import {httpRoute, openRoute, startStandInWorld} from '../../support/kubernetes/world.js';

const WANTED = {share: 0.25, leaseMs: 120_000, owner: 'run-1'};

/** The same trouble for the first so many requests of a method. */
function first(count: number, method: string, trouble: Trouble): (request: Asked) => Trouble | undefined {
	let left = count;
	return (request) => (request.method === method && left-- > 0 ? trouble : undefined);
}

async function start() {
	const world = await startStandInWorld();
	await world.create(httpRoute());
	const splitter = await openRoute(world);
	return {...world, splitter};
}

describe('an HTTPRoute when Kubernetes fails (by a stand-in)', () => {
	it.each([
		['reads again after', 'GET', {status: 500}],
		['reads again after', 'GET', {status: 503}],
		['waits as it is told after', 'GET', {status: 429, headers: {'retry-after': '0'}}],
		['reads again after', 'GET', {status: 410}],
		['reads again after', 'GET', 'cut'],
		['writes again after', 'PATCH', {status: 409}],
		['writes again after', 'PATCH', {status: 410}],
		['writes again after', 'PATCH', {status: 429, headers: {'retry-after': '0'}}],
		['writes again after', 'PATCH', {status: 500}],
		['writes again after', 'PATCH', 'cut'],
	] as const)('%s one %s that meets %j', async (_words, method, trouble) => {
		const {splitter, server, weights} = await start();
		await splitter.read();
		server.trouble = first(1, method, trouble);
		expect(await splitter.set(WANTED)).toMatchObject({share: 0.25, owner: 'run-1'});
		expect(await weights()).toEqual({'shop-stable': 7500, 'shop-canary': 2500});
	});

	it('does not write twice what was done although its answer was lost', async () => {
		const {splitter, server, get} = await start();
		await splitter.read();
		server.trouble = first(1, 'PATCH', 'lost');
		expect(await splitter.set(WANTED)).toMatchObject({share: 0.25, owner: 'run-1'});
		expect(server.asked.filter(({method}) => method === 'PATCH')).toHaveLength(1);
		expect((await get('shop')).metadata.generation).toBe(2);
	});

	it('gives up on conflicts that do not end, leaves the weights, and says so', async () => {
		const {splitter, server, weights} = await start();
		await splitter.read();
		server.trouble = first(1000, 'PATCH', {status: 409});
		await expect(splitter.set(WANTED)).rejects.toMatchObject({
			code: 'SPLITTER_REFUSED',
			exitCode: 6,
			details: ['It stays as it was'],
		});
		const tries = server.asked.filter(({method}) => method === 'PATCH').length;
		expect(tries).toBeGreaterThan(2);
		expect(tries).toBeLessThan(20);
		expect(await weights()).toEqual({'shop-stable': 100, 'shop-canary': 0});
	});

	it('looks again before each further try: another hand that came first is not overwritten', async () => {
		const {splitter, server, edit, weights} = await start();
		await splitter.read();
		let isEdited = false;
		server.trouble = ({method}) => {
			if (method !== 'PATCH' || isEdited) return undefined;
			isEdited = true;
			return {status: 409};
		};
		const setting = splitter.set(WANTED).catch((error: unknown) => error);
		while (!isEdited) await new Promise((done) => setTimeout(done, 1));
		await edit('shop', ({spec}) => {
			for (const ref of spec.rules[0]?.backendRefs ?? []) ref.weight = 7;
		});
		expect(await setting).toMatchObject({code: 'SPLITTER_REFUSED', message: expect.stringContaining('kubectl-edit')});
		expect(await weights()).toEqual({'shop-stable': 7, 'shop-canary': 7});
	});

	it('reverts through conflicts that another hand makes', async () => {
		const {splitter, server, edit, weights} = await start();
		await splitter.set({...WANTED, share: 1});
		let edits = 0;
		server.trouble = ({method}) => (method === 'PATCH' && edits < 3 ? {status: 409} : undefined);
		const reverting = splitter.revert();
		for (; edits < 3; edits++) {
			await edit('shop', ({metadata}) => {
				metadata['labels'] = {edit: String(edits)};
			});
		}
		expect(await reverting).toMatchObject({share: 0, leaseMs: 0, owner: undefined});
		expect(await weights()).toMatchObject({'shop-canary': 0});
	});

	it.each([
		[{status: 401}, 'SPLITTER_REFUSED', /kubeconfig/],
		[{status: 403}, 'SPLITTER_REFUSED', /get and patch/],
		[{status: 422}, 'SPLITTER_REFUSED', /says/],
		[{status: 400}, 'SPLITTER_REFUSED', /says/],
		[{status: 500}, 'SPLITTER_UNREACHABLE', /watchdog/],
		['cut', 'SPLITTER_UNREACHABLE', /watchdog/],
	] as const)('says what to do about %j, and the route stays', async (trouble, code, hint) => {
		const {splitter, server, weights} = await start();
		await splitter.read();
		server.trouble = first(1000, 'PATCH', trouble);
		await expect(splitter.set(WANTED)).rejects.toMatchObject({code, exitCode: 6, hint: expect.stringMatching(hint)});
		expect(await weights()).toEqual({'shop-stable': 100, 'shop-canary': 0});
	});

	it('says that the resource is unknown where the CRDs are not installed', async () => {
		const {splitter, server} = await start();
		server.trouble = () => ({status: 404});
		await expect(splitter.read()).rejects.toMatchObject({
			code: 'SPLITTER_UNKNOWN',
			message: expect.stringContaining('knows no httproutes'),
			hint: expect.stringContaining('CRDs'),
		});
	});

	it('is done with a dead server within seconds', async () => {
		const {splitter, server} = await start();
		await server.close();
		const begunMs = performance.now();
		await expect(splitter.read()).rejects.toMatchObject({code: 'SPLITTER_UNREACHABLE'});
		await expect(splitter.revert()).rejects.toMatchObject({code: 'SPLITTER_UNREACHABLE'});
		expect(performance.now() - begunMs).toBeLessThan(10_000);
	});

	it('waits 5 s for an answer', async () => {
		const {splitter, server} = await start();
		server.trouble = first(1, 'GET', 'hang');
		const begunMs = performance.now();
		expect(await splitter.read()).toMatchObject({share: 0});
		expect(performance.now() - begunMs).toBeGreaterThan(4500);
		expect(performance.now() - begunMs).toBeLessThan(9000);
	}, 15_000);

	it('measures the lease by the server’s clock, whatever this machine’s says', async () => {
		for (const skewMs of [-3_600_000, 86_400_000]) {
			const {splitter, server, get, kubeconfig} = await start();
			server.skewMs = skewMs;
			const {leaseMs} = await splitter.set(WANTED);
			expect(leaseMs).toBeGreaterThan(WANTED.leaseMs - 3000);
			const until = Date.parse((await get('shop')).metadata.annotations?.['sastaops.io/lease-until'] ?? '');
			expect(Math.abs(until - Date.now() - skewMs - WANTED.leaseMs)).toBeLessThan(3000);
			const names = {kubeconfig, route: 'shop', stable: 'shop-stable', canary: 'shop-canary'};
			const {lapse} = openRouteWatchdog(names, makeTestHost());
			expect(await lapse()).toMatchObject({kind: 'live'});
			server.skewMs += WANTED.leaseMs + 2000;
			expect(await lapse()).toMatchObject({kind: 'lapsed'});
		}
	});

	it('does not guess a clock that is not told', async () => {
		const {splitter, server, weights} = await start();
		server.tellsClock = false;
		await expect(splitter.set(WANTED)).rejects.toMatchObject({code: 'SPLITTER_UNKNOWN'});
		expect(await weights()).toEqual({'shop-stable': 100, 'shop-canary': 0});
	});

	it('lets a renewal that comes first keep the canary, however late the watchdog’s write is', async () => {
		const {splitter, server, kubeconfig, weights} = await start();
		await splitter.set({...WANTED, leaseMs: 1000});
		server.skewMs = 5000;
		const names = {kubeconfig, route: 'shop', stable: 'shop-stable', canary: 'shop-canary'};
		const {lapse} = openRouteWatchdog(names, makeTestHost());
		// The watchdog has read the lease as ended; before it writes, the lease is renewed.
		const others = await openRoute({...(await startStandInWorld()), kubeconfig});
		let isRenewed = false;
		server.trouble = ({method}) => {
			if (method !== 'PATCH' || isRenewed) return undefined;
			isRenewed = true;
			return {status: 409};
		};
		const lapsing = lapse();
		while (!isRenewed) await new Promise((done) => setTimeout(done, 1));
		await others.set(WANTED);
		expect(await lapsing).toMatchObject({kind: 'live'});
		expect(await weights()).toEqual({'shop-stable': 7500, 'shop-canary': 2500});
	});

	it('shows its token to nobody', async () => {
		const {kubeconfig, token, server} = await start();
		const host = makeTestHost();
		const {openKubernetes} = await import('../../../src/ports/splitter/kubernetes.js');
		const splitter = openKubernetes({kubeconfig, route: 'shop', stable: 'a', canary: 'b'}, host);
		server.trouble = () => ({status: 401});
		const error = await splitter.read().catch((caught: unknown) => caught);
		expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(token);
		expect(host.redact(`so ${token} is masked`)).not.toContain(token);
	});
});
