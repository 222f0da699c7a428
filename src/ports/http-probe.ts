import {errorCode, errorMessage} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';

export type HttpAnswer = {
	readonly status: number;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
	/** At most `maxBytes` of it. */
	readonly body: string;
	readonly durationMs: number;
};

export type HttpRequest = {
	readonly url: string;
	readonly headers?: Readonly<Record<string, string>>;
	/** For the whole answer. @default 5000 */
	readonly timeoutMs?: number;
	/** @default 1000000 */
	readonly maxBytes?: number;
};

/** One GET, bounded in time and size; rejects with the network's error. */
export async function httpGet(
	{url, headers = {}, timeoutMs = 5000, maxBytes = 1_000_000}: HttpRequest,
	host: Pick<Host, 'monotonicMs'>,
): Promise<HttpAnswer> {
	const {default: undici} = await import('undici');
	const startedMs = host.monotonicMs();
	const answer = await undici.request(url, {headers: {...headers}, signal: AbortSignal.timeout(timeoutMs)});
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of answer.body as AsyncIterable<Buffer>) {
		chunks.push(chunk);
		size += chunk.length;
		if (size > maxBytes) break;
	}
	return {
		status: answer.statusCode,
		headers: answer.headers,
		body: Buffer.concat(chunks).toString('utf8', 0, maxBytes),
		durationMs: host.monotonicMs() - startedMs,
	};
}

/** What `/api/health` of the contract says; `version` is undefined where the shop does not tell. */
export type Health = {
	readonly isHealthy: boolean;
	readonly version: string | undefined;
	readonly isInMaintenance: boolean;
	/** For people: `200 ok, version 1.2.0`, or why there is no answer. */
	readonly words: string;
};

/** Asks a shop for its health; no answer is an unhealthy one, never an error. */
export async function readHealth(http: HttpRequest, host: Pick<Host, 'monotonicMs' | 'redact'>): Promise<Health> {
	try {
		const {status, body} = await httpGet(http, host);
		const parsed = parseObject(body);
		const version = typeof parsed?.['version'] === 'string' ? parsed['version'] : undefined;
		const said = typeof parsed?.['status'] === 'string' ? parsed['status'] : undefined;
		return {
			isHealthy:
				status === 200 &&
				parsed !== undefined &&
				(said === undefined || ['ok', 'up', 'pass', 'healthy'].includes(said)),
			version,
			isInMaintenance: parsed?.['maintenance'] === true,
			words: `${status}${said === undefined ? '' : ` ${said}`}${version === undefined ? '' : `, version ${version}`}`,
		};
	} catch (error) {
		// No failure of the network, but ours.
		if (error instanceof TypeError && errorCode(error) === undefined) throw error;
		return {
			isHealthy: false,
			version: undefined,
			isInMaintenance: false,
			words: `no answer: ${host.redact(errorMessage(error)) || 'connection failed'}`,
		};
	}
}

function parseObject(text: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null && !Array.isArray(value)
			? (value as Record<string, unknown>)
			: undefined;
	} catch {
		return undefined;
	}
}
