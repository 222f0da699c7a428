import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openRouteWatchdog} from '../../../src/ports/splitter/kubernetes.js';
import type {Splitter} from '../../../src/ports/splitter/splitter.js';
import {makeTestHost} from '../../support/host.js';
import {REAL_PARTS, type RealApiServer, startRealApiServer} from '../../support/kubernetes/real.js';
import {
	httpRoute,
	type KubernetesWorld,
	makeWorld,
	openRoute,
	splitRule,
	startStandInWorld,
} from '../../support/kubernetes/world.js';

const LEASE = 120_000;
const set = (splitter: Splitter, share: number, leaseMs = LEASE, owner = 'run-1') =>
	splitter.set({share, leaseMs, owner});
const watch = ({kubeconfig}: KubernetesWorld) =>
	openRouteWatchdog({kubeconfig, route: 'shop', stable: 'shop-stable', canary: 'shop-canary'}, makeTestHost());

const servers = [
	{name: 'a stand-in', isReal: false},
	...(REAL_PARTS === undefined ? [] : [{name: 'kube-apiserver', isReal: true}]),
];

describe.each(servers)('an HTTPRoute as a splitter, on $name', ({isReal}) => {
	let real: RealApiServer | undefined;
	beforeAll(async () => {
		if (isReal) real = await startRealApiServer(REAL_PARTS ?? '');
	}, 180_000);
	afterAll(() => real?.close());

	async function start(route: object = httpRoute()) {
		const world = real === undefined ? await startStandInWorld() : await makeWorld(real, true);
		await world.create(route);
		return {world, splitter: await openRoute(world)};
	}

	it('begins at 0 %, with no lease and no owner', async () => {
		const {splitter} = await start();
		expect(await splitter.read()).toMatchObject({share: 0, leaseMs: 0, owner: undefined});
	});

	it('reads back what it has set, whoever the owner is, and never rounds up', async () => {
		const {splitter, world} = await start();
		for (const share of [0.0001, 0.05, 0.07, 0.29, 1]) {
			const state = await set(splitter, share);
			expect(state).toMatchObject({share, owner: 'run-1'});
			expect(state.leaseMs).toBeGreaterThan(LEASE - 3000);
			expect(state.leaseMs).toBeLessThanOrEqual(LEASE);
			expect(await splitter.read()).toMatchObject({share, owner: 'run-1'});
		}
		expect((await set(splitter, 0.12349)).share).toBe(0.1234);
		expect(await world.weights()).toEqual({'shop-stable': 8766, 'shop-canary': 1234});
		expect(await splitter.set({share: 0.1, leaseMs: LEASE, owner: 'ö"\\ %2D:~/'})).toMatchObject({
			owner: 'ö"\\ %2D:~/',
		});
	});

	it('notes the lease’s end as RFC 3339, and changes nothing but weights and its annotations', async () => {
		const {splitter, world} = await start();
		await world.edit('shop', ({metadata}) => {
			metadata.annotations = {'example.com/other': 'stays'};
		});
		const before = await world.get('shop');
		await set(splitter, 0.05);
		const after = await world.get('shop');
		const {'example.com/other': other, ...ours} = after.metadata.annotations ?? {};
		expect(other).toBe('stays');
		expect(Object.keys(ours).sort()).toEqual([
			'sastaops.io/generation',
			'sastaops.io/lease-until',
			'sastaops.io/owner',
		]);
		expect(ours['sastaops.io/lease-until']).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
		for (const {backendRefs} of [...before.spec.rules, ...after.spec.rules])
			for (const ref of backendRefs) delete ref.weight;
		expect(after.spec).toEqual(before.spec);
		await splitter.revert();
		expect((await world.get('shop')).metadata.annotations).toEqual({'example.com/other': 'stays'});
	});

	it('renews without making a new generation: the gateway has nothing to do again', async () => {
		const {splitter, world} = await start();
		await set(splitter, 0.05, 60_000);
		const {metadata} = await world.get('shop');
		await delay(1100);
		const renewed = await set(splitter, 0.05, LEASE);
		expect(renewed.leaseMs).toBeGreaterThan(60_000);
		expect((await world.get('shop')).metadata.generation).toBe(metadata.generation);
	});

	it('finds the Services by name, in every rule that has both, whatever their order', async () => {
		const {splitter, world} = await start(
			httpRoute([
				splitRule([
					{name: 'shop-canary', weight: 0},
					{name: 'shop-stable', weight: 1},
				]),
				splitRule([{name: 'search'}]),
				splitRule([{name: 'shop-stable'}]),
				splitRule([
					{name: 'shop-stable', weight: 1},
					{name: 'shop-canary', weight: 0},
				]),
			]),
		);
		await set(splitter, 0.25);
		const {spec} = await world.get('shop');
		expect(spec.rules.map(({backendRefs}) => backendRefs.map(({name, weight = 1}) => `${name} ${weight}`))).toEqual([
			['shop-canary 2500', 'shop-stable 7500'],
			['search 1'],
			['shop-stable 1'],
			['shop-stable 7500', 'shop-canary 2500'],
		]);
	});

	it('never gives a weight to the wrong Service when another hand re-orders them meanwhile', async () => {
		const {splitter, world} = await start();
		await set(splitter, 0.05);
		await world.edit('shop', ({spec}) => void spec.rules[0]?.backendRefs.reverse());
		await expect(set(splitter, 0.25)).rejects.toMatchObject({code: 'SPLITTER_REFUSED'});
		expect(await world.weights()).toEqual({'shop-stable': 9500, 'shop-canary': 500});
		await splitter.read();
		await set(splitter, 0.25);
		expect(await world.weights()).toEqual({'shop-stable': 7500, 'shop-canary': 2500});
	});

	it('says who else has changed the route, and does not overwrite what it has not told of', async () => {
		const {splitter, world} = await start();
		await set(splitter, 0.05);
		await world.edit('shop', ({spec}) => {
			for (const ref of spec.rules[0]?.backendRefs ?? []) ref.weight = 50;
		});
		const refusal = await set(splitter, 0.25).catch((error: unknown) => error);
		expect(refusal).toMatchObject({code: 'SPLITTER_REFUSED', message: expect.stringContaining('kubectl-edit')});
		expect(await world.weights()).toEqual({'shop-stable': 50, 'shop-canary': 50});
		expect(await splitter.read()).toMatchObject({share: 0.5, owner: 'kubectl-edit'});
		expect(await set(splitter, 0.25)).toMatchObject({share: 0.25, owner: 'run-1'});
	});

	it('does not take a label or a status for another hand', async () => {
		const {splitter, world} = await start();
		await set(splitter, 0.05);
		await world.edit('shop', ({metadata}) => {
			metadata['labels'] = {tier: 'front'};
		});
		expect(await splitter.read()).toMatchObject({share: 0.05, owner: 'run-1'});
		expect(await set(splitter, 0.25)).toMatchObject({share: 0.25, owner: 'run-1'});
	});

	it('refuses a route that another run holds, until it has been looked at', async () => {
		const {splitter, world} = await start();
		const other = await openRoute(world);
		await other.read();
		await set(splitter, 0.05, LEASE, 'run-1');
		await expect(set(other, 0.5, LEASE, 'run-2')).rejects.toMatchObject({code: 'SPLITTER_REFUSED'});
		expect(await world.weights()).toEqual({'shop-stable': 9500, 'shop-canary': 500});
	});

	it('lets one of two runs that write at once win, and tells the other', async () => {
		const {splitter, world} = await start();
		const splitters = [splitter, ...(await Promise.all([1, 2, 3].map(() => openRoute(world))))];
		await Promise.all(splitters.map((each) => each.read()));
		const outcomes = await Promise.allSettled(
			splitters.map((each, index) => set(each, (index + 1) / 10, LEASE, `run-${index}`)),
		);
		const winners = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value] : []));
		expect(winners).toHaveLength(1);
		expect(await splitter.read()).toMatchObject({share: winners[0]?.share, owner: winners[0]?.owner});
		for (const outcome of outcomes) {
			if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({code: /SPLITTER_(?:REFUSED|UNPROVED)/});
		}
	});

	it('reverts from any state, and again, and leaves the weights of stable as it found them at 0 %', async () => {
		const {splitter, world} = await start();
		await splitter.revert();
		expect(await world.weights()).toEqual({'shop-stable': 100, 'shop-canary': 0});
		await set(splitter, 1);
		expect(await world.weights()).toEqual({'shop-stable': 0, 'shop-canary': 10_000});
		for (const weight of [undefined, 0, 50]) {
			await world.edit('shop', ({spec}) => {
				for (const ref of spec.rules[0]?.backendRefs ?? []) {
					if (weight === undefined) delete ref.weight;
					else ref.weight = weight;
				}
			});
			for (let again = 0; again < 2; again++) {
				expect(await splitter.revert()).toMatchObject({share: 0, leaseMs: 0, owner: undefined});
				expect(await world.weights()).toMatchObject({'shop-canary': 0, 'shop-stable': 10_000});
			}
		}
	});

	it('tells a route that was made anew by its incarnation', async () => {
		const {splitter, world} = await start();
		const before = await set(splitter, 0.05);
		await world.send('DELETE', `/apis/gateway.networking.k8s.io/v1/namespaces/${world.namespace}/httproutes/shop`);
		await expect(splitter.read()).rejects.toMatchObject({code: 'SPLITTER_UNKNOWN'});
		await world.create(httpRoute());
		const after = await splitter.read();
		expect(after).toMatchObject({share: 0, leaseMs: 0});
		expect(after.incarnation).not.toBe(before.incarnation);
	});

	it('refuses rules whose share nobody could say', async () => {
		const wrong = [
			[splitRule([{name: 'shop-canary', weight: 1}])],
			[splitRule([{name: 'shop-stable'}, {name: 'shop-canary'}, {name: 'old'}])],
			[
				splitRule([
					{name: 'shop-stable', weight: 0},
					{name: 'shop-canary', weight: 0},
				]),
			],
			[splitRule([{name: 'shop-stable'}])],
		];
		for (const rules of wrong) {
			const {splitter} = await start(httpRoute(rules));
			await expect(splitter.read()).rejects.toMatchObject({code: 'SPLITTER_UNKNOWN', exitCode: 6});
			await expect(set(splitter, 0.5)).rejects.toMatchObject({code: 'SPLITTER_UNKNOWN'});
		}
	});

	it('says what is missing: the route, its resource, the right to it', async () => {
		const {world} = await start();
		const absent = await openRoute(world, {route: 'nothing'});
		await expect(absent.read()).rejects.toMatchObject({
			code: 'SPLITTER_UNKNOWN',
			message: expect.stringContaining('nothing'),
		});
		const notAName = await openRoute(world, {route: 'no/such?name'});
		await expect(notAName.read()).rejects.toMatchObject({code: /SPLITTER_(?:UNKNOWN|REFUSED)/});
	});

	describe('its watchdog', () => {
		it('does nothing while the lease lasts, where there is none, and at 0 %', async () => {
			const {splitter, world} = await start();
			const {lapse} = await watch(world);
			const {metadata} = await world.get('shop');
			expect(await lapse()).toEqual({kind: 'idle'});
			expect((await world.get('shop')).metadata.resourceVersion).toBe(metadata.resourceVersion);
			await set(splitter, 0.05);
			const live = await world.get('shop');
			expect(await lapse()).toMatchObject({kind: 'live', owner: 'run-1'});
			expect((await world.get('shop')).metadata.resourceVersion).toBe(live.metadata.resourceVersion);
			// Set by hand, without a lease: none of its business.
			await splitter.revert();
			await world.edit('shop', ({spec}) => {
				for (const ref of spec.rules[0]?.backendRefs ?? []) ref.weight = 50;
			});
			expect(await lapse()).toEqual({kind: 'idle'});
			expect(await splitter.read()).toMatchObject({share: 0.5, leaseMs: undefined});
		});

		it('takes the canary to 0 % once the lease has ended with nobody acting, once', async () => {
			const {splitter, world} = await start();
			const {lapse} = await watch(world);
			await set(splitter, 0.25, 1000);
			await delay(2100);
			// Nobody has taken it away yet, and no state may say so.
			expect((await splitter.read()).leaseMs).toBe(1);
			expect(await lapse()).toEqual({kind: 'lapsed', share: 0.25, owner: 'run-1'});
			expect(await world.weights()).toMatchObject({'shop-canary': 0, 'shop-stable': 10_000});
			const {metadata} = await world.get('shop');
			expect(await lapse()).toEqual({kind: 'idle'});
			expect((await world.get('shop')).metadata.resourceVersion).toBe(metadata.resourceVersion);
			expect(await splitter.read()).toMatchObject({share: 0.25, leaseMs: 0, owner: 'run-1'});
			expect(await set(splitter, 0.25)).toMatchObject({share: 0.25, owner: 'run-1'});
			expect(await world.weights()).toMatchObject({'shop-canary': 2500});
		});

		it('takes a lease that it cannot read, or that ends in a year, for one that has ended', async () => {
			const {splitter, world} = await start();
			const {lapse} = await watch(world);
			for (const until of ['soon', new Date(Date.now() + 365 * 86_400_000).toISOString(), '']) {
				await set(splitter, 0.25);
				await world.edit('shop', ({metadata}) => {
					metadata.annotations = {...metadata.annotations, 'sastaops.io/lease-until': until};
				});
				expect(await lapse()).toMatchObject({kind: 'lapsed'});
				expect(await world.weights()).toMatchObject({'shop-canary': 0});
			}
		});

		it('ends a lease even where another hand has changed the weights', async () => {
			const {splitter, world} = await start();
			const {lapse} = await watch(world);
			await set(splitter, 0.05, 1000);
			await world.edit('shop', ({spec}) => {
				for (const ref of spec.rules[0]?.backendRefs ?? []) ref.weight = 50;
			});
			await delay(2100);
			expect(await lapse()).toMatchObject({kind: 'lapsed', share: 0.5});
			expect(await world.weights()).toMatchObject({'shop-canary': 0});
		});
	});
});
