import type {AddressInfo} from 'node:net';
import {createServer, type Socket} from 'node:net';
import {gzipSync} from 'node:zlib';
import {describe, expect, it, onTestFinished} from 'vitest';
import {NoAnswer} from '../../../src/ports/web/dial.js';
import {exchange, type WebAnswer, type WebRequest} from '../../../src/ports/web/exchange.js';
import {sayHello} from '../../../src/ports/web/hello.js';
import type {Route} from '../../../src/ports/web/route.js';
import {probeTls} from '../../../src/ports/web/tls.js';

const ROUTE: Route = {rules: [], family: undefined, proxy: undefined, allowPrivate: true, ca: []};
const TIMEOUT_MS = 700;
/** A busy machine wakes late; a hang would be the 60 seconds of the test. */
const LATE_MS = 5000;
const MIB = 1_048_576;
const never = new AbortController().signal;

/** A server that does what it likes with a connection, once the client has said something. */
async function misbehave(act: (socket: Socket) => void): Promise<number> {
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.on('error', () => undefined);
		socket.once('data', () => act(socket));
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	onTestFinished(() => {
		for (const socket of sockets) socket.destroy();
		server.close();
	});
	return (server.address() as AddressInfo).port;
}

async function ask(act: (socket: Socket) => void, more: Partial<WebRequest> = {}): Promise<WebAnswer | NoAnswer> {
	const port = await misbehave(act);
	const startedMs = performance.now();
	try {
		return await exchange({url: new URL(`http://127.0.0.1:${port}/`), timeoutMs: TIMEOUT_MS, ...more}, ROUTE, never);
	} catch (error) {
		if (error instanceof NoAnswer) return error;
		throw error;
	} finally {
		expect(performance.now() - startedMs).toBeLessThan(TIMEOUT_MS + LATE_MS);
	}
}

/** Writes a beginning, then the same again and again, as fast as the other side reads. */
function pour(socket: Socket, chunk: string | Buffer, first: string | Buffer = ''): void {
	socket.write(first);
	const write = () => {
		while (!socket.destroyed && socket.write(chunk));
		if (!socket.destroyed) socket.once('drain', write);
	};
	write();
}

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n';

describe('a hostile server over plain http', () => {
	it.each<[string, (socket: Socket) => void, string]>([
		['endless headers', (socket) => pour(socket, `x-more: ${'a'.repeat(1000)}\r\n`, HEAD), 'protocol'],
		['one endless header', (socket) => pour(socket, 'a'.repeat(1000), `${HEAD}x-more: `), 'protocol'],
		['a status line without an end', (socket) => pour(socket, 'a'.repeat(1000), 'HTTP/1.1 200 '), 'protocol'],
		['garbage', (socket) => socket.end('SSH-2.0-OpenSSH_9.2\r\n'), 'protocol'],
		['endless garbage', (socket) => pour(socket, Buffer.alloc(65_536, 0xff)), 'protocol'],
		['a reset', (socket) => socket.resetAndDestroy(), 'reset'],
		['an end without a word', (socket) => socket.end(), 'reset'],
		['half a head', (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-'), 'reset'],
		['silence', () => undefined, 'timeout'],
		[
			'another protocol',
			(socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n'),
			'protocol',
		],
		['a lying chunk', (socket) => socket.end(`${HEAD}transfer-encoding: chunked\r\n\r\nzz\r\nhello\r\n`), 'broken'],
		['two lengths', (socket) => socket.end(`${HEAD}content-length: 3\r\ncontent-length: 5\r\n\r\nhello`), 'protocol'],
		['a length of too much', (socket) => socket.end(`${HEAD}content-length: 1000000\r\n\r\nhello`), 'broken'],
	])('is no answer, or a broken one, for %s', async (_, act, expected) => {
		const got = await ask(act);
		expect(got instanceof NoAnswer ? got.why : got.isBroken ? 'broken' : 'whole').toBe(expected);
	});

	it('gets no more time by a byte now and then, in the head', async () => {
		const got = await ask((socket) => trickle(socket, HEAD));
		expect(got).toMatchObject({why: 'timeout'});
	});

	it('gets no more time by a byte now and then, in the body', async () => {
		const got = await ask((socket) => {
			socket.write(`${HEAD}\r\nhello`);
			trickle(socket, 'a'.repeat(1000));
		});
		expect(got).toMatchObject({status: 200, isBroken: true});
	});

	it('is cut at the most that is read, however much there is', async () => {
		const before = process.memoryUsage().rss;
		const got = await ask(
			(socket) => {
				socket.write(`${HEAD}content-length: ${100 * MIB}\r\n\r\n`);
				pour(socket, Buffer.alloc(MIB, 'a'));
			},
			{timeoutMs: 10_000},
		);
		expect(got).toMatchObject({status: 200, isTruncated: true});
		expect((got as WebAnswer).body.length).toBe(MIB);
		// The server of the test is in this process too.
		expect(process.memoryUsage().rss - before).toBeLessThan(60 * MIB);
	});

	it('is cut at the most that is read when nothing tells how much there is', async () => {
		const got = await ask((socket) => pour(socket, Buffer.alloc(MIB, 'a'), `${HEAD}\r\n`), {
			timeoutMs: 10_000,
		});
		expect(got).toMatchObject({isTruncated: true});
	});

	it('cannot send a small body that becomes a large one', async () => {
		const bomb = gzipSync(Buffer.alloc(200 * MIB));
		const before = process.memoryUsage().rss;
		const got = await ask(
			(socket) =>
				socket.end(
					Buffer.concat([Buffer.from(`${HEAD}content-encoding: gzip\r\ncontent-length: ${bomb.length}\r\n\r\n`), bomb]),
				),
			{timeoutMs: 10_000},
		);
		expect(got).toMatchObject({status: 200, isTruncated: true});
		expect((got as WebAnswer).body.length).toBeLessThanOrEqual(MIB);
		expect(process.memoryUsage().rss - before).toBeLessThan(60 * MIB);
	});

	it('may say that something is compressed which is not', async () => {
		const got = await ask((socket) => socket.end(`${HEAD}content-encoding: gzip\r\ncontent-length: 5\r\n\r\nhello`));
		expect(got).toMatchObject({status: 200, body: Buffer.from('hello')});
	});

	it('may send what is no text', async () => {
		const body = Buffer.of(0xff, 0xfe, 0x00, 0xc3, 0x28);
		const got = await ask((socket) =>
			socket.end(Buffer.concat([Buffer.from(`${HEAD}x-name: \xff\xc3\r\ncontent-length: 5\r\n\r\n`, 'latin1'), body])),
		);
		expect(got).toMatchObject({status: 200, body});
	});

	it('is left at once when the audit is interrupted', async () => {
		const port = await misbehave(() => undefined);
		const stop = new AbortController();
		const asked = exchange({url: new URL(`http://127.0.0.1:${port}/`), timeoutMs: 30_000}, ROUTE, stop.signal);
		setTimeout(() => stop.abort(), 50);
		await expect(asked).rejects.toMatchObject({why: 'interrupted'});
	});
});

function trickle(socket: Socket, text: string): void {
	let at = 0;
	const timer = setInterval(() => socket.write(text[at++ % text.length] ?? ''), 50);
	socket.once('close', () => clearInterval(timer));
}

describe('a hostile server over TLS', () => {
	const limits = {timeoutMs: TIMEOUT_MS, signal: never};

	/** A TLS record of a handshake that never says how it ends. */
	const RECORD = Buffer.concat([Buffer.of(22, 3, 3, 0x40, 0), Buffer.alloc(0x4000, 2)]);

	it.each<[string, (socket: Socket) => void]>([
		['silence', () => undefined],
		['plain HTTP', (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')],
		['endless garbage', (socket) => pour(socket, Buffer.alloc(65_536, 0xff))],
		['endless records', (socket) => pour(socket, RECORD)],
		['a reset', (socket) => socket.resetAndDestroy()],
		['an end without a word', (socket) => socket.end()],
		['half a record', (socket) => socket.write(Buffer.of(22, 3, 3, 0x40))],
		['a byte now and then', (socket) => trickle(socket, '\x16\x03\x03\x00\x50\x02\x00\x00\x4c')],
	])('is no answer for %s, to a handshake and to a first message', async (_, act) => {
		const endpoint = {host: '127.0.0.1', port: await misbehave(act)};
		const startedMs = performance.now();
		await expect(probeTls(endpoint, ROUTE, limits)).rejects.toBeInstanceOf(NoAnswer);
		await expect(sayHello(endpoint, ROUTE, limits, {suites: [0x000a]})).rejects.toBeInstanceOf(NoAnswer);
		expect(performance.now() - startedMs).toBeLessThan(2 * TIMEOUT_MS + LATE_MS);
	});
});
