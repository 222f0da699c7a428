import {randomBytes} from 'node:crypto';
import {isIpAddress} from './address.js';
import {dial, type Endpoint, NoAnswer, socketSilence} from './dial.js';
import type {Route} from './route.js';

/**
 * The first message of TLS, written by hand: it offers what no OpenSSL of today can speak any more (RC4, export suites,
 * SSL 3), so that a server that still takes it is found. Nothing is negotiated to its end, and nothing is sent after it.
 */
export type Hello = {
	/** The newest version that is offered, as on the wire: 0x0300 is SSL 3, 0x0303 TLS 1.2. @default 0x0303 */
	readonly version?: number;
	/** As on the wire, such as 0xc02f. */
	readonly suites: readonly number[];
};

/** What the server chose, or the alert it ended the handshake by. */
export type HelloAnswer =
	| {readonly kind: 'chosen'; readonly version: number; readonly suite: number}
	| {readonly kind: 'refused'; readonly alert: number};

/** A server that says more than this before its answer is whole says nothing. */
const MAX_ANSWER_BYTES = 65_536;

const RECORD = {alert: 21, handshake: 22} as const;
const SERVER_HELLO = 2;

/** Says hello and reads the answer. @throws NoAnswer */
export async function sayHello(
	endpoint: Endpoint,
	route: Route,
	{timeoutMs, signal}: {readonly timeoutMs: number; readonly signal: AbortSignal},
	hello: Hello,
): Promise<HelloAnswer> {
	const startedAt = performance.now();
	const {socket} = await dial(endpoint, route, {timeoutMs, signal});
	const leftMs = Math.max(1, timeoutMs - (performance.now() - startedAt));
	const where = endpoint.host;
	return new Promise<HelloAnswer>((resolve, reject) => {
		let received = Buffer.alloc(0);
		const onAbort = () => settle(new NoAnswer('interrupted', 'interrupted'));
		const timer = setTimeout(
			() => settle(new NoAnswer('timeout', `${where} did not answer a TLS hello in ${Math.round(leftMs)} ms`)),
			leftMs,
		);
		const settle = (end: HelloAnswer | NoAnswer) => {
			clearTimeout(timer);
			signal.removeEventListener('abort', onAbort);
			socket.destroy();
			if (end instanceof NoAnswer) reject(end);
			else resolve(end);
		};
		signal.addEventListener('abort', onAbort, {once: true});
		socket.on('data', (chunk: Buffer) => {
			received = Buffer.concat([received, chunk]);
			const answer = readHelloAnswer(received);
			if (answer === 'garbage' || (answer === undefined && received.length > MAX_ANSWER_BYTES))
				settle(new NoAnswer('protocol', `${where} does not speak TLS`));
			else if (answer !== undefined) settle(answer);
		});
		socket.once('error', (error) => settle(socketSilence(error, where)));
		socket.once('close', () => settle(new NoAnswer('reset', `${where} closed the connection`, 'ECONNRESET')));
		socket.write(makeClientHello(endpoint.host, hello));
	});
}

/** Undefined until there is enough of it. */
export function readHelloAnswer(bytes: Buffer): HelloAnswer | 'garbage' | undefined {
	const handshake: Buffer[] = [];
	for (let at = 0; at + 5 <= bytes.length; ) {
		const type = bytes[at];
		const length = bytes.readUInt16BE(at + 3);
		if ((type !== RECORD.alert && type !== RECORD.handshake) || bytes[at + 1] !== 3) return 'garbage';
		const body = bytes.subarray(at + 5, at + 5 + length);
		if (body.length < length) return undefined;
		if (type === RECORD.alert && length < 2) return 'garbage';
		// A warning, such as that the name is not known, is no end.
		if (type === RECORD.alert && body[0] === 2) return {kind: 'refused', alert: body[1] ?? 0};
		if (type === RECORD.handshake) handshake.push(body);
		const answer = readServerHello(Buffer.concat(handshake));
		if (answer !== undefined) return answer;
		at += 5 + length;
	}
	return bytes.length > 0 && bytes[0] !== RECORD.alert && bytes[0] !== RECORD.handshake ? 'garbage' : undefined;
}

function readServerHello(message: Buffer): HelloAnswer | 'garbage' | undefined {
	if (message.length < 39) return undefined;
	if (message[0] !== SERVER_HELLO || message[4] !== 3) return 'garbage';
	const suiteAt = 39 + (message[38] ?? 0);
	if (message.length < suiteAt + 2) return undefined;
	return {kind: 'chosen', version: message.readUInt16BE(4), suite: message.readUInt16BE(suiteAt)};
}

export function makeClientHello(host: string, {version = 0x0303, suites}: Hello): Buffer {
	const body = Buffer.concat([
		uint16(version),
		randomBytes(32),
		Buffer.of(0),
		sized(2, Buffer.concat(suites.map(uint16))),
		Buffer.of(1, 0),
		// SSL 3 knows no extensions.
		...(version === 0x0300 ? [] : [sized(2, extensions(host))]),
	]);
	const message = Buffer.concat([Buffer.of(1), sized(3, body)]);
	return Buffer.concat([Buffer.of(RECORD.handshake), uint16(Math.min(version, 0x0301)), sized(2, message)]);
}

function extensions(host: string): Buffer {
	const name = Buffer.concat([Buffer.of(0), sized(2, Buffer.from(host, 'latin1'))]);
	return Buffer.concat([
		...(isIpAddress(host) ? [] : [extension(0, sized(2, name))]),
		// x25519, P-256, P-384, P-521, ffdhe2048, ffdhe3072
		extension(10, sized(2, Buffer.concat([0x1d, 0x17, 0x18, 0x19, 0x100, 0x101].map(uint16)))),
		extension(11, sized(1, Buffer.of(0))),
		// RSA, ECDSA and RSA-PSS with SHA-256 to SHA-512, Ed25519, then SHA-1.
		extension(
			13,
			sized(
				2,
				Buffer.concat(
					[0x0401, 0x0501, 0x0601, 0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807, 0x0201, 0x0203].map(uint16),
				),
			),
		),
		// Extended master secret and secure renegotiation, which some servers insist on.
		extension(23, Buffer.alloc(0)),
		extension(0xff01, Buffer.of(0)),
	]);
}

function extension(type: number, body: Buffer): Buffer {
	return Buffer.concat([uint16(type), sized(2, body)]);
}

function uint16(value: number): Buffer {
	return Buffer.of(value >> 8, value & 0xff);
}

/** A body behind its own length. */
function sized(bytes: 1 | 2 | 3, body: Buffer): Buffer {
	const length = Buffer.alloc(bytes);
	length.writeUIntBE(body.length, 0, bytes);
	return Buffer.concat([length, body]);
}
