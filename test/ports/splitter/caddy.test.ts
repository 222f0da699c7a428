import {readdir} from 'node:fs/promises';
import {Agent, request as ask} from 'node:http';
import {setTimeout as delay} from 'node:timers/promises';
import {Pool} from 'undici';
import {describe, expect, it, onTestFinished} from 'vitest';
import {isSastaError} from '../../../src/kernel/errors.js';
import {openCaddy} from '../../../src/ports/splitter/caddy.js';
import type {ServedRequest, Splitter} from '../../../src/ports/splitter/splitter.js';
import {temporaryFolder} from '../../support/folder.js';
import {makeTestHost} from '../../support/host.js';
import {type CaddySetup, caddyPath, startCaddy} from '../../support/proxies/caddy.js';
import {type Sent, sendMany, session, startBackend} from '../../support/proxies/gateway.js';

const LEASE = 120_000;
const set = (splitter: Splitter, share: number, leaseMs = LEASE) => splitter.set({share, leaseMs, owner: 'run-1'});
const canaryOf = (answers: readonly Sent[]) => answers.filter(({body}) => body === 'canary').length;
const withSessions = (url: string, count: number) => sendMany(url, count, (index) => ({headers: session(index)}));
const errorOf = (work: Promise<unknown>) =>
	work.then(
		() => {
			throw new Error('it did not fail');
		},
		(error: unknown) => {
			if (!isSastaError(error)) throw error;
			return error;
		},
	);

async function startSplit(setup: Partial<CaddySetup> = {}) {
	const [stable, canary] = [await startServer('stable'), await startServer('canary')];
	const folder = await temporaryFolder();
	const caddy = await startCaddy({stable: [stable.url], canary: [canary.url], folder, ...setup});
	const open = () => {
		const splitter = openCaddy(caddy.options, makeTestHost());
		onTestFinished(() => splitter.close());
		return splitter;
	};
	return {caddy, url: caddy.url, stable, canary, folder, open, splitter: open()};
}

/** Says its name; some paths do not end as they should. */
function startServer(name: string) {
	return startBackend(name, (request, response) => {
		if (request.url === '/never') return;
		if (request.url === '/slow') return void setTimeout(() => response.end(name), 1500);
		if (request.url === '/cut') {
			response.writeHead(200, {'content-length': '100000'}).write('begun');
			return void setTimeout(() => response.destroy(), 50);
		}
		const status = /^\/status\/(\d+)/.exec(request.url ?? '')?.[1];
		if (status) response.statusCode = Number(status);
		response.setHeader('x-sastaops-side', 'canary');
		request.resume().once('end', () => response.end(name));
	});
}

/** A log line is written after the answer: a moment later for who reads both. */
async function seen(splitter: Splitter, count: number, timeoutMs = 5000) {
	const served: ServedRequest[] = [];
	let missed = 0;
	for (const limit = Date.now() + timeoutMs; ; await delay(20)) {
		const reading = await splitter.observe();
		served.push(...(reading.served ?? []));
		missed += reading.missed;
		if (served.length + missed >= count || Date.now() > limit) return {served, missed, totals: reading.totals};
	}
}

describe.skipIf(caddyPath() === undefined)('Caddy as a splitter', () => {
	it('begins at 0 %, with no lease and no owner', async () => {
		const {splitter, url, canary} = await startSplit();
		expect(await splitter.read()).toMatchObject({share: 0, leaseMs: 0, owner: undefined});
		expect(canaryOf(await withSessions(url, 200))).toBe(0);
		expect(canary.count()).toBe(0);
	});

	it('reads back what it has set, whoever the owner is, and never rounds up', async () => {
		const {splitter} = await startSplit({admin: 'unix'});
		for (const share of [0.0001, 0.57, 1]) {
			const state = await set(splitter, share);
			expect(state).toMatchObject({share, owner: 'run-1'});
			expect(state.leaseMs).toBeGreaterThan(LEASE - 3000);
			expect(state.leaseMs).toBeLessThanOrEqual(LEASE);
			expect(await splitter.read()).toMatchObject({share, owner: 'run-1', incarnation: state.incarnation});
		}
		expect((await set(splitter, 0.12349)).share).toBe(0.1234);
		for (const owner of ['-', 'ö"\\ %2D:\n{time.now.unix}"]', 'x'.repeat(200)])
			expect(await splitter.set({share: 0.1, leaseMs: LEASE, owner})).toMatchObject({owner});
	});

	it('sends the canary its share, within what chance allows, with sessions and without', async () => {
		const {splitter, url, canary} = await startSplit();
		const browser = (index: number) => ({'user-agent': `Browser/${index}.${(index * 7919) % 9973}`});
		for (const share of [0.05, 0.25]) {
			await set(splitter, share);
			for (const headers of [session, browser]) {
				const before = canary.count();
				const count = 2000;
				const found = canaryOf(await sendMany(url, count, (index) => ({headers: headers(index)})));
				expect(canary.count() - before).toBe(found);
				// Five standard deviations: one run in a million falls outside.
				expect(Math.abs(found - share * count)).toBeLessThan(5 * Math.sqrt(count * share * (1 - share)));
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
			await delay(1000);
			expect(canaryOf(await withSessions(url, 20))).toBe(20);
		}
		await delay(2200);
		const before = canary.count();
		expect(canaryOf(await withSessions(url, 500))).toBe(0);
		expect(canary.count()).toBe(before);
		expect(await splitter.read()).toMatchObject({share: 1, leaseMs: 0});
	});

	it('reverts at once, on connections that are open too, and again', async () => {
		const {splitter, url, canary} = await startSplit();
		await set(splitter, 1);
		const pool = new Pool(url, {connections: 10});
		onTestFinished(() => pool.destroy());
		const send = () =>
			Promise.all(
				Array.from({length: 50}, async () =>
					(await pool.request({path: '/', method: 'GET'})).body.text().catch(String),
				),
			);
		expect((await send()).filter((body) => body === 'canary').length).toBe(50);
		for (let again = 0; again < 2; again++) {
			expect(await splitter.revert()).toMatchObject({share: 0, leaseMs: 0, owner: undefined});
			const before = canary.count();
			await withSessions(url, 100);
			expect(canary.count()).toBe(before);
		}
		expect((await send()).filter((body) => body === 'canary').length).toBe(0);
	});

	it('does not wait for requests under way, nor cut them', async () => {
		const {splitter, url} = await startSplit();
		await set(splitter, 1);
		const slow = sendMany(url, 1, () => ({path: '/slow'}));
		await delay(200);
		const startedMs = performance.now();
		await splitter.revert();
		expect(performance.now() - startedMs).toBeLessThan(1000);
		expect(await slow).toEqual([{status: 200, body: 'canary'}]);
	});

	it('gives at most what the lease allows after a restart from what Caddy has kept', async () => {
		const {splitter, caddy, url} = await startSplit();
		const before = await set(splitter, 1, 4000);
		await caddy.kill();
		expect((await errorOf(splitter.read())).code).toBe('SPLITTER_UNREACHABLE');
		expect((await errorOf(splitter.revert())).code).toBe('SPLITTER_UNREACHABLE');
		await caddy.start('resume');
		const state = await splitter.read();
		expect(state).toMatchObject({share: 1, owner: 'run-1'});
		expect(state.incarnation).not.toBe(before.incarnation);
		expect(state.leaseMs).toBeLessThanOrEqual(4000);
		await delay((state.leaseMs ?? 0) + 100);
		await caddy.kill();
		await caddy.start('resume');
		expect(canaryOf(await withSessions(url, 100))).toBe(0);
		await caddy.kill();
		await caddy.start();
		expect(await splitter.read()).toMatchObject({share: 0, leaseMs: 0, owner: undefined});
	});

	it('tells a reload by another hand, which takes it to 0 %, and goes on after it', async () => {
		const {splitter, caddy, url, canary} = await startSplit();
		const first = (await splitter.read()).incarnation;
		const before = await set(splitter, 0.25);
		// What we do ourselves is no other life.
		expect(before.incarnation).toBe(first);
		expect((await set(splitter, 0.5)).incarnation).toBe(first);
		expect((await splitter.observe()).incarnation).toBe(first);
		await caddy.reload();
		const after = await splitter.read();
		expect(after).toMatchObject({share: 0, owner: undefined});
		expect(after.incarnation).not.toBe(first);
		const count = canary.count();
		await withSessions(url, 100);
		expect(canary.count()).toBe(count);
		expect((await set(splitter, 0.25)).incarnation).toBe(after.incarnation);
		await caddy.reload();
		expect([first, after.incarnation]).not.toContain((await splitter.read()).incarnation);
	});

	it('tells another run by its owner, in the same life', async () => {
		const {splitter, open} = await startSplit();
		const before = await set(splitter, 1);
		await open().set({share: 0.5, leaseMs: LEASE, owner: 'run-2'});
		expect(await splitter.read()).toMatchObject({share: 0.5, owner: 'run-2', incarnation: before.incarnation});
		await open().revert();
		expect(await splitter.read()).toMatchObject({share: 0, owner: undefined, incarnation: before.incarnation});
	});

	it('counts what the servers count, and sees each of a burst of 3,000 requests exactly once, while Caddy rolls its log', async () => {
		const roll = (config: string) => config.replace(/(output file \S+)/, '$1 {\n\t\t\troll_size 1MiB\n\t\t}');
		const {splitter, url, stable, canary, folder} = await startSplit({edit: roll});
		await set(splitter, 0.25);
		await withSessions(url, 50);
		await delay(100);
		expect(await splitter.observe()).toMatchObject({served: [], missed: 0});
		const before = {stable: stable.count(), canary: canary.count()};
		const sending = sendMany(url, 3000, (index) => ({
			path: `${index % 10 === 0 ? '/status/503' : '/p'}/${index}?secret=1`,
			headers: {...session(index), 'user-agent': `Browser/${index}`},
		}));
		const {served, missed, totals} = await seen(splitter, 3000, 15_000);
		await sending;
		expect(served.map(({path}) => path.split('/').at(-1)).sort()).toEqual(
			Array.from({length: 3000}, (_, index) => `${index}`).sort(),
		);
		expect(missed).toBe(0);
		expect((await readdir(folder)).filter((name) => name.startsWith('shop-')).length).toBeGreaterThan(0);
		expect(totals.stable.requests).toBe(stable.count() - before.stable);
		expect(totals.canary.requests).toBe(canary.count() - before.canary);
		expect(totals.stable.errors + totals.canary.errors).toBe(300);
		expect(new Set(served.map(({client}) => client)).size).toBe(3000);
	});

	it('blames nobody for a client that leaves', async () => {
		const {url, splitter} = await startSplit();
		await set(splitter, 1);
		await splitter.observe();
		const agent = new Agent();
		const leaving = ask(`${url}/never`, {agent}).end();
		leaving.on('error', () => undefined);
		await delay(100);
		leaving.destroy();
		const {served, totals} = await seen(splitter, 1);
		expect(served).toMatchObject([{side: 'canary', status: 0, isAborted: true, path: '/never'}]);
		expect(totals.canary).toEqual({requests: 1, errors: 0});
	});

	it('gives those who only look what they want when the canary is down, and counts each as its error', async () => {
		const {url, splitter, canary} = await startSplit();
		await set(splitter, 1);
		await splitter.observe();
		await canary.stop();
		const answers = await sendMany(url, 50, (index) => ({
			headers: session(index),
			method: index < 40 ? 'GET' : 'POST',
		}));
		expect(answers.map(({status}) => status)).toEqual(answers.map((_, index) => (index < 40 ? 200 : 502)));
		const {totals} = await seen(splitter, 50);
		expect(totals).toEqual({stable: {requests: 0, errors: 0}, canary: {requests: 50, errors: 50}});
	});

	it('does not hand the canary what stable leaves when it is down', async () => {
		const {url, splitter, stable, canary} = await startSplit();
		await set(splitter, 0.25);
		await splitter.observe();
		await stable.stop();
		const answers = await sendMany(url, 400, (index) => ({headers: session(index)}));
		const failed = answers.filter(({status}) => status === 502).length;
		expect(canary.count()).toBe(400 - failed);
		expect(failed).toBeGreaterThan(250);
		const {totals} = await seen(splitter, 400);
		expect(totals.stable).toEqual({requests: failed, errors: failed});
	});
});
