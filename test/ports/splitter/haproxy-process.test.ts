import {type ChildProcess, execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmod, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {promisify} from 'node:util';
import {build} from 'esbuild';
import {afterAll, beforeAll, describe, expect, it, onTestFinished} from 'vitest';
import {type Haproxy, haproxyPath} from '../../support/proxies/haproxy.js';
import {setShare, startHaproxySplit} from '../../support/proxies/haproxy-split.js';
import {chooseSeed, IS_FULL, makeRandom} from '../../support/sweep.js';

describe.skipIf(haproxyPath() === undefined)('a process that steers HAProxy', () => {
	let folder: string;
	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'sastaops-haproxy-'));
		await build({
			entryPoints: [resolve('src/ports/splitter/haproxy.ts')],
			outfile: join(folder, 'haproxy.mjs'),
			bundle: true,
			format: 'esm',
			platform: 'node',
			logLevel: 'error',
		});
		await chmod(folder, 0o755);
	});
	afterAll(() => rm(folder, {recursive: true, force: true}));

	/** A script that has `splitter`. */
	async function writeScript(haproxy: Haproxy, body: string): Promise<string> {
		const options = {address: haproxy.socket, map: haproxy.mapFile, stable: 'shop_stable', canary: 'shop_canary'};
		const path = join(folder, `script-${haproxy.pid()}.mjs`);
		const host = '{monotonicMs: () => performance.now(), sleep: (ms) => new Promise((done) => setTimeout(done, ms))}';
		await writeFile(
			path,
			`import {openHaproxy} from './haproxy.mjs';
			const splitter = openHaproxy(${JSON.stringify({...options, ring: haproxy.ring})}, ${host});
			${body}`,
		);
		return path;
	}

	it('is told when it may not write to the socket', async () => {
		const {haproxy, splitter} = await startHaproxySplit();
		await setShare(splitter, 0.05);
		const script = await writeScript(
			haproxy,
			`const acts = [splitter.read, splitter.observe, splitter.revert, () => splitter.set({share: 1, leaseMs: 9000, owner: 'x'})];
			const errors = await Promise.allSettled(acts.map((act) => act()));
			console.log(JSON.stringify(errors.map(({reason}) => ({...reason, message: reason?.message}))));`,
		);
		const isRoot = process.getuid?.() === 0;
		if (!isRoot) await chmod(haproxy.socket, 0);
		const {stdout} = await promisify(execFile)(process.execPath, [script], {
			cwd: '/',
			...(isRoot ? {uid: 65_534, gid: 65_534} : {}),
		});
		const errors = JSON.parse(stdout);
		expect(errors).toHaveLength(4);
		for (const error of errors) {
			expect(error).toMatchObject({code: 'SPLITTER_UNREACHABLE', exitCode: 6, hint: expect.stringContaining('group')});
		}
		if (!isRoot) await chmod(haproxy.socket, 0o660);
		expect(await splitter.read()).toMatchObject({share: 0.05, owner: 'run-1'});
	});

	it('that is killed at any moment leaves one of the splits it wrote, whole', async () => {
		const {haproxy, splitter} = await startHaproxySplit();
		const random = makeRandom(chooseSeed('killed writers'));
		const script = await writeScript(
			haproxy,
			`for (let round = 1; ; round = (round % 50) + 1) {
				await splitter.set({share: round / 100, leaseMs: round * 60_000, owner: 'run-' + round});
				console.log(round);
			}`,
		);
		const seen = new Set<number>();
		for (let kill = 0; kill < (IS_FULL ? 100 : 3); kill++) {
			const child: ChildProcess = spawn(process.execPath, [script], {stdio: ['ignore', 'pipe', 'inherit']});
			onTestFinished(() => void child.kill('SIGKILL'));
			await once(child.stdout ?? child, 'data');
			await delay(20 + 60 * random());
			const ended = once(child, 'exit');
			child.kill('SIGKILL');
			await ended;
			const {share, leaseMs = 0, owner} = await splitter.read();
			const round = Math.round(share * 100);
			seen.add(round);
			expect(owner).toBe(`run-${round}`);
			expect(leaseMs).toBeLessThanOrEqual(round * 60_000);
			expect(leaseMs).toBeGreaterThan(round * 60_000 - 3000);
		}
		expect(seen.size).toBeGreaterThan(2);
	});

	it('ends though it has not closed what it listened to', async () => {
		const {haproxy} = await startHaproxySplit();
		const script = await writeScript(haproxy, `await splitter.observe(); console.log('done');`);
		const {stdout} = await promisify(execFile)(process.execPath, [script], {timeout: 5000});
		expect(stdout).toBe('done\n');
	});
});
