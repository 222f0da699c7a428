import {once} from 'node:events';
import {unlink, writeFile} from 'node:fs/promises';
import {connect, createServer, type Server} from 'node:net';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {Pool} from 'undici';
import {describe, expect, it, onTestFinished} from 'vitest';
import {openHaproxy} from '../../../src/ports/splitter/haproxy.js';
import type {Splitter} from '../../../src/ports/splitter/splitter.js';
import {temporaryFolder} from '../../support/folder.js';
import {freeze} from '../../support/freeze.js';
import {makeTestHost} from '../../support/host.js';
import {sendMany, session} from '../../support/proxies/gateway.js';
import {haproxyPath} from '../../support/proxies/haproxy.js';
import {canaryOf, observeAll, setShare, startHaproxySplit} from '../../support/proxies/haproxy-split.js';

const withSessions = (url: string, count: number) => sendMany(url, count, (index) => ({headers: session(index)}));
const everything = (splitter: Splitter) => [
	splitter.read(),
	splitter.observe(),
	splitter.revert(),
	setShare(splitter, 0.5),
];

async function expectAll(splitter: Splitter, expected: object): Promise<void> {
	for (const result of await Promise.allSettled(everything(splitter))) {
		expect(result).toMatchObject({status: 'rejected', reason: expected});
	}
}

describe.skipIf(haproxyPath() === undefined)('an HAProxy that others touch', () => {
	it('is at 0 % after a reload by another hand, under another name, and nothing it served is lost', async () => {
		const {splitter, haproxy, url} = await startHaproxySplit();
		const before = await setShare(splitter, 1);
		await splitter.observe();
		await sendMany(url, 30, () => ({path: '/before'}));
		await haproxy.reload();
		expect(canaryOf(await withSessions(url, 200))).toBe(0);

		const state = await splitter.read();
		expect(state).toMatchObject({share: 0, leaseMs: 0, owner: undefined});
		expect(state.incarnation).not.toBe(before.incarnation);
		const {served, missed} = await observeAll(splitter, 230);
		expect(missed).toBe(0);
		expect(served.filter(({path}) => path === '/before')).toHaveLength(30);
		expect(served).toHaveLength(230);
		const reading = await splitter.observe();
		expect(reading).toMatchObject({incarnation: state.incarnation, totals: {stable: {requests: 200}}});

		expect(await setShare(splitter, 1)).toMatchObject({share: 1});
		expect(canaryOf(await withSessions(url, 20))).toBe(20);
	});

	it('is not kept alive by us after it was replaced', async () => {
		const {splitter, haproxy} = await startHaproxySplit();
		await splitter.observe();
		const old = await haproxy.workerPid();
		await haproxy.reload();
		await splitter.observe();
		await splitter.observe();
		const isAlive = () => {
			try {
				return process.kill(old, 0);
			} catch {
				return false;
			}
		};
		for (const limit = Date.now() + 5000; isAlive() && Date.now() < limit; ) await delay(20);
		expect(isAlive()).toBe(false);
	});

	it('that is replaced serves one more request at most of a connection from before, by what held then', async () => {
		const {splitter, haproxy, url} = await startHaproxySplit();
		await setShare(splitter, 1);
		const pool = new Pool(url, {connections: 1});
		onTestFinished(() => pool.destroy());
		const ask = async () => (await pool.request({path: '/', method: 'GET'})).body.text();
		expect(await ask()).toBe('canary');
		await haproxy.reload();
		await splitter.revert();
		const answers = [await ask(), await ask(), await ask()];
		expect(answers.filter((answer) => answer === 'canary').length).toBeLessThanOrEqual(1);
		expect(answers.slice(1)).toEqual(['stable', 'stable']);
	});

	it('that is killed is unreachable, and one started anew is at 0 % and goes on', async () => {
		const {splitter, haproxy, url} = await startHaproxySplit();
		const before = await setShare(splitter, 1);
		await splitter.observe();
		await haproxy.kill();
		const unreachable = {code: 'SPLITTER_UNREACHABLE', exitCode: 6};
		await expectAll(splitter, {...unreachable, hint: expect.stringContaining('nobody listens: start HAProxy')});
		await unlink(haproxy.socket);
		await expectAll(splitter, {...unreachable, hint: expect.stringContaining('Start HAProxy, or give the path')});

		await haproxy.start();
		expect(canaryOf(await withSessions(url, 100))).toBe(0);
		expect((await splitter.read()).incarnation).not.toBe(before.incarnation);
		expect(await observeAll(splitter, 100)).toMatchObject({missed: 0, served: {length: 100}});
		expect(await setShare(splitter, 0.05)).toMatchObject({share: 0.05});
	});

	it('that has stopped answering is told apart by the time it takes, and goes on as it was', async () => {
		const {splitter, haproxy, open} = await startHaproxySplit();
		await setShare(splitter, 0.25);
		const pid = await haproxy.workerPid();
		await freeze(pid);
		try {
			await Promise.all([
				expect(open().read()).rejects.toMatchObject({code: 'SPLITTER_UNREACHABLE'}),
				expect(open().observe()).rejects.toMatchObject({code: 'SPLITTER_UNREACHABLE'}),
			]);
		} finally {
			process.kill(pid, 'SIGCONT');
		}
		expect(await splitter.read()).toMatchObject({share: 0.25});
	});

	it('does not hand the canary what failing stable servers leave, and spares shoppers a dead canary', async () => {
		const {splitter, url, stable, canary} = await startHaproxySplit();
		await setShare(splitter, 0.25);
		const chosen = canaryOf(await withSessions(url, 400));
		await stable.stop();
		await delay(800);
		const before = canary.count();
		const answers = await withSessions(url, 400);
		expect(canaryOf(answers)).toBe(chosen);
		expect(canary.count() - before).toBe(chosen);
		expect(answers.filter(({status}) => status === 503)).toHaveLength(400 - chosen);
		expect((await splitter.observe()).totals.stable.errors).toBe(400 - chosen);

		await stable.restart();
		await canary.stop();
		await delay(1200);
		expect((await withSessions(url, 400)).filter(({body}) => body === 'stable')).toHaveLength(400);
	});

	it('tells who lost when two set it at the same moment', async () => {
		const {splitter, open} = await startHaproxySplit();
		const other = open();
		const results = await Promise.allSettled(
			Array.from({length: 40}, (_, index) =>
				(index % 2 === 0 ? splitter : other).set({share: index / 100, leaseMs: 60_000, owner: `run-${index}`}),
			),
		);
		const codes = results.flatMap((result) =>
			result.status === 'rejected' ? [(result.reason as {code: string}).code] : [],
		);
		expect(new Set(codes)).toEqual(new Set(['SPLITTER_UNPROVED']));
		const last = await splitter.read();
		expect(results.some((result) => result.status === 'fulfilled' && result.value.owner === last.owner)).toBe(true);
	});

	it('keeps what it had when the writer is killed after any byte of its command', async () => {
		const {splitter, haproxy} = await startHaproxySplit();
		await setShare(splitter, 0.05);
		const before = (await splitter.read()).share;
		const command = `set map ${haproxy.mapFile} split 10000:9999999999:somebody`;
		for (let length = 1; length <= command.length; length++) {
			const socket = connect(haproxy.socket);
			await once(socket, 'connect');
			socket.end(command.slice(0, length));
			await once(socket.resume(), 'close');
			expect(await splitter.read()).toMatchObject({share: before, owner: 'run-1'});
		}
	});
});

describe.skipIf(haproxyPath() === undefined)('an HAProxy that is not set up', () => {
	it('is told by what it lacks', async () => {
		const {open, haproxy} = await startHaproxySplit();
		const unknown = {code: 'SPLITTER_UNKNOWN', exitCode: 6};
		for (const [changes, message] of [
			[{map: '/etc/other.map'}, /does not use a map \/etc\/other.map/],
			[{stable: 'shop_main'}, /has no backend "shop_main"/],
			[{canary: 'shop_new'}, /has no backend "shop_new"/],
		] as const) {
			const wrong = {...unknown, message: expect.stringMatching(message), hint: expect.stringContaining('haproxy.cfg')};
			await expect(open(changes).read()).rejects.toMatchObject(wrong);
			await expect(setShare(open(changes), 0.5)).rejects.toMatchObject(wrong);
		}
		await expect(open({ring: 'nothing'}).observe()).rejects.toMatchObject({
			...unknown,
			message: expect.stringContaining('no ring'),
		});
		await expect(open({canary: 'shop_new'}).observe()).rejects.toMatchObject(unknown);
		expect(await haproxy.ask(`get map ${haproxy.mapFile} split`)).toContain('value="0:0:-"');
	});

	it.each([
		['', 'entry "split"'],
		['split hello', '"hello"'],
		['split 10001:0:-', '"10001:0:-"'],
	])('is told when its map says "%s"', async (content, message) => {
		const {splitter, haproxy, url} = await startHaproxySplit();
		await writeFile(haproxy.mapFile, `${content}\n`);
		await haproxy.reload();
		expect(canaryOf(await withSessions(url, 100))).toBe(0);
		const wrong = {code: 'SPLITTER_UNKNOWN', message: expect.stringContaining(message)};
		await expect(splitter.read()).rejects.toMatchObject(wrong);
	});

	it('says when the level of its socket is too low', async () => {
		const {open, haproxy} = await startHaproxySplit({
			edit: (config) => config.replace(/stats socket (\S+)/, 'stats socket $1.user level user\n\tstats socket $1'),
		});
		const splitter = open({address: `${haproxy.socket}.user`});
		for (const act of [splitter.read, splitter.observe, () => setShare(splitter, 0.5)]) {
			await expect(act()).rejects.toMatchObject({
				...{code: 'SPLITTER_REFUSED', exitCode: 6, hint: expect.stringContaining('level admin')},
			});
		}
		expect(await open().read()).toMatchObject({share: 0});
	});

	it('takes no share, lease, owner or name that is none', async () => {
		const {splitter, open} = await startHaproxySplit();
		await setShare(splitter, 0.05);
		for (const wrong of [
			{share: 1.01},
			{share: -0.1},
			{share: Number.NaN},
			{leaseMs: -1},
			{leaseMs: 4e6},
			{owner: ''},
		]) {
			await expect(splitter.set({share: 0.5, leaseMs: 60_000, owner: 'x', ...wrong})).rejects.toMatchObject({
				code: 'SPLITTER_REFUSED',
			});
		}
		expect(await splitter.read()).toMatchObject({share: 0.05, owner: 'run-1'});
		const usage = expect.objectContaining({code: 'SPLITTER_UNKNOWN', exitCode: 2});
		for (const changes of [
			...[{address: 'nonsense'}, {address: 'host:99999'}, {map: 'a\nset map b'}, {map: ''}],
			...[{stable: 'a;b'}, {canary: 'shop_stable'}, {ring: 'a b'}],
		]) {
			expect(() => open(changes)).toThrow(usage);
		}
	});
});

describe('what is no HAProxy', () => {
	async function listenAs(answer: (command: string) => string | undefined): Promise<Splitter> {
		const folder = await temporaryFolder();
		const server: Server = createServer((socket) => {
			socket.on('error', () => undefined);
			socket.on('data', (data) => {
				const text = answer(String(data).trim());
				if (text !== undefined) socket.end(text);
			});
		}).listen(join(folder, 's'));
		await once(server, 'listening');
		onTestFinished(() => void server.close());
		const options = {map: '/m', stable: 'a', canary: 'b', ring: 'r'};
		const splitter = openHaproxy({address: join(folder, 's'), ...options}, makeTestHost());
		onTestFinished(() => splitter.close());
		return splitter;
	}

	/** An HAProxy whose clock is ahead by an hour, and that does what it likes with an entry. */
	function liar(keep: (entry: string) => string, life: () => string = () => '7'): (command: string) => string {
		let entry = '0:0:-';
		return (command) => {
			const [, written] = /^set map \/m split (.*)$/.exec(command) ?? [];
			if (written !== undefined) {
				entry = keep(written);
				return '\n';
			}
			const nowMs = Date.now() + 3_600_000;
			const clock = `proc.sastaops_now: type=sint value=<${nowMs}>`;
			return `Name: HAProxy\nPid: ${life()}\nStart_time_sec: 5\n\n${clock}\n\ntype=str, found=yes, value="${entry}", type="str"\n\n# pxname,svname,\na,BACKEND,\n\n# pxname\nb,BACKEND,\n\n`;
		};
	}

	it.each([
		['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'SPLITTER_UNKNOWN'],
		[
			'a master process',
			'Unknown command, but maybe one of the following ones is a better match:\n',
			'SPLITTER_UNKNOWN',
		],
		['one that is too old', 'Name: HAProxy\nVersion: 1.8.0\nPid: 7\nUptime_sec: 5\n\n', 'SPLITTER_UNKNOWN'],
		['one that hangs up', '', 'SPLITTER_UNREACHABLE'],
		['one that allows nothing', 'Permission denied\n\n', 'SPLITTER_REFUSED'],
	])('%s is told apart', async (_name, answer, code) => {
		const splitter = await listenAs(() => answer);
		await expect(splitter.read()).rejects.toMatchObject({code, exitCode: 6});
		await expect(setShare(splitter, 0.5)).rejects.toMatchObject({code});
		await expect(splitter.observe()).rejects.toMatchObject({code});
	});

	it('counts a lease by its clock, not by ours', async () => {
		const splitter = await listenAs(liar((entry) => entry));
		const {leaseMs} = await setShare(splitter, 0.5, 30_000);
		expect(leaseMs).toBeGreaterThan(28_000);
		expect(leaseMs).toBeLessThanOrEqual(30_000);
	});

	it.each([
		['keeps nothing', () => '0:0:-'],
		['keeps a larger share', (entry: string) => entry.replace(/^\d+/, '9999')],
		['keeps a longer lease', (entry: string) => entry.replace(/:\d+:/, ':9999999999:')],
		['keeps another owner', (entry: string) => entry.replace('run-1', 'run-2')],
	])('one that %s is found out', async (_name, keep) => {
		const splitter = await listenAs(liar(keep));
		await expect(setShare(splitter, 0.5)).rejects.toMatchObject({code: 'SPLITTER_UNPROVED', exitCode: 6});
	});

	it('one that was replaced between write and proof is found out', async () => {
		let life = 7;
		const splitter = await listenAs(
			liar(
				(entry) => entry,
				() => String(life++),
			),
		);
		await expect(setShare(splitter, 0.5)).rejects.toMatchObject({
			...{code: 'SPLITTER_UNPROVED', message: expect.stringContaining('reloaded')},
		});
	});

	it('one that refuses a write says so', async () => {
		const honest = liar((entry) => entry);
		const splitter = await listenAs((command) =>
			command.startsWith('set map') ? 'Cannot do that.\n' : honest(command),
		);
		for (const act of [() => setShare(splitter, 0.5), splitter.revert]) {
			await expect(act()).rejects.toMatchObject({code: 'SPLITTER_REFUSED', details: ['It stays as it was']});
		}
	});
});
