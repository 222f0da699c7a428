import {type IncomingMessage, request} from 'node:http';
import type {Socket} from 'node:net';
import {errorMessage} from '../../kernel/errors.js';
import {decodeBody} from './decode-body.js';
import {codeOf, dial, NoAnswer, type Silence} from './dial.js';
import type {Route} from './route.js';
import {type Handshake, openTls} from './tls.js';

export type WebRequest = {
	readonly url: URL;
	/** @default 'GET' */
	readonly method?: string;
	readonly headers?: Readonly<Record<string, string>>;
	readonly body?: string | Buffer;
	/** For all of it: connection, handshake, answer. @default 15000 */
	readonly timeoutMs?: number;
	/** Of the body that is read; the connection is closed behind it. @default 1048576 */
	readonly maxBytes?: number;
	/** Sends nothing over TLS that does not hold: for requests with credentials. @default false */
	readonly requiresTrust?: boolean;
};

/** One HTTP answer, as it came: no redirect followed, no cookie kept. */
export type WebAnswer = {
	readonly url: URL;
	readonly status: number;
	/** In the order they came, names in small letters, none joined with another. */
	readonly headers: readonly (readonly [name: string, value: string])[];
	/** Decoded, at most `maxBytes`. */
	readonly body: Buffer;
	readonly isTruncated: boolean;
	/** The body broke off, or took longer than there was time; what came of it is there. */
	readonly isBroken: boolean;
	/** From the first byte sent to the first byte of the answer. */
	readonly firstByteMs: number;
	readonly durationMs: number;
	readonly address: string | undefined;
	/** Undefined over plain http. */
	readonly tls: Handshake | undefined;
};

/** Headers together; Node's own limit is 16 KiB, which some honest sites pass. */
const MAX_HEADER_BYTES = 65_536;

/** The most headers of one answer that are looked at; what is more is a fault of the server. */
const MAX_HEADERS = 500;

/** Sends one request over a connection of its own and reads one answer, bounded in time and size. @throws NoAnswer */
export async function exchange(asked: WebRequest, route: Route, signal: AbortSignal): Promise<WebAnswer> {
	const {url, timeoutMs = 15_000, requiresTrust = false} = asked;
	const startedAt = performance.now();
	const endpoint = {host: url.hostname, port: Number(url.port) || (url.protocol === 'https:' ? 443 : 80)};
	const limits = {timeoutMs, signal};
	const opened =
		url.protocol === 'https:'
			? await openTls(endpoint, route, limits, {isLenient: !requiresTrust})
			: {...(await dial(endpoint, route, limits)), handshake: undefined};
	const {socket, handshake} = opened;
	const address = handshake === undefined && 'address' in opened ? opened.address : handshake?.address;
	try {
		if (requiresTrust && handshake !== undefined && !handshake.isAuthorized) {
			throw new NoAnswer(
				'tls',
				`nothing secret is sent to ${url.host}: its certificate does not hold (${handshake.problem ?? ''})`,
				handshake.problem,
			);
		}
		const leftMs = Math.max(1, timeoutMs - (performance.now() - startedAt));
		const answer = await readAnswer(asked, socket, leftMs, signal);
		return {...answer, url, durationMs: performance.now() - startedAt, address, tls: handshake};
	} finally {
		socket.destroy();
	}
}

type Read = Omit<WebAnswer, 'url' | 'durationMs' | 'address' | 'tls'>;

function readAnswer(
	{url, method = 'GET', headers = {}, body, maxBytes = 1_048_576}: WebRequest,
	socket: Socket,
	timeoutMs: number,
	signal: AbortSignal,
): Promise<Read> {
	return new Promise((resolve, reject) => {
		const sentAt = performance.now();
		const asked = request({
			createConnection: () => socket,
			host: url.hostname,
			method,
			path: `${url.pathname}${url.search}`,
			headers: {
				host: url.host,
				connection: 'close',
				'accept-encoding': 'identity',
				...headers,
				...(body === undefined ? {} : {'content-length': String(Buffer.byteLength(body))}),
			},
			maxHeaderSize: MAX_HEADER_BYTES,
			setHost: false,
		});
		let answer: IncomingMessage | undefined;
		const chunks: Buffer[] = [];
		let size = 0;
		let firstByteMs = 0;
		let isSettled = false;

		const finish = (end: 'whole' | 'truncated' | 'broken' | NoAnswer) => {
			if (isSettled) return;
			isSettled = true;
			clearTimeout(timer);
			signal.removeEventListener('abort', onAbort);
			asked.destroy();
			if (end instanceof NoAnswer || answer === undefined) {
				reject(end instanceof NoAnswer ? end : new NoAnswer('reset', `${url.host} closed the connection`));
				return;
			}
			const listed = headersOf(answer);
			void decodeBody(Buffer.concat(chunks), listed, maxBytes).then((decoded) => {
				resolve({
					status: answer?.statusCode ?? 0,
					headers: listed,
					body: decoded.body,
					isTruncated: end === 'truncated' || decoded.isTruncated,
					isBroken: end === 'broken',
					firstByteMs,
				});
			}, reject);
		};
		const onAbort = () => finish(new NoAnswer('interrupted', 'interrupted'));
		const timer = setTimeout(
			() =>
				finish(
					answer === undefined
						? new NoAnswer('timeout', `${url.host} did not answer in ${Math.round(timeoutMs)} ms`)
						: 'broken',
				),
			timeoutMs,
		);
		signal.addEventListener('abort', onAbort, {once: true});

		asked.once('response', (message) => {
			answer = message;
			firstByteMs = performance.now() - sentAt;
			message.on('data', (chunk: Buffer) => {
				chunks.push(chunk);
				size += chunk.length;
				if (size >= maxBytes) finish('truncated');
			});
			message.once('end', () => finish('whole'));
			message.once('error', () => finish('broken'));
			message.once('aborted', () => finish('broken'));
		});
		// An answer such as 101, which is none to what was asked.
		asked.once('upgrade', () => finish(new NoAnswer('protocol', `${url.host} switched to another protocol`)));
		asked.on('error', (error) => finish(answer === undefined ? httpSilence(error, url) : 'broken'));
		asked.end(body);
	});
}

function headersOf(answer: IncomingMessage): (readonly [string, string])[] {
	const listed: (readonly [string, string])[] = [];
	for (let index = 0; index + 1 < answer.rawHeaders.length && listed.length < MAX_HEADERS; index += 2)
		listed.push([(answer.rawHeaders[index] ?? '').toLowerCase(), answer.rawHeaders[index + 1] ?? '']);
	return listed;
}

function httpSilence(error: unknown, url: URL): NoAnswer {
	const code = codeOf(error);
	const why: Silence = code === 'ECONNRESET' || code === 'EPIPE' ? 'reset' : 'protocol';
	const words =
		code === 'HPE_HEADER_OVERFLOW'
			? `more than ${MAX_HEADER_BYTES / 1024} KiB of headers`
			: why === 'reset'
				? 'the connection was closed before an answer'
				: `no HTTP answer that can be read (${errorMessage(error)})`;
	return new NoAnswer(why, `${url.host}: ${words}`, code);
}

/** The last value of a header, or undefined. */
export function headerOf({headers}: Pick<WebAnswer, 'headers'>, name: string): string | undefined {
	return headers.findLast(([known]) => known === name)?.[1];
}

/** Every value of a header, one for each line. */
export function headersNamed({headers}: Pick<WebAnswer, 'headers'>, name: string): readonly string[] {
	return headers.filter(([known]) => known === name).map(([, value]) => value);
}
