import {execFileSync} from 'node:child_process';
import {chmod, mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, it, onTestFinished} from 'vitest';
import {isSastaError} from '../../../src/kernel/errors.js';
import {type NginxOptions, openNginx} from '../../../src/ports/splitter/nginx.js';
import {temporaryFolder} from '../../support/folder.js';
import {makeTestHost} from '../../support/host.js';
import {type Sent, sendMany, session, startBackend} from '../../support/proxies/gateway.js';
import {type NginxSetup, nginxPath, startNginx} from '../../support/proxies/nginx.js';
import {bundleSplitter, type SplitterScript} from '../../support/proxies/splitter-process.js';

const WANTED = {share: 1, leaseMs: 300_000, owner: 'run-1'};
const IS_ROOT = process.getuid?.() === 0;
const NOBODY = 65_534;

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

async function startSplit(setup: Partial<NginxSetup> = {}) {
	const [stable, canary] = [await startBackend('stable'), await startBackend('canary')];
	const folder = setup.folder ?? (await temporaryFolder());
	const nginx = await startNginx({stable: [stable.url], canary: [canary.url], ...setup, folder});
	const open = (changes: Partial<NginxOptions> = {}) => {
		const splitter = openNginx({...nginx.options, reloadTimeoutMs: 1200, ...changes}, makeTestHost());
		onTestFinished(() => splitter.close());
		return splitter;
	};
	const {file} = nginx.options;
	return {nginx, file, url: nginx.url, stable, canary, folder, open, splitter: open()};
}

/** The share that 200 sessions see. */
async function seenShare(url: string): Promise<number> {
	return canaryOf(await withSessions(url, 200)) / 200;
}

async function leftOver(folder: string): Promise<string[]> {
	return (await readdir(folder)).filter((name) => name.includes('.sastaops-'));
}

/** Fails as it is asked to, and leaves file and traffic as they were. */
async function expectUntouched(
	{file, url, folder, splitter}: Awaited<ReturnType<typeof startSplit>>,
	work: () => Promise<unknown>,
) {
	const before = await readFile(file);
	const state = await splitter.read();
	const share = await seenShare(url);
	const error = await errorOf(work());
	expect(await readFile(file)).toEqual(before);
	expect(await leftOver(folder)).toEqual([]);
	const after = await splitter.read();
	expect(after).toMatchObject({share: state.share, owner: state.owner});
	expect(after.doubt).toBeUndefined();
	expect(await seenShare(url)).toBe(share);
	return error;
}

describe.skipIf(nginxPath() === undefined)('nginx that fails', () => {
	let script: SplitterScript;
	beforeAll(async () => {
		script = await bundleSplitter('nginx');
	});
	afterAll(() => script.remove());

	it('keeps file and traffic where the shop’s configuration has a mistake elsewhere, and reverts when it is mended', async () => {
		const split = await startSplit();
		const {splitter, nginx, file, url} = split;
		await splitter.set({...WANTED, share: 0.25});
		const good = await readFile(nginx.configFile, 'utf8');
		await writeFile(nginx.configFile, good.replace('listen 127', 'lisen 127'));
		const error = await expectUntouched(split, () => splitter.set(WANTED));
		expect(error.code).toBe('SPLITTER_REFUSED');
		expect(error.details.join('\n')).toMatch(/unknown directive "lisen".*without our change too/s);

		const refused = await errorOf(splitter.revert());
		expect(refused.code).toBe('SPLITTER_REFUSED');
		expect(refused.details.join('\n')).toMatch(/says 0 %/);
		expect(await readFile(file, 'utf8')).toMatch(/^# sastaops1 \w+ \w+ 0 0 0 -$/m);
		expect((await splitter.read()).doubt).toMatch(/next reload takes the canary to 0 %/);
		expect(await seenShare(url)).toBeGreaterThan(0);

		await writeFile(nginx.configFile, good);
		expect(await splitter.revert()).toMatchObject({share: 0, leaseMs: 0});
		expect(await seenShare(url)).toBe(0);
	});

	it('keeps file and traffic where the reload fails, does nothing, or cannot be run', async () => {
		const split = await startSplit();
		await split.splitter.set({...WANTED, share: 0.25});
		for (const [reload, words] of [
			[['false'], /"false" fails/],
			[['true'], /has not loaded the new split within 1.2 s/],
			[['/no/such/program'], /fails/],
		] as const) {
			const error = await expectUntouched(split, () => split.open({reload}).set(WANTED));
			expect(error.code).toBe('SPLITTER_REFUSED');
			expect(error.message).toMatch(words);
		}
	});

	it('does not undo what another hand has set while its own change fails', async () => {
		const {open, splitter, url} = await startSplit();
		await splitter.set({...WANTED, share: 0.25});
		const failing = errorOf(open({reload: ['sleep', '1.5'], reloadTimeoutMs: 500}).set(WANTED));
		await delay(200);
		await splitter.revert();
		expect((await failing).code).toBe('SPLITTER_REFUSED');
		expect(await splitter.read()).toMatchObject({share: 0, owner: undefined});
		expect(await seenShare(url)).toBe(0);
	});

	it('says that file and nginx differ after a kill between the two, serves the old share, and is set anew', async () => {
		const {nginx, splitter, url, file, folder} = await startSplit();
		await splitter.set({...WANTED, share: 0.25, owner: 'run-0'});
		const share = await seenShare(url);
		for (const point of ['nginx.put', 'nginx.tested']) {
			const {signal} = await script.run({options: nginx.options, wanted: WANTED, fault: `${point}=kill`});
			expect(signal).toBe('SIGKILL');
			const state = await splitter.read();
			expect(state).toMatchObject({share: 0.25, owner: 'run-0'});
			expect(state.doubt).toMatch(/the next reload takes the canary to 100 %/);
			expect(await seenShare(url)).toBe(share);
			expect(await readFile(file, 'utf8')).toContain('run-1');
		}
		expect((await leftOver(folder)).length).toBeGreaterThan(0);
		const again = await splitter.set({...WANTED, share: 0.5});
		expect(again.doubt).toBeUndefined();
		expect(await splitter.read()).toEqual({...again, leaseMs: expect.any(Number)});
	});

	it('serves what was set, and says who set it, after a kill behind the reload', async () => {
		const {nginx, splitter, url} = await startSplit();
		for (const point of ['nginx.reloaded', 'nginx.loaded']) {
			await splitter.revert();
			const {signal} = await script.run({options: nginx.options, wanted: WANTED, fault: `${point}=kill`});
			expect(signal).toBe('SIGKILL');
			await delay(500);
			const state = await splitter.read();
			expect(state).toMatchObject({share: 1, owner: 'run-1'});
			expect(state.doubt).toBeUndefined();
			expect(await seenShare(url)).toBe(1);
		}
	});

	it.skipIf(!IS_ROOT)('keeps file and traffic where its folder is not to be written to', async () => {
		const split = await startSplit();
		await chmod(split.folder, 0o755);
		await split.splitter.set({...WANTED, share: 0.25});
		const before = await readFile(split.file);
		const {answer} = await script.run({options: split.nginx.options, wanted: WANTED, uid: NOBODY});
		expect(answer).toMatchObject({code: 'SPLITTER_REFUSED', message: expect.stringMatching(/EACCES/)});
		expect(await readFile(split.file)).toEqual(before);
	});

	it.skipIf(!IS_ROOT)('keeps file and traffic where another user owns the file, and only root may reload', async () => {
		const split = await startSplit();
		await chmod(split.folder, 0o777);
		await split.splitter.set({...WANTED, share: 0.25});
		const before = await readFile(split.file);
		// The test of the configuration needs root here, as its logs do.
		const options = {...split.nginx.options, test: ['true']};
		const {answer} = await script.run({options, wanted: WANTED, uid: NOBODY});
		expect(answer).toMatchObject({code: 'SPLITTER_REFUSED', message: expect.stringMatching(/-s reload" fails/)});
		expect(await readFile(split.file)).toEqual(before);
		expect(await leftOver(split.folder)).toEqual([]);
		expect(await split.splitter.read()).toMatchObject({share: 0.25});
	});

	it.skipIf(!IS_ROOT)('keeps file and traffic on a full disk, and can go back to 0 % when there is room', async () => {
		const folder = await temporaryFolder();
		const disk = join(folder, 'disk');
		await mkdir(disk);
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=40k', 'tmpfs', disk]);
		onTestFinished(() => void execFileSync('umount', ['-l', disk]));
		const file = join(disk, 'split.conf');
		await writeFile(file, await readFile('templates/canary/split.conf'));
		const started = await startSplit({folder, edit: (text) => text.replace(join(folder, 'split.conf'), file)});
		const splitter = started.open({file});
		const split = {...started, file, folder: disk, splitter};
		await splitter.set({...WANTED, share: 0.25});
		const filler = join(disk, 'filler');
		await writeFile(filler, Buffer.alloc(100_000)).catch(() => undefined);
		const error = await expectUntouched(split, () => splitter.set(WANTED));
		expect(error.message).toMatch(/ENOSPC/);
		await rm(filler);
		expect(await splitter.revert()).toMatchObject({share: 0});
	});

	it('tells a reload by another hand, which changes nothing else, and goes on after it', async () => {
		const {splitter, nginx, url} = await startSplit();
		const before = await splitter.set({...WANTED, share: 0.25});
		const share = await seenShare(url);
		expect((await splitter.observe()).incarnation).toBe(before.incarnation);
		// Our own reloads do not count.
		expect((await splitter.set({...WANTED, share: 0.25})).incarnation).toBe(before.incarnation);
		await nginx.reload();
		const after = await splitter.read();
		expect(after).toMatchObject({share: 0.25, owner: 'run-1'});
		expect(after.incarnation).not.toBe(before.incarnation);
		expect(await seenShare(url)).toBe(share);
		expect((await splitter.set({...WANTED, share: 0.25})).incarnation).toBe(after.incarnation);
		await nginx.reload();
		expect((await splitter.read()).incarnation).not.toBe(after.incarnation);
	});

	it('tells another run by its owner, in the same life', async () => {
		const {splitter, open} = await startSplit();
		const before = await splitter.set(WANTED);
		await open().set({...WANTED, share: 0.5, owner: 'run-2'});
		expect(await splitter.read()).toMatchObject({share: 0.5, owner: 'run-2', incarnation: before.incarnation});
		await open().revert();
		expect(await splitter.read()).toMatchObject({share: 0, owner: undefined, incarnation: before.incarnation});
	});

	it('knows a file that another hand has changed, and mends it by a revert', async () => {
		const {splitter, file, url} = await startSplit();
		await splitter.set({...WANTED, share: 0.25});
		const content = await readFile(file, 'utf8');
		for (const changed of [content.replace('25.00%', '90.00%'), content.replace('default over', 'default lasts'), '']) {
			await writeFile(file, changed);
			for (const work of [() => splitter.read(), () => splitter.set(WANTED)])
				expect((await errorOf(work())).code).toBe('SPLITTER_UNKNOWN');
		}
		await rm(file);
		expect((await errorOf(splitter.read())).message).toMatch(/is not there/);
		expect(await splitter.revert()).toMatchObject({share: 0});
		expect(await seenShare(url)).toBe(0);
	});

	it('says that nginx does not answer when it was killed, and leaves 0 % for its next start', async () => {
		const {splitter, nginx, file} = await startSplit();
		await splitter.set(WANTED);
		await nginx.kill();
		for (const work of [() => splitter.read(), () => splitter.observe(), () => splitter.set(WANTED)])
			expect((await errorOf(work())).code).toBe('SPLITTER_UNREACHABLE');
		const error = await errorOf(splitter.revert());
		expect(error).toMatchObject({code: 'SPLITTER_UNREACHABLE', details: [expect.stringMatching(/says 0 %/)]});
		expect(await readFile(file, 'utf8')).toMatch(/^# sastaops1 \w+ \w+ 0 0 0 -$/m);
	});

	it('knows what answers instead of an nginx that is set up', async () => {
		const {open, url} = await startSplit();
		expect((await errorOf(open({status: `${url}/sastaops-split`}).read())).code).toBe('SPLITTER_UNKNOWN');
		expect((await errorOf(open({log: '/no/such/log'}).observe())).code).toBe('SPLITTER_UNKNOWN');
	});

	it('refuses nonsense', async () => {
		const {splitter} = await startSplit();
		for (const wrong of [{share: 1.1}, {share: -0.1}, {share: Number.NaN}, {leaseMs: 3_700_000}, {owner: ''}])
			expect((await errorOf(splitter.set({...WANTED, ...wrong}))).code).toBe('SPLITTER_REFUSED');
	});
});
