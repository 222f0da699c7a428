import {setTimeout as delay} from 'node:timers/promises';
import {Pool} from 'undici';
import {afterAll, beforeAll, describe, expect, it, onTestFinished} from 'vitest';
import {openGateway} from '../../../src/ports/splitter/gateway.js';
import type {ServedRequest, Splitter} from '../../../src/ports/splitter/splitter.js';
import {freeze} from '../../support/freeze.js';
import {makeTestHost} from '../../support/host.js';
import {
	type Backend,
	bundleCli,
	type Sent,
	sendMany,
	session,
	startBackend,
	startGateway,
	startGatewayProcess,
} from '../../support/proxies/gateway.js';

const LEASE = 60_000;
const set = (splitter: Splitter, share: number, leaseMs = LEASE) => splitter.set({share, leaseMs, owner: 'run-1'});
const canaryOf = (answers: readonly Sent[]) => answers.filter(({body}) => body === 'canary').length;

async function startPair(): Promise<{stable: Backend; canary: Backend}> {
	return {stable: await startBackend('stable'), canary: await startBackend('canary')};
}

async function startSplit() {
	const backends = await startPair();
	const gateway = await startGateway({stable: [backends.stable.url], canary: [backends.canary.url]});
	return {...gateway, ...backends};
}

/** Reads on until it has seen as many, or time is up. */
async function observeAll(splitter: Splitter, count: number): Promise<ServedRequest[]> {
	const served: ServedRequest[] = [];
	for (const limit = Date.now() + 30_000; Date.now() < limit && served.length < count; await delay(20)) {
		served.push(...((await splitter.observe()).served ?? []));
	}
	return served;
}

describe('the gateway as a splitter', () => {
	it('begins at 0 %, with no lease and no owner', async () => {
		const {splitter, url} = await startSplit();
		expect(await splitter.read()).toMatchObject({share: 0, leaseMs: 0, owner: undefined});
		expect(canaryOf(await sendMany(url, 200, (index) => ({headers: session(index)})))).toBe(0);
	});

	it('reads back what it has set, and never rounds up', async () => {
		const {splitter} = await startSplit();
		for (const share of [0.0001, 0.05, 0.07, 0.29, 0.57, 1]) {
			const state = await set(splitter, share);
			expect(state.share).toBe(share);
			expect(state.owner).toBe('run-1');
			expect(state.leaseMs).toBeGreaterThan(LEASE - 2000);
			expect(state.leaseMs).toBeLessThanOrEqual(LEASE);
		}
		expect((await set(splitter, 0.123456)).share).toBe(0.1234);
	});

	it('sends the canary its share, within what chance allows', async () => {
		const {splitter, url, canary, stable} = await startSplit();
		for (const share of [0.05, 0.25, 0.5]) {
			await set(splitter, share);
			const before = canary.count();
			const count = 2000;
			const answers = await sendMany(url, count, (index) => ({headers: session(index)}));
			const seen = canaryOf(answers);
			expect(canary.count() - before).toBe(seen);
			// Five standard deviations: one run in a million falls outside.
			expect(Math.abs(seen - share * count)).toBeLessThan(5 * Math.sqrt(count * share * (1 - share)));
		}
		expect(stable.count()).toBeGreaterThan(0);
	});

	it('lets none of 1,000 sessions leave the canary as its share grows, nor move while it stays', async () => {
		const {splitter, url} = await startSplit();
		let before = new Set<number>();
		for (const share of [0.05, 0.05, 0.25, 0.5, 1]) {
			await set(splitter, share);
			const answers = await sendMany(url, 1000, (index) => ({headers: session(index)}));
			const now = new Set(answers.flatMap(({body}, index) => (body === 'canary' ? [index] : [])));
			expect([...before].filter((index) => !now.has(index))).toEqual([]);
			expect(now.size).toBeGreaterThan(0);
			before = now;
		}
		expect(before.size).toBe(1000);
	});

	it('falls to 0 % when the lease runs out with nobody acting', async () => {
		const {splitter, url, canary} = await startSplit();
		await set(splitter, 1, 400);
		expect(canaryOf(await sendMany(url, 50, () => ({})))).toBe(50);
		await delay(450);
		const before = canary.count();
		expect(canaryOf(await sendMany(url, 200, (index) => ({headers: session(index)})))).toBe(0);
		expect(canary.count()).toBe(before);
		expect(await splitter.read()).toMatchObject({leaseMs: 0});
	});

	it('is kept alive by renewals, and reverts at once, and again', async () => {
		const {splitter, url} = await startSplit();
		for (let renewal = 0; renewal < 4; renewal++) {
			await set(splitter, 1, 500);
			await delay(250);
			expect(canaryOf(await sendMany(url, 5, () => ({})))).toBe(5);
		}
		for (let again = 0; again < 2; again++) {
			expect(await splitter.revert()).toMatchObject({share: 0, leaseMs: 0, owner: undefined});
			expect(canaryOf(await sendMany(url, 100, (index) => ({headers: session(index)})))).toBe(0);
		}
	});

	it('sees each of a burst of 2,000 requests exactly once, and counts what the servers count', async () => {
		const {splitter, url, stable, canary} = await startSplit();
		await set(splitter, 0.25);
		expect(await splitter.observe()).toMatchObject({served: [], missed: 0});

		const [served] = await Promise.all([
			observeAll(splitter, 2000),
			sendMany(url, 2000, (index) => ({path: `/p/${index}?secret=1`, headers: session(index)})),
		]);
		const {totals, missed} = await splitter.observe();

		expect(missed).toBe(0);
		expect(served.map(({path}) => path).sort()).toEqual(Array.from({length: 2000}, (_, index) => `/p/${index}`).sort());
		expect(totals).toEqual({
			stable: {requests: stable.count(), errors: 0},
			canary: {requests: canary.count(), errors: 0},
		});
		expect(served.filter(({side}) => side === 'canary')).toHaveLength(canary.count());
		expect(new Set(served.map(({client}) => client)).size).toBe(2000);
		expect(served.every(({status, durationMs, isAborted}) => status === 200 && durationMs < 5000 && !isAborted)).toBe(
			true,
		);
	});

	it('knows a client again, and does not tell who it is', async () => {
		const {splitter, url} = await startSplit();
		await splitter.observe();
		await sendMany(url, 6, (index) => ({headers: session(index % 2)}));
		const served = await observeAll(splitter, 6);
		expect(new Set(served.map(({client}) => client)).size).toBe(2);
		expect(JSON.stringify(served)).not.toContain('s-0');
	});

	it('refuses a share that is none, and stays as it was', async () => {
		const {splitter} = await startSplit();
		await set(splitter, 0.05);
		for (const share of [1.5, -0.1, Number.NaN]) {
			await expect(set(splitter, share)).rejects.toMatchObject({code: 'SPLITTER_REFUSED', exitCode: 6});
		}
		expect(await splitter.read()).toMatchObject({share: 0.05, owner: 'run-1'});
	});

	it('notices when somebody else sets it between its write and its proof', async () => {
		const {splitter, admin} = await startSplit();
		const other = openGateway({admin}, makeTestHost());
		onTestFinished(() => other.close());
		const results = await Promise.allSettled(
			Array.from({length: 40}, (_, index) =>
				(index % 2 === 0 ? splitter : other).set({share: index / 100, leaseMs: LEASE, owner: `run-${index}`}),
			),
		);
		const proved = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.owner] : []));
		const codes = results.flatMap((result) =>
			result.status === 'rejected' ? [(result.reason as {code: string}).code] : [],
		);
		// Whoever is told that it holds was the last at that moment; everybody else is told that it does not.
		expect(new Set(codes)).toEqual(new Set(['SPLITTER_UNPROVED']));
		expect(proved.length).toBeGreaterThan(0);
	});

	it('asks for the token, and says which variable to set', async () => {
		const backends = await startPair();
		const {admin} = await startGateway({
			stable: [backends.stable.url],
			canary: [backends.canary.url],
			token: 'a-token-of-the-test',
		});
		for (const token of [undefined, 'another']) {
			const stranger = openGateway({admin, token}, makeTestHost());
			onTestFinished(() => stranger.close());
			const refusal = await stranger.read().catch((error: unknown) => error as Error & {hint: string});
			expect(refusal).toMatchObject({code: 'SPLITTER_REFUSED', exitCode: 6});
			expect(refusal).toHaveProperty('hint', expect.stringContaining('SASTAOPS_GATEWAY_TOKEN'));
			expect(JSON.stringify(refusal)).not.toContain('a-token-of-the-test');
		}
	});

	it('does not take another server for the gateway', async () => {
		for (const answer of ['<html>hello</html>', '{"kind":"other"}']) {
			const other = await startBackend('other', (_request, response) => void response.end(answer));
			const splitter = openGateway({admin: other.url}, makeTestHost());
			onTestFinished(() => splitter.close());
			await expect(splitter.read()).rejects.toMatchObject({code: 'SPLITTER_UNKNOWN'});
			await expect(set(splitter, 0.1)).rejects.toMatchObject({code: 'SPLITTER_UNKNOWN'});
		}
		expect(() => openGateway({admin: 'nonsense'}, makeTestHost())).toThrow(
			expect.objectContaining({code: 'SPLITTER_UNKNOWN', exitCode: 2}),
		);
	});
});

describe('a gateway process', () => {
	let cli: Awaited<ReturnType<typeof bundleCli>>;
	beforeAll(async () => {
		cli = await bundleCli();
	});
	afterAll(() => cli.remove());

	const argumentsFor = ({stable, canary}: {stable: Backend; canary: Backend}, admin = '127.0.0.1:0') => [
		...['--listen', '127.0.0.1:0', '--stable', stable.url, '--canary', canary.url, '--admin', admin],
	];

	it('that is killed is unreachable, and one started anew is at 0 % under another name', async () => {
		const backends = await startPair();
		const first = await startGatewayProcess(cli.path, argumentsFor(backends));
		const before = await set(first.splitter, 1);
		await first.splitter.observe();
		expect(canaryOf(await sendMany(first.url, 20, () => ({})))).toBe(20);
		await first.kill('SIGKILL');
		for (const act of [
			first.splitter.read,
			first.splitter.observe,
			first.splitter.revert,
			() => set(first.splitter, 0.5),
		]) {
			await expect(act()).rejects.toMatchObject({code: 'SPLITTER_UNREACHABLE', exitCode: 6});
		}

		const port = new URL(first.admin).port;
		const second = await startGatewayProcess(cli.path, argumentsFor(backends, `127.0.0.1:${port}`));
		expect(canaryOf(await sendMany(second.url, 200, (index) => ({headers: session(index)})))).toBe(0);
		// The splitter of before goes on with the new process: its counters begin anew, and nothing it served is lost.
		const reading = await first.splitter.observe();
		expect(reading.incarnation).not.toBe(before.incarnation);
		expect(reading.totals).toEqual({stable: {requests: 200, errors: 0}, canary: {requests: 0, errors: 0}});
		expect(reading.served).toHaveLength(200);
	});

	it('finishes what is under way on TERM, closes kept connections, and takes HUP for nothing', async () => {
		const slow = await startBackend('stable', (_request, response) => {
			response.write('begun ');
			setTimeout(() => response.end('ended'), 800);
		});
		const gateway = await startGatewayProcess(cli.path, argumentsFor({stable: slow, canary: slow}));
		gateway.child.kill('SIGHUP');
		const pool = new Pool(gateway.url, {connections: 1});
		onTestFinished(() => pool.destroy());
		const answer = await pool.request({path: '/', method: 'GET'});
		const startedMs = Date.now();
		const ended = gateway.kill('SIGTERM');
		expect(await answer.body.text()).toBe('begun ended');
		await ended;
		expect(Date.now() - startedMs).toBeLessThan(3000);
		expect(gateway.child.exitCode).toBe(0);
		await expect(pool.request({path: '/', method: 'GET'})).rejects.toThrow();
	});

	it('that has stopped answering is told apart by the time it takes', async () => {
		const gateway = await startGatewayProcess(cli.path, argumentsFor(await startPair()));
		await set(gateway.splitter, 1, 4000);
		await freeze(gateway.child.pid ?? Number.NaN);
		await expect(gateway.splitter.read()).rejects.toMatchObject({code: 'SPLITTER_UNREACHABLE'});
		gateway.child.kill('SIGCONT');
		// Its lease went on meanwhile, by a clock that does not stop with it.
		expect(await gateway.splitter.read()).toMatchObject({leaseMs: 0});
		expect(canaryOf(await sendMany(gateway.url, 50, (index) => ({headers: session(index)})))).toBe(0);
	});
});
