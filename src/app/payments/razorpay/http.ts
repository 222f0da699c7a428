import {Pool} from 'undici';
import type {z} from 'zod';
import {errorCode, errorMessage} from '../../../kernel/errors.js';
import type {ShopEvents} from '../../events.js';
import type {ShopHost} from '../../shop.js';
import {ProviderError} from '../provider.js';
import {refusalText} from './answers.js';

export type RazorpayAccess = {
	readonly url: string;
	readonly keyId: string;
	readonly keySecret: string;
	/** @default 2000 */
	readonly connectMs?: number;
	/** From the request to the last byte of its answer. @default 8000 */
	readonly answerMs?: number;
};

export type RazorpayCall<T extends z.ZodType> = {
	/** As events tell it: `createOrder`, `readPayment`, … */
	readonly name: string;
	readonly method: 'GET' | 'POST';
	readonly path: string;
	readonly body?: Readonly<Record<string, unknown>>;
	readonly headers?: Readonly<Record<string, string>>;
	readonly answer: T;
};

/** An answer that is what was asked for, or Razorpay's refusal of it. */
export type RazorpayAnswer<T> =
	| {readonly ok: true; readonly value: T}
	| {readonly ok: false; readonly status: number; readonly text: string};

export type RazorpayHttp = {
	/** Asks once. @throws ProviderError where there is no clear answer */
	call<T extends z.ZodType>(call: RazorpayCall<T>): Promise<RazorpayAnswer<z.output<T>>>;
	close(): Promise<void>;
};

const MAX_ANSWER_BYTES = 1024 * 1024;

/** What a failure before the request was sent looks like: then nothing can have been done. */
const NEVER_SENT = new Set([
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'UND_ERR_CONNECT_TIMEOUT',
]);
const TIMEOUTS = new Set(['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT', 'ETIMEDOUT']);

/** Razorpay over kept-alive connections, every request with a timeout, every answer checked before it is believed. */
export function openRazorpayHttp(
	{url, keyId, keySecret, connectMs = 2000, answerMs = 8000}: RazorpayAccess,
	{events, host}: {readonly events: ShopEvents; readonly host: Pick<ShopHost, 'monotonicMs' | 'redact' | 'addSecret'>},
): RazorpayHttp {
	const {origin, pathname} = new URL(url);
	const prefix = pathname.replace(/\/$/, '');
	const pool = new Pool(origin, {
		connect: {timeout: connectMs},
		headersTimeout: answerMs,
		bodyTimeout: answerMs,
		keepAliveTimeout: 30_000,
		connections: 32,
		maxResponseSize: MAX_ANSWER_BYTES,
	});
	const credentials = Buffer.from(`${keyId}:${keySecret}`).toString('base64');
	host.addSecret(keySecret);
	host.addSecret(credentials);

	const ask = async <T extends z.ZodType>({method, path, body, headers}: RazorpayCall<T>) => {
		const response = await pool.request({
			method,
			path: prefix + path,
			headers: {
				authorization: `Basic ${credentials}`,
				accept: 'application/json',
				...(body === undefined ? {} : {'content-type': 'application/json'}),
				...headers,
			},
			body: body === undefined ? null : JSON.stringify(body),
			// The pool's own timeouts begin anew with every byte.
			signal: AbortSignal.timeout(connectMs + answerMs),
		});
		return {
			status: response.statusCode,
			retryAfter: response.headers['retry-after'],
			text: await response.body.text(),
		};
	};

	return {
		async call(call) {
			const started = host.monotonicMs();
			const tell = (outcome: 'ok' | 'refused' | 'error' | 'timeout') =>
				events.emit({type: 'provider', call: call.name, outcome, durationMs: host.monotonicMs() - started});
			try {
				const answer = judge(call, await ask(call), keyId);
				tell(answer.ok ? 'ok' : 'refused');
				return answer;
			} catch (error) {
				const failed = error instanceof ProviderError ? error : transportError(call.name, error, host);
				tell(failed.kind === 'refused' ? 'refused' : isTimeout(failed.cause) ? 'timeout' : 'error');
				throw failed;
			}
		},
		close: () => pool.destroy(),
	};
}

type Received = {readonly status: number; readonly retryAfter: string | string[] | undefined; readonly text: string};

function judge<T extends z.ZodType>(
	{name, answer}: RazorpayCall<T>,
	{status, retryAfter, text}: Received,
	keyId: string,
): RazorpayAnswer<z.output<T>> {
	const body = parse(text);
	if (status === 401)
		throw new ProviderError('refused', `Razorpay does not know RAZORPAY_KEY_ID ${keyMode(keyId)} with its secret`);
	if (status === 429)
		throw new ProviderError('unavailable', `Razorpay wants fewer requests (${name})`, {
			retryAfterMs: retryAfterMs(retryAfter),
		});
	// A server that fails may have done it all the same.
	if (status >= 500) throw new ProviderError('unanswered', `Razorpay failed with ${status} (${name})`);
	if (status >= 300) return {ok: false, status, text: refusalText(body)};
	const checked = answer.safeParse(body);
	if (!checked.success)
		throw new ProviderError('unanswered', `Razorpay answered ${name} with something that is none`, {
			cause: checked.error,
		});
	return {ok: true, value: checked.data};
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/** Enough of the key to recognise it, in a form that is not masked. */
function keyMode(keyId: string): string {
	return `(${/^rzp_(live|test)/.exec(keyId)?.[0] ?? 'rzp'}_…${keyId.slice(-4)})`;
}

function retryAfterMs(header: Received['retryAfter']): number {
	const seconds = Number(Array.isArray(header) ? header[0] : header);
	return Number.isFinite(seconds) && seconds >= 0 && header !== undefined ? seconds * 1000 : 1000;
}

function transportError(name: string, cause: unknown, {redact}: Pick<ShopHost, 'redact'>): ProviderError {
	const code = String(errorCode(cause) ?? '');
	const kind =
		NEVER_SENT.has(code) || code.startsWith('ERR_TLS') || code.includes('CERT') ? 'unavailable' : 'unanswered';
	const what = isTimeout(cause) ? 'did not answer in time' : `cannot be reached: ${redact(errorMessage(cause))}`;
	return new ProviderError(kind, `Razorpay ${what} (${name})`, {cause});
}

function isTimeout(cause: unknown): boolean {
	return TIMEOUTS.has(String(errorCode(cause) ?? '')) || (cause instanceof Error && cause.name === 'TimeoutError');
}
