import {execFile} from 'node:child_process';
import {copyFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {promisify} from 'node:util';
import {describe, expect, it} from 'vitest';
import {freePort} from '../../../src/local/free-port.js';
import {temporaryFolder} from '../../support/folder.js';
import {sendMany, session} from '../../support/proxies/gateway.js';
import {fillTemplate, haproxyPath} from '../../support/proxies/haproxy.js';
import {
	canaryOf,
	observeAll,
	setShare as set,
	startHaproxySplit as startSplit,
} from '../../support/proxies/haproxy-split.js';

const LEASE = 60_000;
const withSessions = (url: string, count: number) => sendMany(url, count, (index) => ({headers: session(index)}));

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
		await delay(100);
		expect(await splitter.observe()).toMatchObject({served: [], missed: 0});
		const [{served, missed}] = await Promise.all([
			observeAll(splitter, 2000),
			sendMany(url, 2000, (index) => ({path: `/p/${index}?secret=1`, headers: session(index)})),
		]);
		const paths = served.map(({path}) => path);
		expect(missed).toBe(0);
		const {totals} = await splitter.observe();
		expect(paths.sort()).toEqual(Array.from({length: 2000}, (_, index) => `/p/${index}`).sort());
		expect(totals).toEqual({
			stable: {requests: stable.count(), errors: 0},
			canary: {requests: canary.count(), errors: 0},
		});
	});

	it('lets what is under way at the canary end there when its share goes to 0', async () => {
		const handler = (_request: unknown, response: {end(text: string): void}) =>
			void setTimeout(() => response.end('late'), 600);
		const {splitter, url, canary} = await startSplit({handler});
		await set(splitter, 1);
		const slow = sendMany(url, 10, (index) => ({path: '/x-slow', headers: session(index)}));
		while (canary.count() < 10) await delay(10);
		await splitter.revert();
		expect(canaryOf(await withSessions(url, 50))).toBe(0);
		expect((await slow).map(({status, body}) => `${status} ${body}`)).toEqual(Array(10).fill('200 late'));
	});

	it('is steered over TCP as well', async () => {
		const port = await freePort();
		const edit = (config: string) =>
			config.replace('stats timeout 2m', `stats socket ipv4@127.0.0.1:${port} level admin\n\tstats timeout 2m`);
		const {open, url} = await startSplit({edit});
		const splitter = open({address: `127.0.0.1:${port}`});
		await splitter.observe();
		await set(splitter, 1);
		expect(canaryOf(await withSessions(url, 20))).toBe(20);
		expect(await observeAll(splitter, 20)).toMatchObject({missed: 0, served: {length: 20}});
	});

	it('gives totals alone where it is told of no ring', async () => {
		const {open, url} = await startSplit();
		const splitter = open({ring: undefined});
		await withSessions(url, 20);
		await delay(100);
		expect(await splitter.observe()).toMatchObject({served: undefined, missed: 0, totals: {stable: {requests: 20}}});
	});

	it('has a template that HAProxy takes without a warning', async () => {
		const folder = await temporaryFolder();
		const mapFile = join(folder, 'canary.map');
		await copyFile('templates/canary/canary.map', mapFile);
		const config = await fillTemplate({
			...{stable: ['http://127.0.0.1:3001'], canary: ['http://127.0.0.1:3002'], folder, port: 8080},
			...{socket: join(folder, 'h.sock'), mapFile},
		});
		await writeFile(join(folder, 'haproxy.cfg'), config);
		const {stdout, stderr} = await promisify(execFile)(haproxyPath() ?? '', ['-c', '-f', join(folder, 'haproxy.cfg')]);
		expect(stdout + stderr).toBe('Configuration file is valid\n');
	});
});
