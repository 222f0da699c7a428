import {once} from 'node:events';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {connect} from 'node:net';
import {describe, expect, it} from 'vitest';
import {sendMany, session} from '../../support/proxies/gateway.js';
import {type Haproxy, haproxyPath} from '../../support/proxies/haproxy.js';
import {observeAll, setShare, startHaproxySplit} from '../../support/proxies/haproxy-split.js';

/** Sends bytes as they are and reads till the end, or leaves after `leaveMs`. */
async function sendRaw(url: string, bytes: string | Buffer, leaveMs?: number): Promise<string> {
	const socket = connect(Number(new URL(url).port), '127.0.0.1');
	let answer = '';
	socket.on('data', (data) => {
		answer += data;
	});
	socket.on('error', () => undefined);
	const closed = once(socket, 'close');
	socket.write(bytes);
	if (leaveMs !== undefined) setTimeout(() => socket.destroy(), leaveMs);
	await closed;
	return answer;
}

/** As an operator who shuts down every session of the admin socket. */
async function closeConnections({ask}: Haproxy): Promise<void> {
	const sessions = (await ask('show sess')).match(/^0x[0-9a-f]+(?=: proto=unix_stream)/gm) ?? [];
	for (const session of sessions) await ask(`shutdown session ${session}`).catch(() => undefined);
	expect(sessions.length).toBeGreaterThan(1);
}

const get = (target: string, more = '') => `GET ${target} HTTP/1.1\r\nHost: shop\r\n${more}Connection: close\r\n\r\n`;

describe.skipIf(haproxyPath() === undefined)('what HAProxy has served', () => {
	it('is whole and in order whatever stands in a path, a cookie or a method, and nothing is forged', async () => {
		const {splitter, url, haproxy} = await startHaproxySplit({
			edit: (config) => config.replace('frontend shop', 'frontend shop\n\toption accept-invalid-http-request'),
		});
		await setShare(splitter, 1);
		await splitter.observe();
		const forged = 'sastaops1 9 1795522804853 shop_canary 500 0 1 -- 1 GET /forged';
		const targets = [
			`/a%0a${forged.replaceAll(' ', '%20')}`,
			`/q"'\\;|{}<>#`,
			'/ünï',
			`/${'p'.repeat(8000)}`,
			'*',
			'/?only=query',
			`http://other/abs?x=\n`,
		];
		for (const target of targets) await sendRaw(url, get(target));
		await sendRaw(url, get('/lf\n/second'));
		await sendRaw(url, get('/tab\there'));
		await sendRaw(url, get('/nul\0here'));
		await sendRaw(url, get('/cookie', `Cookie: sid=a b;c"\\\u0080\r\nCookie: sid=${forged}\r\n`));
		await sendRaw(url, get('/cookie', `Cookie: sid=${'x'.repeat(6000)}\r\nUser-Agent: ${forged}\r\n`));
		await sendRaw(url, `${'M'.repeat(3000)} /method HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`);
		await sendRaw(url, '\u0000\u0001\n\n');
		await sendRaw(url, get('/last'));

		const {served, missed} = await observeAll(splitter, 12);
		const {totals} = await splitter.observe();
		expect(missed).toBe(0);
		expect(served.length).toBe(totals.canary.requests + totals.stable.requests);
		// What could not be read is logged when its connection ends: that may be after the next request.
		expect(served.filter(({path}) => path !== '<BADREQ>').at(-1)?.path).toBe('/last');
		expect(served.map(({path}) => path)).not.toContain('/forged');
		expect(served.every(({path, method}) => /^[ -~]*$/.test(path + method))).toBe(true);
		// Of 8 kB the first one: the route, and no more, counts.
		expect(Math.max(...served.map(({path}) => path.length))).toBeLessThan(1100);
		expect(served.map(({path}) => path.slice(0, 20))).toContain('/%C3%BCn%C3%AF');
		expect(totals.canary.requests).toBeGreaterThan(8);
		const lines = (await haproxy.ask('show events sastaops'))
			.split('\n')
			.filter((line) => line.startsWith('sastaops1 '));
		expect(new Set(lines.map((line) => line.split(' ')[1])).size).toBe(lines.length);
	});

	it('tells failures of servers from clients that left, in totals and one by one', async () => {
		const acts: Record<string, (request: IncomingMessage, response: ServerResponse) => void> = {
			'/x-500': (_request, response) => void response.writeHead(500).end(),
			'/x-die': (request) => void request.socket.destroy(),
			'/x-cut': (request, response) => {
				response.writeHead(200, {'content-length': 100}).write('begun');
				setTimeout(() => request.socket.destroy(), 50);
			},
			'/x-hang': () => undefined,
			'/x-late': (_request, response) => {
				response.writeHead(200).write('begun');
			},
		};
		const {splitter, url, haproxy} = await startHaproxySplit({
			edit: (config) => config.replace('timeout server 30s', 'timeout server 700ms'),
			handler: (request, response) => acts[request.url ?? '']?.(request, response),
		});
		await setShare(splitter, 1);
		await splitter.observe();
		await Promise.all([
			sendRaw(url, get('/x-500')),
			sendRaw(url, get('/x-die')),
			sendRaw(url, get('/x-cut')),
			sendRaw(url, get('/x-hang')),
			sendRaw(url, get('/x-late', 'X: silent in its answer\r\n')),
			sendRaw(url, get('/x-hang', 'X: left before the answer\r\n'), 100),
			sendRaw(url, get('/x-late', 'X: left in the answer\r\n'), 100),
			sendRaw(url, 'POST /up HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000\r\n\r\nabc', 100),
		]);

		const {served, missed} = await observeAll(splitter, 8);
		const {totals} = await splitter.observe();
		const told = served.map(({path, status, isAborted}) => `${path} ${isAborted ? 'left' : status}`);
		expect(told.sort()).toEqual([
			...['/up left', '/x-500 500', '/x-cut 502', '/x-die 502'],
			...['/x-hang 504', '/x-hang left', '/x-late 502', '/x-late left'],
		]);
		expect(served.find(({path, status}) => path === '/x-hang' && status === 504)?.durationMs).toBeGreaterThan(600);
		expect(missed).toBe(0);
		expect(totals.canary).toEqual({requests: 8, errors: 5});
		expect(haproxy.said()).not.toContain('ALERT');
	});

	it('knows a client again, by session or address, and does not tell who it is', async () => {
		const {splitter, url} = await startHaproxySplit();
		await splitter.observe();
		await sendMany(url, 9, (index) => ({headers: index < 6 ? session(index % 2) : {}}));
		const {served} = await observeAll(splitter, 9);
		expect(new Set(served.map(({client}) => client)).size).toBe(3);
		expect(JSON.stringify(served)).not.toMatch(/s-0|127\.0\.0\.1/);
	});

	it('is missed by number where it is not logged, and said once', async () => {
		const {splitter, url} = await startHaproxySplit({
			edit: (config) =>
				config.replace('\t# One entry', '\thttp-request set-log-level silent if { path_beg /silent }\n\t# One entry'),
		});
		await splitter.observe();
		await sendMany(url, 30, (index) => ({path: index < 10 ? '/silent' : '/loud'}));
		expect(await observeAll(splitter, 30)).toMatchObject({missed: 10, served: {length: 20}});
		expect((await splitter.observe()).totals.stable.requests).toBe(30);
		await sendMany(url, 5, () => ({}));
		expect(await observeAll(splitter, 5)).toMatchObject({missed: 0, served: {length: 5}});
	});

	it('is listened to anew when HAProxy closes the connection, without a loss or a repetition', async () => {
		const {splitter, url, haproxy} = await startHaproxySplit();
		await splitter.observe();
		for (let round = 0; round < 3; round++) {
			await sendMany(url, 5, (index) => ({path: `/heard/${round}/${index}`}));
			await closeConnections(haproxy);
			await sendMany(url, 5, (index) => ({path: `/not-heard/${round}/${index}`}));
			const {served, missed} = await observeAll(splitter, 10);
			expect(missed).toBe(0);
			expect(new Set(served.map(({path}) => path)).size).toBe(10);
			expect(served).toHaveLength(10);
		}
	});

	it('is missed by number where the ring was overwritten while nobody listened', async () => {
		const {splitter, url, haproxy} = await startHaproxySplit({
			edit: (config) => config.replace('size 4194304', 'size 16384'),
		});
		await splitter.observe();
		await closeConnections(haproxy);
		await sendMany(url, 1000, (index) => ({path: `/p/${index}`}));
		const {served, missed} = await observeAll(splitter, 1000);
		expect(served.length).toBeGreaterThan(50);
		expect(missed).toBeGreaterThan(500);
		expect(served.length + missed).toBe(1000);
		expect(new Set(served.map(({path}) => path)).size).toBe(served.length);
	});

	it('never counts backwards when somebody clears the counters', async () => {
		const {splitter, url, haproxy} = await startHaproxySplit();
		await splitter.observe();
		await sendMany(url, 20, () => ({}));
		await observeAll(splitter, 20);
		const before = await splitter.observe();
		await haproxy.ask('clear counters all');
		await sendMany(url, 7, () => ({}));
		expect(await observeAll(splitter, 7)).toMatchObject({missed: 0, served: {length: 7}});
		const after = await splitter.observe();
		expect(after.incarnation).toBe(before.incarnation);
		expect(after.totals.stable.requests).toBe(27);
	});
});
