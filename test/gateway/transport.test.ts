import {createHash, randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {createServer as createHttpServer, request as httpRequest, type IncomingHttpHeaders} from 'node:http';
import {connect} from 'node:net';
import {Readable} from 'node:stream';
import {setTimeout as delay} from 'node:timers/promises';
import {Client} from 'undici';
import {describe, expect, it, onTestFinished} from 'vitest';
import {freePort} from '../../src/local/free-port.js';
import {startBackend, startGateway} from '../support/proxies/gateway.js';

const MB = 1_000_000;
const closedUrl = async () => `http://127.0.0.1:${await freePort()}`;

async function startWith(handler: Parameters<typeof startBackend>[1], idleTimeoutMs = 5000) {
	const backend = await startBackend('stable', handler);
	const gateway = await startGateway({stable: [backend.url], canary: [await closedUrl()], idleTimeoutMs});
	const client = new Client(gateway.url);
	onTestFinished(() => client.destroy());
	return {...gateway, backend, client};
}

/** Sends bytes as they are, and gives all that comes until the connection ends. */
async function sendRaw(url: string, text: string): Promise<string> {
	const {hostname, port} = new URL(url);
	const socket = connect({host: hostname, port: Number(port)});
	socket.write(text);
	let answer = '';
	socket.setEncoding('latin1').on('data', (chunk: string) => {
		answer += chunk;
	});
	await once(socket, 'close');
	return answer;
}

/** Bytes made on the way, so that they are nowhere whole. */
function makeBytes(size: number): {stream: Readable; digest(): string} {
	const hash = createHash('sha256');
	const block = randomBytes(64 * 1024);
	let left = size;
	const stream = new Readable({
		read() {
			if (left === 0) return void this.push(null);
			const chunk = Buffer.from(block.subarray(0, Math.min(left, block.length)));
			chunk.writeUInt32LE(left % 2 ** 32);
			left -= chunk.length;
			hash.update(chunk);
			this.push(chunk);
		},
	});
	return {stream, digest: () => hash.copy().digest('hex')};
}

async function digestOf(stream: AsyncIterable<Buffer>): Promise<{digest: string; size: number}> {
	const hash = createHash('sha256');
	let size = 0;
	for await (const chunk of stream) {
		hash.update(chunk);
		size += chunk.length;
	}
	return {digest: hash.digest('hex'), size};
}

describe('what passes through the gateway', () => {
	it.each([{isChunked: true}, {isChunked: false}])(
		'is the same bytes both ways, in little memory, chunked: $isChunked',
		async ({isChunked}) => {
			const size = 150 * MB + 4;
			const down = makeBytes(size);
			let up = {digest: '', size: 0};
			const {client} = await startWith((request, response) => {
				void digestOf(request).then((got) => {
					up = got;
					response.writeHead(200, isChunked ? {} : {'content-length': size});
					down.stream.pipe(response);
				});
			});
			const sent = makeBytes(size);
			let peak = 0;
			const before = process.memoryUsage.rss();
			const watch = setInterval(() => {
				peak = Math.max(peak, process.memoryUsage.rss() - before);
			}, 10);
			const answer = await client.request({
				path: '/upload',
				method: 'POST',
				body: sent.stream,
				...(isChunked ? {} : {headers: {'content-length': String(size)}}),
			});
			const got = await digestOf(answer.body);
			clearInterval(watch);
			expect(up).toEqual({digest: sent.digest(), size});
			expect(got).toEqual({digest: down.digest(), size});
			// Client, gateway and server are all in this process.
			expect(peak).toBeLessThan(100 * MB);
		},
	);

	it('waits where the reader waits, and does not gather what comes', async () => {
		let written = 0;
		const {url} = await startWith((_request, response) => {
			const more = () => {
				while (written < 100 * MB) {
					written += 64 * 1024;
					if (!response.write(Buffer.alloc(64 * 1024))) return void response.once('drain', more);
				}
				response.end();
			};
			more();
		});
		const {hostname, port} = new URL(url);
		const socket = connect({host: hostname, port: Number(port)}).pause();
		onTestFinished(() => void socket.destroy());
		socket.write('GET / HTTP/1.1\r\nHost: shop\r\n\r\n');
		await delay(500);
		expect(written).toBeLessThan(30 * MB);
	});

	it('has the path as it came, the host it was sent to, and the client’s address behind what came', async () => {
		const got: {url: string | undefined; headers: IncomingHttpHeaders}[] = [];
		const {url} = await startWith((request, response) => {
			got.push({url: request.url, headers: request.headers});
			response.end('ok');
		});
		const path = '/a/../b//c/%2e%2E/%E0%A4%A?q=%zz&x=a%20b+c';
		const lines = [
			`GET ${path} HTTP/1.1`,
			'Host: shop.example',
			'Connection: close, x-hop',
			'X-Hop: for the next one only',
			'Keep-Alive: timeout=5',
			'TE: trailers',
			'Proxy-Authorization: Basic eA==',
			'Cookie: a=1; sid=2',
			'X-Forwarded-For: 203.0.113.7',
			'X-Forwarded-Proto: https',
		];
		const answer = await sendRaw(url, `${lines.join('\r\n')}\r\n\r\n`);
		expect(answer).toMatch(/^HTTP\/1\.1 200 /);
		expect(answer).toMatch(/^connection: close/im);
		expect(got).toHaveLength(1);
		expect(got[0]?.url).toBe(path);
		const {connection, ...headers} = got[0]?.headers ?? {};
		expect(connection).toBe('keep-alive');
		expect(headers).toEqual({
			host: 'shop.example',
			cookie: 'a=1; sid=2',
			'x-forwarded-for': '203.0.113.7, 127.0.0.1',
			'x-forwarded-proto': 'https',
			'x-forwarded-host': 'shop.example',
		});
	});

	it('has every cookie and header of the answer, but not those of the hop', async () => {
		const {client} = await startWith((_request, response) => {
			response.setHeader('set-cookie', ['a=1; Path=/', 'b=2']);
			response.setHeader('connection', 'close, x-hop');
			response.setHeader('x-hop', 'secret');
			response.setHeader('x-version', '1.2.0');
			response.writeHead(418, 'Short and stout').end('tea');
		});
		const {headers, statusCode, body} = await client.request({path: '/', method: 'GET'});
		expect(statusCode).toBe(418);
		expect(headers).toMatchObject({'set-cookie': ['a=1; Path=/', 'b=2'], 'x-version': '1.2.0'});
		expect(headers).not.toHaveProperty('x-hop');
		expect(await body.text()).toBe('tea');
	});

	it.each(['HEAD', 'OPTIONS', 'DELETE', 'PATCH', 'PROPFIND'])('is %s as it came', async (method) => {
		const {url} = await startWith((request, response) => {
			void digestOf(request).then(({size}) => {
				response.setHeader('x-got', `${request.method} ${size}`);
				response.end('body');
			});
		});
		const answer = await sendRaw(
			url,
			`${method} /x HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n${method === 'HEAD' ? '' : 'Content-Length: 5\r\n'}\r\n${method === 'HEAD' ? '' : 'hello'}`,
		);
		expect(answer).toContain(`x-got: ${method} ${method === 'HEAD' ? 0 : 5}`);
		expect(answer.endsWith(method === 'HEAD' ? '\r\n\r\n' : 'body') || answer.includes('body')).toBe(true);
	});

	it('is answered to a client that waits for leave to send its body, and to one of HTTP/1.0', async () => {
		const {url} = await startWith((request, response) => {
			void digestOf(request).then(({size}) => void response.end(`got ${size}`));
		});
		const {hostname, port} = new URL(url);
		const request = httpRequest({
			host: hostname,
			port,
			method: 'POST',
			headers: {expect: '100-continue', 'content-length': 3},
		});
		request.flushHeaders();
		await once(request, 'continue');
		request.end('abc');
		const [response] = (await once(request, 'response')) as [Readable];
		expect(String(await response.toArray())).toBe('got 3');
		const old = await sendRaw(url, 'GET / HTTP/1.0\r\n\r\n');
		expect(old).toMatch(/got 0$/);
		expect(old).not.toMatch(/transfer-encoding/i);
	});

	it('is answered before its body has come, where the server does not want it', async () => {
		const {client, url, splitter} = await startWith(
			(_request, response) => void response.writeHead(413).end('too much'),
		);
		await splitter.observe();
		const answer = await client.request({path: '/', method: 'POST', body: makeBytes(50 * MB).stream});
		expect([answer.statusCode, await answer.body.text()]).toEqual([413, 'too much']);
		expect((await new Client(url).request({path: '/', method: 'GET'})).statusCode).toBe(413);
		await delay(100);
		expect((await splitter.observe()).totals.stable).toEqual({requests: 2, errors: 0});
	});

	it.each([
		['two lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 30\r\n\r\nabc'],
		[
			'a length and chunks',
			'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n',
		],
		[
			'chunks by another name',
			'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n',
		],
	])('is not smuggled: %s', async (_name, text) => {
		const {url, backend} = await startWith(undefined);
		expect(await sendRaw(url, text)).toMatch(/^HTTP\/1\.1 400 /);
		expect(backend.count()).toBe(0);
	});

	it('keeps a body in its frame although the client calls the frame a header of the hop', async () => {
		const paths: (string | undefined)[] = [];
		const {url} = await startWith((request, response) => {
			paths.push(request.url);
			request.resume().once('end', () => response.end('ok'));
		});
		const body = 'GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n';
		for (const method of ['GET', 'DELETE', 'POST']) {
			const length = `Connection: content-length, transfer-encoding, close\r\nContent-Length: ${body.length}`;
			const chunked = 'Connection: transfer-encoding, close\r\nTransfer-Encoding: chunked';
			await sendRaw(url, `${method} /one HTTP/1.1\r\nHost: a\r\n${length}\r\n\r\n${body}`);
			await sendRaw(
				url,
				`${method} /two HTTP/1.1\r\nHost: a\r\n${chunked}\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
			);
		}
		expect(paths).toEqual(['/one', '/two', '/one', '/two', '/one', '/two']);
	});
});

describe('a client that goes away', () => {
	it.each([
		['before the answer', () => undefined, 0],
		['in the middle of it', (write: () => void) => write(), 200],
	] as const)('%s is nobody’s error, and the server learns of it', async (_name, begin, status) => {
		let closed = 0;
		const {url, splitter} = await startWith((_request, response) => {
			response.once('close', () => closed++);
			begin(() => void response.write('half'));
		});
		await splitter.observe();
		const {hostname, port} = new URL(url);
		for (let client = 0; client < 5; client++) {
			const socket = connect({host: hostname, port: Number(port)}).on('error', () => undefined);
			socket.write('GET /slow HTTP/1.1\r\nHost: shop\r\n\r\n');
			await delay(80);
			socket.resetAndDestroy();
		}
		await delay(150);
		const {served = [], totals} = await splitter.observe();
		expect(closed).toBe(5);
		expect(totals.stable).toEqual({requests: 5, errors: 0});
		expect(served.map(({isAborted, status: seen}) => ({isAborted, seen}))).toEqual(
			Array.from({length: 5}, () => ({isAborted: true, seen: status})),
		);
	});

	it('in the middle of its upload, or stands still there, is nobody’s error', async () => {
		const {url, splitter} = await startWith((request, response) => {
			request.on('error', () => undefined);
			request.resume().once('end', () => response.end('ok'));
		}, 300);
		await splitter.observe();
		const {hostname, port} = new URL(url);
		const head = 'POST /upload HTTP/1.1\r\nHost: shop\r\nContent-Length: 1000\r\n\r\nhalf';
		const gone = connect({host: hostname, port: Number(port)}).on('error', () => undefined);
		gone.write(head);
		const still = connect({host: hostname, port: Number(port)}).on('error', () => undefined);
		still.write(head);
		await delay(100);
		gone.resetAndDestroy();
		await delay(500);
		const {served = [], totals} = await splitter.observe();
		expect(totals.stable).toEqual({requests: 2, errors: 0});
		expect(served.map(({status, isAborted}) => ({status, isAborted}))).toEqual([
			{status: 0, isAborted: true},
			{status: 408, isAborted: true},
		]);
	});

	it('does not end the gateway, however many do', async () => {
		const {url, client} = await startWith((_request, response) => void setTimeout(() => response.end('ok'), 5));
		const {hostname, port} = new URL(url);
		await Promise.all(
			Array.from({length: 200}, async (_, index) => {
				const socket = connect({host: hostname, port: Number(port)}).on('error', () => undefined);
				socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.slice(0, 10 + (index % 20)));
				await delay(index % 20);
				socket.resetAndDestroy();
			}),
		);
		expect((await client.request({path: '/', method: 'GET'})).statusCode).toBe(200);
	});
});

describe('a gateway that is told to stop', () => {
	it('cuts what is still under way when its time is over', async () => {
		const {url, close} = await startWith((_request, response) => void response.write('for ever'));
		const {hostname, port} = new URL(url);
		const socket = connect({host: hostname, port: Number(port)}).on('error', () => undefined);
		socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
		await once(socket, 'data');
		const startedMs = performance.now();
		await close();
		expect(performance.now() - startedMs).toBeGreaterThan(900);
		expect(performance.now() - startedMs).toBeLessThan(1900);
	});
});

describe('a WebSocket', () => {
	/** Says what it gets, as raw bytes: the gateway is not to care for frames. */
	async function startEcho(name: string): Promise<string> {
		const server = createHttpServer((_request, response) => response.writeHead(404).end());
		server.on('upgrade', (request, socket, head) => {
			socket.on('error', () => undefined);
			if (request.url === '/refused')
				return void socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 2\r\n\r\nno');
			socket.write(
				`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nX-Version: ${name}\r\n\r\n`,
			);
			socket.write(head);
			socket.pipe(socket);
		});
		server.listen(0, '127.0.0.1');
		await once(server, 'listening');
		onTestFinished(() => {
			server.close();
			server.closeAllConnections();
		});
		const address = server.address();
		return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
	}

	const shake = (url: string, path = '/ws', upgrade = 'websocket') => {
		const {hostname, port} = new URL(url);
		const socket = connect({host: hostname, port: Number(port)}).on('error', () => undefined);
		onTestFinished(() => void socket.destroy());
		socket.write(
			`GET ${path} HTTP/1.1\r\nHost: shop\r\nConnection: Upgrade\r\nUpgrade: ${upgrade}\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\nearly`,
		);
		return socket;
	};
	const readUntil = async (socket: ReturnType<typeof shake>, end: string) => {
		let text = '';
		for await (const chunk of socket.iterator({destroyOnReturn: false})) {
			text += String(chunk);
			if (text.includes(end)) break;
		}
		return text;
	};

	it('stays on its side, bytes as they are, and is counted once', async () => {
		const {splitter, url} = await startGateway({
			stable: [await startEcho('stable')],
			canary: [await startEcho('canary')],
		});
		await splitter.observe();
		await splitter.set({share: 1, leaseMs: 60_000, owner: 'run-1'});
		const socket = shake(url);
		const head = await readUntil(socket, 'early');
		expect(head).toMatch(/^HTTP\/1\.1 101 /);
		expect(head).toContain('canary');
		await splitter.revert();
		socket.write('late');
		expect(await readUntil(socket, 'late')).toContain('late');
		const {served} = await splitter.observe();
		expect(served).toMatchObject([{side: 'canary', status: 101, path: '/ws', isAborted: false}]);
	});

	it('that the server refuses is refused with the server’s own words', async () => {
		const {splitter, url} = await startGateway({stable: [await startEcho('stable')], canary: [await closedUrl()]});
		await splitter.observe();
		expect(await readUntil(shake(url, '/refused'), 'no')).toMatch(/^HTTP\/1\.1 401 /);
		// Another protocol is not spoken: the request is answered as it is.
		const plain = await readUntil(shake(url, '/ws', 'h2c'), '404');
		expect(plain).toMatch(/^HTTP\/1\.1 404 [\s\S]*connection: close/i);
		await delay(50);
		expect((await splitter.observe()).served).toMatchObject([{status: 401}, {status: 404, isAborted: false}]);
	});

	it('of a dead canary is taken by stable; of a dead stable by nobody', async () => {
		const echo = await startEcho('alive');
		const rescued = await startGateway({stable: [echo], canary: [await closedUrl()]});
		await rescued.splitter.set({share: 1, leaseMs: 60_000, owner: 'run-1'});
		expect(await readUntil(shake(rescued.url), 'early')).toContain('alive');
		expect((await rescued.splitter.observe()).totals.canary).toEqual({requests: 1, errors: 1});

		const lost = await startGateway({stable: [await closedUrl()], canary: [echo]});
		expect(await readUntil(shake(lost.url), '50')).toMatch(/^HTTP\/1\.1 50[23] /);
		expect((await lost.splitter.observe()).totals.stable).toEqual({requests: 1, errors: 1});
	});
});
