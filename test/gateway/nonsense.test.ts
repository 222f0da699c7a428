import {once} from 'node:events';
import {connect, createServer, type Socket} from 'node:net';
import {describe, expect, it, onTestFinished} from 'vitest';
import {prepareRequestHeaders} from '../../src/gateway/headers.js';
import {freePort} from '../../src/local/free-port.js';
import {startBackend, startGateway} from '../support/proxies/gateway.js';
import {chooseSeed, IS_FULL, makeRandom} from '../support/sweep.js';

const REQUEST_LINES = [
	'Trailer: x',
	'TE: trailers, deflate;q=0.5',
	'Transfer-Encoding: chunked',
	'Transfer-Encoding: gzip, chunked',
	'Content-Length: 0',
	'Content-Length: 5',
	'Content-Length: -1',
	'Connection: host, cookie, content-length, trailer, upgrade',
	'Connection: upgrade',
	'Upgrade: h2c',
	'Upgrade: websocket',
	'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
	'Expect: 100-continue',
	'Expect: nonsense',
	'Keep-Alive: timeout=99999999999999',
	'Proxy-Connection: close',
	'Cookie: ;;;=;sid;sid=;=x',
	'X-Forwarded-For: \u00ff, <script>',
	'Host: another',
	'X-Empty:',
	`X-Long: ${'y'.repeat(4000)}`,
	'__proto__: x',
	'constructor: x',
];
const TARGETS = ['/', '*', '//', '/%', '/\u00ff', '/a?b=%zz#c', 'http://other/x', '/..%2f..', `/${'z'.repeat(3000)}`];
const METHODS = ['GET', 'POST', 'HEAD', 'OPTIONS', 'DELETE', 'TRACE', 'CONNECT', 'PURGE', 'get', 'M-SEARCH'];
const ANSWERS = [
	'HTTP/1.1 099 Low\r\n\r\n',
	'HTTP/1.1 999 High\r\nContent-Length: 0\r\n\r\n',
	'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
	'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n',
	'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
	'HTTP/1.1 200 \u0001\u00ff\r\nContent-Length: 0\r\n\r\n',
	'HTTP/1.1 200 OK\r\nTrailer: x\r\nContent-Length: 2\r\n\r\nok',
	'HTTP/1.1 200 OK\r\nTrailer: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nx: y\r\n\r\n',
	'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok',
	'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello',
	'HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n',
	'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
	'HTTP/1.1 200 OK\r\nConnection: set-cookie, content-length, close\r\nSet-Cookie: a\r\nContent-Length: 2\r\n\r\nok',
	'HTTP/1.0 200 OK\r\n\r\nuntil the end',
	`HTTP/1.1 200 OK\r\nX-Long: ${'y'.repeat(30_000)}\r\n\r\n`,
	'\r\n\r\n',
	'',
];

/** Writes, and waits until the other side has had its say. */
async function exchange(url: string, text: string): Promise<string> {
	const {hostname, port} = new URL(url);
	const socket = connect({host: hostname, port: Number(port)}).on('error', () => undefined);
	let answer = '';
	socket.setEncoding('latin1').on('data', (chunk: string) => {
		answer += chunk;
	});
	socket.write(text, 'latin1');
	const timer = setTimeout(() => socket.destroy(), 150);
	await once(socket, 'close');
	clearTimeout(timer);
	return answer;
}

async function startRaw(answer: () => string): Promise<string> {
	const sockets = new Set<Socket>();
	const port = await freePort();
	const server = createServer((socket) => {
		sockets.add(socket);
		socket.on('error', () => undefined);
		socket.on('data', () => socket.end(answer(), 'latin1'));
	}).listen(port, '127.0.0.1');
	await once(server, 'listening');
	onTestFinished(() => {
		server.close();
		for (const socket of sockets) socket.destroy();
	});
	return `http://127.0.0.1:${port}`;
}

describe('a gateway that is told nonsense', () => {
	it('by clients, goes on serving the others', async () => {
		const random = makeRandom(chooseSeed('nonsense of clients'));
		const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
		const backend = await startBackend('shop');
		const gateway = await startGateway({stable: [backend.url], canary: [backend.url], idleTimeoutMs: 100});
		const make = () => {
			const lines = Array.from({length: Math.floor(random() * 6)}, () => pick(REQUEST_LINES));
			const text = `${pick(METHODS)} ${pick(TARGETS)} HTTP/1.${random() < 0.2 ? 0 : 1}\r\nHost: shop\r\n${lines.join('\r\n')}\r\n\r\n`;
			return `${random() < 0.1 ? text.slice(0, Math.floor(random() * text.length)) : text}${random() < 0.5 ? 'hello' : ''}`;
		};
		for (let round = 0; round < (IS_FULL ? 400 : 40); round++) {
			await Promise.all(Array.from({length: 10}, () => exchange(gateway.url, make())));
		}
		expect(await exchange(gateway.url, 'GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n')).toContain('shop');
		expect(await gateway.splitter.read()).toMatchObject({share: 0});
	});

	it.each(ANSWERS.map((answer) => ({answer})))(
		'by an instance, answers something and goes on: $answer',
		async ({answer}) => {
			let isNonsense = true;
			const raw = await startRaw(() => (isNonsense ? answer : 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfine.'));
			const {url} = await startGateway({stable: [raw], canary: [raw], idleTimeoutMs: 100});
			const texts = ['GET', 'HEAD', 'POST'].map(
				(method) => `${method} / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n`,
			);
			for (const text of texts) {
				const got = await exchange(url, text);
				if (got !== '') expect(got).toMatch(/^HTTP\/1\.1 [2-9]\d\d /);
			}
			isNonsense = false;
			expect(await exchange(url, texts[0] ?? '')).toContain('fine.');
		},
	);
});

describe('who says where a request came from', () => {
	const forwarded = (remoteAddress: string) => {
		const headers: Record<string, string> = {
			host: 'shop.example',
			'x-forwarded-for': '203.0.113.9',
			'x-forwarded-proto': 'https',
			'x-forwarded-host': 'other.example',
			'x-forwarded-port': '443',
			forwarded: 'for=203.0.113.9',
		};
		prepareRequestHeaders({headers, httpVersion: '1.1', socket: {remoteAddress, localPort: 8080}} as never);
		return headers;
	};

	it('is a proxy of this machine', () => {
		expect(forwarded('::ffff:127.0.0.1')).toEqual({
			host: 'shop.example',
			'x-forwarded-for': '203.0.113.9, ::ffff:127.0.0.1',
			'x-forwarded-proto': 'https',
			'x-forwarded-host': 'other.example',
			'x-forwarded-port': '443',
			forwarded: 'for=203.0.113.9',
		});
	});

	it('is not a stranger', () => {
		expect(forwarded('198.51.100.7')).toEqual({
			host: 'shop.example',
			'x-forwarded-for': '203.0.113.9, 198.51.100.7',
			'x-forwarded-proto': 'http',
			'x-forwarded-host': 'shop.example',
			'x-forwarded-port': '8080',
		});
	});
});
