import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openKubernetesApi} from '../../../src/ports/splitter/kubernetes-api.js';
import {makeArgoSplit} from '../../../src/ports/splitter/kubernetes-argo.js';
import {makeTestHost} from '../../support/host.js';
import {REAL_PARTS, type RealApiServer, startRealApiServer} from '../../support/kubernetes/real.js';
import {type KubernetesWorld, makeWorld, openRoute, startStandInWorld} from '../../support/kubernetes/world.js';

const STEPS = [{setWeight: 5}, {pause: {}}, {setWeight: 25}, {pause: {}}, {setWeight: 100}, {pause: {}}];
const WANTED = {leaseMs: 120_000, owner: 'run-1'};

function makeRollout(canary: object = {trafficRouting: {}, steps: STEPS}): object {
	const labels = {app: 'shop'};
	return {
		apiVersion: 'argoproj.io/v1alpha1',
		kind: 'Rollout',
		metadata: {name: 'shop'},
		spec: {
			selector: {matchLabels: labels},
			template: {metadata: {labels}, spec: {containers: [{name: 'shop', image: 'shop:1'}]}},
			strategy: {canary},
		},
	};
}

const servers = [
	{name: 'a stand-in', isReal: false},
	...(REAL_PARTS === undefined ? [] : [{name: 'kube-apiserver', isReal: true}]),
];

describe.each(servers)('a Rollout as a splitter, on $name', ({isReal}) => {
	let real: RealApiServer | undefined;
	beforeAll(async () => {
		if (isReal) real = await startRealApiServer(REAL_PARTS ?? '');
	}, 180_000);
	afterAll(() => real?.close());

	async function start(rollout = makeRollout()) {
		const world = real === undefined ? await startStandInWorld() : await makeWorld(real, true);
		await world.create(rollout);
		return {world, splitter: await openRoute(world, {route: undefined, rollout: 'shop'})};
	}

	/** What Argo's controller reports, which is not here. */
	async function report(world: KubernetesWorld, step: number, {isPaused = true, weight = 0, isDone = false} = {}) {
		const {status = {}} = await world.get('shop', 'rollouts');
		const pauseConditions = isPaused ? [{reason: 'CanaryPauseStep', startTime: '2026-01-01T00:00:00Z'}] : null;
		const weights = {canary: {weight}, stable: {weight: 100 - weight}};
		await world.send(
			'PATCH',
			`/apis/argoproj.io/v1alpha1/namespaces/${world.namespace}/rollouts/shop/status`,
			{
				status: {
					...status,
					...{currentStepIndex: step, pauseConditions, canary: {weights}},
					...{currentPodHash: 'new', stableRS: isDone ? 'new' : 'old'},
				},
			},
			'application/merge-patch+json',
		);
	}

	/** Does what the controller would, once it is told to go on or to abort. */
	async function playController(world: KubernetesWorld, weight: number) {
		for (;;) {
			const {status = {}} = await world.get('shop', 'rollouts');
			if (status['abort'] === true) return report(world, 0, {isPaused: false, weight: 0});
			if ((status['pauseConditions'] ?? null) === null) return report(world, 3, {weight});
			await delay(20);
		}
	}

	it('reads the weight that Argo reports', async () => {
		const {world, splitter} = await start();
		expect(await splitter.read()).toMatchObject({share: 0, leaseMs: undefined, owner: undefined});
		await report(world, 1, {weight: 5});
		expect(await splitter.read()).toMatchObject({share: 0.05});
	});

	it('lets it go on to its next weight, and waits until it is there', async () => {
		const {world, splitter} = await start();
		await report(world, 1, {weight: 5});
		const [state] = await Promise.all([splitter.set({...WANTED, share: 0.25}), playController(world, 25)]);
		expect(state).toMatchObject({share: 0.25});
	});

	it('lets one go on that was paused by hand', async () => {
		const {world, splitter} = await start();
		await report(world, 1, {weight: 5});
		await world.edit('shop', (object) => void Object.assign(object.spec, {paused: true}), {kind: 'rollouts'});
		await Promise.all([splitter.set({...WANTED, share: 0.25}), playController(world, 25)]);
		expect((await world.get('shop', 'rollouts')).spec['paused']).not.toBe(true);
	});

	it('has nothing to renew: Argo keeps no lease', async () => {
		const {world, splitter} = await start();
		await report(world, 1, {weight: 5});
		const {metadata} = await world.get('shop', 'rollouts');
		expect(await splitter.set({...WANTED, share: 0.05})).toMatchObject({share: 0.05, leaseMs: undefined});
		expect((await world.get('shop', 'rollouts')).metadata.resourceVersion).toBe(metadata.resourceVersion);
	});

	it('refuses weights that Argo’s steps do not say, and a rollout that is under way', async () => {
		const {world, splitter} = await start();
		await report(world, 1, {weight: 5});
		for (const share of [0.1, 0, 1]) {
			await expect(splitter.set({...WANTED, share})).rejects.toMatchObject({
				code: 'SPLITTER_REFUSED',
				message: expect.stringContaining('its next step is 25 %'),
				details: [expect.stringContaining('it stays at 5 %')],
			});
		}
		await report(world, 2, {weight: 5, isPaused: false});
		await expect(splitter.set({...WANTED, share: 0.25})).rejects.toMatchObject({
			code: 'SPLITTER_REFUSED',
			message: expect.stringContaining('goes on by itself'),
		});
		await report(world, 5, {weight: 100});
		await expect(splitter.set({...WANTED, share: 0.5})).rejects.toMatchObject({code: 'SPLITTER_REFUSED'});
	});

	it('aborts, waits until the canary has nothing, and may be told again', async () => {
		const {world, splitter} = await start();
		await report(world, 3, {weight: 25});
		const [state] = await Promise.all([splitter.revert(), playController(world, 0)]);
		expect(state).toMatchObject({share: 0});
		expect((await world.get('shop', 'rollouts')).status).toMatchObject({abort: true});
		expect(await splitter.revert()).toMatchObject({share: 0});
	});

	it('does not abort what is complete', async () => {
		const {world, splitter} = await start();
		await report(world, 6, {isPaused: false, isDone: true});
		expect(await splitter.revert()).toMatchObject({share: 0});
		expect((await world.get('shop', 'rollouts')).status?.['abort']).toBeUndefined();
	});

	it('does not say 0 % where the controller has not done what it was told', async () => {
		const {world} = await start();
		await report(world, 3, {weight: 25});
		let nowMs = 0;
		const sleep = async (ms: number) => {
			nowMs += ms;
		};
		const host = makeTestHost({monotonicMs: () => nowMs, sleep});
		const api = openKubernetesApi({kubeconfig: world.kubeconfig}, host);
		await expect(makeArgoSplit({api, rollout: 'shop'}, host).revert()).rejects.toMatchObject({
			code: 'SPLITTER_UNPROVED',
			details: [expect.stringContaining('25 %'), expect.stringContaining('aborted')],
		});
	});

	it('refuses a rollout that divides no traffic, and says so where there is none', async () => {
		const {world, splitter} = await start(makeRollout({steps: STEPS}));
		await expect(splitter.read()).rejects.toMatchObject({
			code: 'SPLITTER_UNKNOWN',
			message: expect.stringContaining('pods'),
		});
		const absent = await openRoute(world, {route: undefined, rollout: 'other'});
		await expect(absent.read()).rejects.toMatchObject({code: 'SPLITTER_UNKNOWN'});
	});
});
