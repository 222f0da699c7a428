import {once} from 'node:events';
import {appendFile} from 'node:fs/promises';
import {request as ask} from 'node:http';
import {connect} from 'node:net';
import {setTimeout as delay} from 'node:timers/promises';
import {describe, expect, it, onTestFinished} from 'vitest';
import {openNginx} from '../../../src/ports/splitter/nginx.js';
import {parseNginxLine} from '../../../src/ports/splitter/nginx-log.js';
import type {ServedRequest} from '../../../src/ports/splitter/splitter.js';
import {temporaryFolder} from '../../support/folder.js';
import {makeTestHost} from '../../support/host.js';
import {sendMany, session, startBackend} from '../../support/proxies/gateway.js';
import {nginxPath, startNginx} from '../../support/proxies/nginx.js';

async function startSplit(share: number) {
	const handler: Parameters<typeof startBackend>[1] = (request, response) => {
		if (request.url === '/never') return;
		if (request.url === '/cut') {
			response.writeHead(200, {'content-length': '100000'});
			response.write('begun');
			return void setTimeout(() => response.destroy(), 50);
		}
		if (request.url === '/stay') return void response.writeHead(200).write(Buffer.alloc(200_000));
		const status = /^\/status\/(\d+)/.exec(request.url ?? '')?.[1];
		if (status) response.statusCode = Number(status);
		if (request.url === '/long') response.setHeader('content-length', 5000);
		request.resume().once('end', () => response.end('x'));
	};
	const [stable, canary] = [await startBackend('stable', handler), await startBackend('canary', handler)];
	const folder = await temporaryFolder();
	const nginx = await startNginx({stable: [stable.url], canary: [canary.url], folder});
	const splitter = openNginx(nginx.options, makeTestHost());
	onTestFinished(() => splitter.close());
	if (share > 0) await splitter.set({share, leaseMs: 300_000, owner: 'run-1'});
	await splitter.observe();
	const seen = async (count: number) => {
		const all: ServedRequest[] = [];
		let missed = 0;
		for (const limit = Date.now() + 30_000; all.length < count && Date.now() < limit; await delay(20)) {
			const reading = await splitter.observe();
			all.push(...(reading.served ?? []));
			missed += reading.missed;
		}
		return {served: all, missed, totals: (await splitter.observe()).totals};
	};
	return {nginx, url: nginx.url, stable, canary, splitter, seen};
}

/** Bytes as they are, which no client library would send. */
async function sendRaw(url: string, bytes: Buffer | string): Promise<string> {
	const {hostname, port} = new URL(url);
	const socket = connect(Number(port), hostname);
	let answer = '';
	socket.on('data', (chunk) => {
		answer += chunk.toString();
	});
	// Not ended: nginx takes a client that sends no more for one that has left.
	socket.write(bytes);
	await once(socket, 'close');
	return answer;
}

describe.skipIf(nginxPath() === undefined)('what nginx has served', () => {
	it('cannot be broken or forged by odd paths, methods and cookies', async () => {
		const {url, seen, stable} = await startSplit(0);
		const forged = '{"sastaops":"1","at":"1","side":"canary","status":"500","tries":"500"}';
		const paths = [
			'/a"b',
			"/a'b\\",
			'/%0a%0d{"sastaops":"1",',
			`/${encodeURIComponent(forged)}`,
			`/x"}\\n${forged.replaceAll(' ', '')}`,
			'/%E2%82%AC',
			`/${'k'.repeat(7900)}`,
			'/a?token=secret&x="',
			'/\\u0022,"side":"canary","x":"',
			'/a/../b//c',
		];
		for (const path of paths)
			await sendRaw(url, `GET ${path} HTTP/1.1\r\nHost: x\r\nCookie: sid="},{"\r\nConnection: close\r\n\r\n`);
		await sendRaw(
			url,
			Buffer.from([
				...Buffer.from('GET /'),
				0xff,
				0xe2,
				0x82,
				...Buffer.from(' HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'),
			]),
		);
		// What nginx itself refuses went to no side.
		await sendRaw(url, 'GET /\x01 HTTP/1.1\r\nHost: x\r\n\r\n');
		await sendRaw(url, 'nonsense\r\n\r\n');
		const {served, missed, totals} = await seen(paths.length + 1);
		expect(served.map(({path}) => path)).toEqual([...paths.map((path) => path.replace(/\?.*/, '')), '/\ufffd\ufffd']);
		expect(missed).toBe(0);
		// One of them is nothing that a server in Node takes for a request: it answers 400.
		expect(totals).toEqual({stable: {requests: stable.count() + 1, errors: 0}, canary: {requests: 0, errors: 0}});
		expect(served.every(({client}) => /^\d{6}$/.test(client))).toBe(true);
	});

	it('blames nobody for a client that leaves', async () => {
		const {url, seen} = await startSplit(1);
		const leaving = ask(`${url}/never`).end();
		leaving.on('error', () => undefined);
		await delay(100);
		leaving.destroy();
		const {served, totals} = await seen(1);
		expect(served).toMatchObject([{side: 'canary', status: 0, isAborted: true, path: '/never'}]);
		expect(totals.canary).toEqual({requests: 1, errors: 0});
	});

	it('gives the shoppers of a canary that is down what they want, and counts each as its error', async () => {
		const {url, seen, canary} = await startSplit(1);
		await canary.stop();
		const answers = await sendMany(url, 50, (index) => ({headers: session(index), method: index % 2 ? 'POST' : 'GET'}));
		expect(answers.every(({status, body}) => status === 200 && body === 'x')).toBe(true);
		const {totals} = await seen(50);
		expect(totals).toEqual({stable: {requests: 0, errors: 0}, canary: {requests: 50, errors: 50}});
	});

	it('does not hand the canary what stable leaves when it is down', async () => {
		const {url, seen, stable, canary} = await startSplit(0.25);
		await stable.stop();
		const answers = await sendMany(url, 400, (index) => ({headers: session(index)}));
		const failed = answers.filter(({status}) => status === 502).length;
		expect(canary.count()).toBe(400 - failed);
		expect(failed).toBeGreaterThan(250);
		const {totals} = await seen(400);
		expect(totals.stable).toEqual({requests: failed, errors: failed});
	});

	it('goes on behind a line that a full disk has torn, and says that one is missing', async () => {
		const {url, nginx, seen} = await startSplit(0);
		await appendFile(nginx.options.log, '{"sastaops":"1","at":"17');
		await sendMany(url, 3, () => ({path: '/a'}));
		const {served, missed} = await seen(3);
		expect(served.length).toBe(3);
		expect(missed).toBe(1);
	});

	it('calls an answer that broke off an error of its server, and one whose client left nobody’s', async () => {
		const {url, seen} = await startSplit(1);
		await sendRaw(url, 'GET /cut HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
		const leaving = ask(`${url}/stay`).end();
		leaving.on('error', () => undefined).on('response', () => void leaving.destroy());
		const {served, totals} = await seen(2);
		expect(served).toMatchObject([
			{path: '/cut', status: 502, isAborted: false},
			{path: '/stay', status: 200, isAborted: true},
		]);
		expect(totals.canary).toEqual({requests: 2, errors: 1});
	});

	it('takes answers without a body as what they are', async () => {
		const {url, seen} = await startSplit(1);
		for (const [method, path] of [
			['HEAD', '/long'],
			['GET', '/status/204'],
			['GET', '/status/304'],
			['GET', '/status/503'],
		])
			await sendMany(url, 1, () => ({method: method ?? '', path: path ?? ''}));
		const {served} = await seen(4);
		expect(served.map(({status, isAborted}) => [status, isAborted])).toEqual(
			[200, 204, 304, 503].map((status) => [status, false]),
		);
	});
});

describe('a line of nginx’s log', () => {
	const line = (fields: object) =>
		JSON.stringify({
			sastaops: '1',
			at: '1764000000.123',
			side: 'stable',
			status: '200',
			tries: '200',
			times: '0.010',
			took: '0.5',
			client: '010203',
			done: 'OK',
			length: '2',
			expected: '2',
			method: 'GET',
			path: '/',
			...fields,
		});

	it.each([
		['a plain one', {}, {status: 200, durationMs: 10, atMs: 1_764_000_000_123, isAborted: false}],
		[
			'one that was asked of two servers of stable',
			{tries: '502, 200', times: '0.001, 0.020'},
			{status: 200, durationMs: 21},
		],
		['one that stable answered for the canary', {side: 'canary', tries: '502, 200'}, {status: 502}],
		['one that neither answered', {side: 'canary', status: '502', tries: '502, 502', times: '0.0, 0.0'}, {status: 502}],
		[
			'one whose client left',
			{status: '499', tries: '-', times: '1.5', done: '', length: '-', expected: '-'},
			{status: 0, isAborted: true, durationMs: 1500},
		],
		['one that broke off', {length: '100', expected: '200'}, {status: 502, isAborted: false}],
		['one that no server was asked', {status: '301', tries: '', times: ''}, undefined],
		['one of another side', {side: 'x'}, undefined],
	])('is read: %s', (_, fields, wanted) => {
		const parsed = parseNginxLine(line(fields));
		if (wanted === undefined) expect(parsed).toEqual({request: undefined, broken: 0});
		else expect(parsed).toMatchObject({request: wanted, broken: 0});
	});

	it('is another program’s where it does not begin as ours, and missed where it is cut', () => {
		expect(parseNginxLine('127.0.0.1 - - "GET / HTTP/1.1"')).toBeUndefined();
		expect(parseNginxLine(line({}).slice(0, 40))).toEqual({request: undefined, broken: 1});
		expect(parseNginxLine(line({}).slice(0, 40) + line({}))).toMatchObject({request: {path: '/'}, broken: 1});
	});
});
