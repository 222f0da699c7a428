import {setTimeout as delay} from 'node:timers/promises';
import {describe, expect, it, onTestFinished} from 'vitest';
import {openHaproxy} from '../../../src/ports/splitter/haproxy.js';
import type {Splitter} from '../../../src/ports/splitter/splitter.js';
import {temporaryFolder} from '../../support/folder.js';
import {makeTestHost} from '../../support/host.js';
import {type Sent, sendMany, session, startBackend} from '../../support/proxies/gateway.js';
import {type HaproxyOptions, haproxyPath, startHaproxy} from '../../support/proxies/haproxy.js';

const LEASE = 60_000;
const set = (splitter: Splitter, share: number, leaseMs = LEASE) => splitter.set({share, leaseMs, owner: 'run-1'});
const canaryOf = (answers: readonly Sent[]) => answers.filter(({body}) => body === 'canary').length;
const withSessions = (url: string, count: number) => sendMany(url, count, (index) => ({headers: session(index)}));

async function startSplit(edit?: HaproxyOptions['edit']) {
	const [stable, canary] = [await startServer('stable'), await startServer('canary')];
	const haproxy = await startHaproxy({
		stable: [stable.url],
		canary: [canary.url],
		folder: await temporaryFolder(),
		...(edit ? {edit} : {}),
	});
	const open = (changes: Partial<Parameters<typeof openHaproxy>[0]> = {}) => {
		const {socket: address, mapFile: map, ring} = haproxy;
		const options = {address, map, ring, stable: 'shop_stable', canary: 'shop_canary', ...changes};
		const splitter = openHaproxy(options, makeTestHost());
		onTestFinished(() => splitter.close());
		return splitter;
	};
	return {haproxy, url: haproxy.url, stable, canary, open, splitter: open()};
}

/** Says its name; counts what shoppers ask, not what HAProxy checks. */
async function startServer(name: string) {
	let count = 0;
	const backend = await startBackend(name, (request, response) => {
		if (request.url !== '/health') count++;
		const status = /^\/status\/(\d+)/.exec(request.url ?? '')?.[1];
		if (status) response.statusCode = Number(status);
		request.resume().once('end', () => response.end(name));
	});
	return {...backend, count: () => count};
}

describe.skipIf(haproxyPath() === undefined)('HAProxy as a splitter', () => {
	it('begins at 0 %, with no lease and no owner', async () => {
		const {splitter, url, canary} = await startSplit();
		expect(await splitter.read()).toMatchObject({share: 0, leaseMs: 0, owner: undefined});
		expect(canaryOf(await withSessions(url, 200))).toBe(0);
		expect(canary.count()).toBe(0);
	});

	it('reads back what it has set, whoever the owner is, and never rounds up', async () => {
		const {splitter} = await startSplit();
		for (const share of [0.0001, 0.05, 0.07, 0.29, 0.57, 1]) {
			const state = await set(splitter, share);
			expect(state).toMatchObject({share, owner: 'run-1'});
			expect(state.leaseMs).toBeGreaterThan(LEASE - 1500);
			expect(state.leaseMs).toBeLessThanOrEqual(LEASE);
		}
		expect((await set(splitter, 0.12349)).share).toBe(0.1234);
		for (const owner of ['-', 'a b;set map', 'ö"\\ %2D:\n', 'x'.repeat(200)]) {
			expect(await splitter.set({share: 0.1, leaseMs: LEASE, owner})).toMatchObject({owner});
		}
	});

	it('sends the canary its share, within what chance allows, with sessions and without', async () => {
		const {splitter, url, canary} = await startSplit();
		for (const headers of [session, () => ({}), () => ({cookie: 'sid='})]) {
			for (const share of [0.05, 0.25]) {
				await set(splitter, share);
				const before = canary.count();
				const count = 2000;
				const seen = canaryOf(await sendMany(url, count, (index) => ({headers: headers(index)})));
				expect(canary.count() - before).toBe(seen);
				// Five standard deviations: one run in a million falls outside.
				expect(Math.abs(seen - share * count)).toBeLessThan(5 * Math.sqrt(count * share * (1 - share)));
			}
		}
	});

	it('lets none of 1,000 sessions leave the canary as its share grows, nor move while it stays', async () => {
		const {splitter, url} = await startSplit();
		let before = new Set<number>();
		for (const share of [0.05, 0.05, 0.25, 0.5, 1]) {
			await set(splitter, share);
			const answers = await withSessions(url, 1000);
			const now = new Set(answers.flatMap(({body}, index) => (body === 'canary' ? [index] : [])));
			expect([...before].filter((index) => !now.has(index))).toEqual([]);
			if (share === 0.05 && before.size > 0) expect(now).toEqual(before);
			before = now;
		}
		expect(before.size).toBe(1000);
	});

	it('falls to 0 % when the lease runs out with nobody acting, and is kept alive by renewals', async () => {
		const {splitter, url, canary} = await startSplit();
		for (let renewal = 0; renewal < 3; renewal++) {
			await set(splitter, 1, 3000);
			await delay(1500);
			expect(canaryOf(await withSessions(url, 20))).toBe(20);
		}
		await delay(3000);
		const before = canary.count();
		expect(canaryOf(await withSessions(url, 500))).toBe(0);
		expect(canary.count()).toBe(before);
		expect(await splitter.read()).toMatchObject({leaseMs: 0});
	});

	it('reverts at once, and again', async () => {
		const {splitter, url} = await startSplit();
		await set(splitter, 1);
		for (let again = 0; again < 2; again++) {
			expect(await splitter.revert()).toMatchObject({share: 0, leaseMs: 0, owner: undefined});
			expect(canaryOf(await withSessions(url, 100))).toBe(0);
		}
	});

	it('counts what the servers count, and sees each of a burst of 2,000 requests exactly once', async () => {
		const {splitter, url, stable, canary} = await startSplit();
		await set(splitter, 0.25);
		await withSessions(url, 50);
		expect(await splitter.observe()).toMatchObject({served: [], missed: 0});
		const paths: string[] = [];
		const sending = sendMany(url, 2000, (index) => ({path: `/p/${index}?secret=1`, headers: session(index)}));
		let isDone = false;
		void sending.finally(() => {
			isDone = true;
		});
		for (let isLast = false; !isLast; await delay(50)) {
			isLast = isDone;
			const {served, missed} = await splitter.observe();
			expect(missed).toBe(0);
			paths.push(...(served ?? []).map(({path}) => path));
		}
		const {totals} = await splitter.observe();
		expect(paths.sort()).toEqual(Array.from({length: 2000}, (_, index) => `/p/${index}`).sort());
		expect(totals).toEqual({
			stable: {requests: stable.count(), errors: 0},
			canary: {requests: canary.count(), errors: 0},
		});
	});
});
