import {errorCode, errorMessage} from '../../kernel/errors.js';
import type {Host} from '../../kernel/host.js';
import {ReceiverError} from './receiver.js';

export type ReceiverHost = Pick<Host, 'now' | 'redact' | 'addSecret'>;

export type Posted = {readonly status: number; readonly body: string};

export type Post = {
	/** May be a secret: it stands in no error. */
	readonly url: string;
	readonly body: string;
	readonly headers?: Readonly<Record<string, string>>;
	/** For the whole answer. @default 10000 */
	readonly timeoutMs?: number;
};

const MOST_BYTES = 10_000;
const MOST_WORDS = 200;

/**
 * Sends JSON once, and reads the answer as far as it says something. A redirect is not followed: what was meant for one
 * address is nobody else's business.
 * @throws ReceiverError
 */
export async function post(
	{url, body, headers = {}, timeoutMs = 10_000}: Post,
	host: ReceiverHost,
	signal: AbortSignal,
): Promise<Posted> {
	const {default: undici} = await import('undici');
	const {host: address} = new URL(url);
	let answer: Posted & {readonly retryAfter: string | undefined};
	try {
		const {
			statusCode,
			headers: said,
			body: stream,
		} = await undici.request(url, {
			method: 'POST',
			headers: {'content-type': 'application/json', 'user-agent': 'sastaops', ...headers},
			body,
			signal: AbortSignal.any([AbortSignal.timeout(timeoutMs), signal]),
		});
		const retryAfter = said['retry-after'];
		answer = {
			status: statusCode,
			retryAfter: typeof retryAfter === 'string' ? retryAfter : undefined,
			body: await readStart(stream),
		};
	} catch (error) {
		const why = errorCode(error) ?? host.redact(errorMessage(error));
		const words = isTimeout(error) ? `does not answer within ${timeoutMs / 1000} s` : `cannot be reached: ${why}`;
		throw new ReceiverError(`${address} ${words}`, {isRetryable: true, cause: error});
	}
	if (answer.status >= 200 && answer.status < 300) return answer;
	const words = host.redact(answer.body.replaceAll(/\s+/g, ' ').trim()).slice(0, MOST_WORDS);
	throw new ReceiverError(`${address} answers ${answer.status}${words === '' ? '' : `: ${words}`}`, {
		isRetryable: answer.status === 429 || answer.status === 408 || answer.status >= 500,
		retryAfterMs: parseRetryAfter(answer.retryAfter, host.now()),
	});
}

/** Seconds, or a date: https://www.rfc-editor.org/rfc/rfc9110#name-retry-after */
export function parseRetryAfter(text: string | undefined, nowMs: number): number | undefined {
	if (text === undefined) return undefined;
	const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - nowMs;
	return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

async function readStart(stream: AsyncIterable<Buffer>): Promise<string> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of stream) {
		chunks.push(chunk);
		size += chunk.length;
		if (size > MOST_BYTES) break;
	}
	return Buffer.concat(chunks).toString('utf8', 0, MOST_BYTES);
}

function isTimeout(error: unknown): boolean {
	return error instanceof Error && error.name === 'TimeoutError';
}
