import {readFile, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {describe, expect, it, onTestFinished} from 'vitest';
import {openNginx} from '../../../src/ports/splitter/nginx.js';
import {parseSplit, renderSplit} from '../../../src/ports/splitter/nginx-split.js';
import type {Splitter} from '../../../src/ports/splitter/splitter.js';
import {temporaryFolder} from '../../support/folder.js';
import {makeTestHost} from '../../support/host.js';
import {type Sent, sendMany, session, startBackend} from '../../support/proxies/gateway.js';
import {type NginxSetup, nginxPath, startNginx} from '../../support/proxies/nginx.js';

const LEASE = 300_000;
const set = (splitter: Splitter, share: number, leaseMs = LEASE) => splitter.set({share, leaseMs, owner: 'run-1'});
const canaryOf = (answers: readonly Sent[]) => answers.filter(({body}) => body === 'canary').length;
const withSessions = (url: string, count: number) => sendMany(url, count, (index) => ({headers: session(index)}));

async function startSplit(edit?: NginxSetup['edit']) {
	const [stable, canary] = [await startServer('stable'), await startServer('canary')];
	const folder = await temporaryFolder();
	const nginx = await startNginx({
		stable: [stable.url],
		canary: [canary.url],
		folder,
		...(edit ? {edit} : {}),
	});
	const open = () => {
		const splitter = openNginx(nginx.options, makeTestHost());
		onTestFinished(() => splitter.close());
		return splitter;
	};
	return {nginx, url: nginx.url, stable, canary, folder, open, splitter: open()};
}

/** Says its name, with the status that the path asks for. */
function startServer(name: string) {
	return startBackend(name, (request, response) => {
		const status = /^\/status\/(\d+)/.exec(request.url ?? '')?.[1];
		if (status) response.statusCode = Number(status);
		request.resume().once('end', () => response.end(name));
	});
}

/** A log line is written after the answer: a moment later for who reads both. */
async function served(splitter: Splitter, count: number) {
	const all: NonNullable<Awaited<ReturnType<Splitter['observe']>>['served']>[number][] = [];
	let missed = 0;
	for (const limit = Date.now() + 30_000; ; await delay(20)) {
		const reading = await splitter.observe();
		all.push(...(reading.served ?? []));
		missed += reading.missed;
		if (all.length + missed >= count || Date.now() > limit) return {served: all, missed, totals: reading.totals};
	}
}

describe.skipIf(nginxPath() === undefined)('nginx as a splitter', () => {
	it('begins at 0 %, with no lease and no owner', async () => {
		const {splitter, url, canary} = await startSplit();
		expect(await splitter.read()).toEqual({share: 0, leaseMs: 0, owner: undefined, incarnation: '0'.repeat(16)});
		expect(canaryOf(await withSessions(url, 200))).toBe(0);
		expect(canary.count()).toBe(0);
	});

	it('reads back what it has set, whoever the owner is, and never rounds up', async () => {
		const {splitter} = await startSplit();
		for (const share of [0.0001, 0.57, 1]) {
			const state = await set(splitter, share);
			expect(state).toMatchObject({share, owner: 'run-1'});
			expect(state.leaseMs).toBeGreaterThan(LEASE - 3000);
			expect(state.leaseMs).toBeLessThanOrEqual(LEASE);
			expect(await splitter.read()).toMatchObject({share, owner: 'run-1', incarnation: state.incarnation});
		}
		expect((await set(splitter, 0.12349)).share).toBe(0.1234);
		for (const owner of ['-', 'ö"\\ %2D:\n$msec;}', 'x'.repeat(200)])
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
			await delay(1000);
			expect(canaryOf(await withSessions(url, 20))).toBe(20);
		}
		await delay(2200);
		const before = canary.count();
		expect(canaryOf(await withSessions(url, 500))).toBe(0);
		expect(canary.count()).toBe(before);
		expect(await splitter.read()).toMatchObject({share: 1, leaseMs: 0});
	});

	it('gives the canary nothing where its clock stands before the lease', async () => {
		const {splitter, url, nginx} = await startSplit();
		await set(splitter, 1, 60_000);
		const split = parseSplit(await readFile(nginx.options.file, 'utf8'));
		if (split === undefined) throw new Error('no split');
		// As if it were an hour ago: nginx has no clock of its own to set.
		const later = {...split, fromS: split.fromS + 3600, endS: split.endS + 3600};
		await writeFile(nginx.options.file, renderSplit(later));
		await nginx.reload();
		expect(await splitter.read()).toMatchObject({share: 1, leaseMs: 0});
		expect(canaryOf(await withSessions(url, 50))).toBe(0);
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
		const {splitter, url, stable, canary, nginx, folder} = await startSplit();
		await set(splitter, 0.25);
		await withSessions(url, 50);
		await delay(50);
		expect(await splitter.observe()).toMatchObject({served: [], missed: 0});
		const before = {stable: stable.count(), canary: canary.count()};
		const sending = sendMany(url, 2000, (index) => ({
			path: `${index % 10 === 0 ? '/status/503' : '/p'}/${index}?secret=1`,
			headers: session(index),
		}));
		// A log that is moved away in the middle, as logrotate does it; nginx goes on in the old one for a moment.
		await delay(100);
		await rename(nginx.options.log, join(folder, 'sastaops.log.1'));
		const first = await served(splitter, 100);
		nginx.reopen();
		await sending;
		const rest = await served(splitter, 2000 - first.served.length);
		const all = [...first.served, ...rest.served];
		expect(all.map(({path}) => path.split('/').at(-1)).sort()).toEqual(
			Array.from({length: 2000}, (_, index) => `${index}`).sort(),
		);
		expect(first.missed + rest.missed).toBe(0);
		expect(rest.totals.stable.requests).toBe(stable.count() - before.stable);
		expect(rest.totals.canary.requests).toBe(canary.count() - before.canary);
		expect(rest.totals.stable.errors + rest.totals.canary.errors).toBe(200);
		expect(new Set(all.map(({client}) => client)).size).toBeGreaterThan(1900);
	});
});
