import {errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';

export type CaddyConfig = {
	readonly config: unknown;
	/** Of the configuration as a whole, for a change that must meet it as it is. */
	readonly etag: string;
	/** Caddy's own clock, whole seconds. */
	readonly nowMs: number;
};

/** Caddy's admin endpoint, over loopback or a unix socket. */
export type CaddyAdmin = {
	/** For people. */
	readonly where: string;
	/** @throws SastaError SPLITTER_UNREACHABLE, SPLITTER_UNKNOWN where something else answers */
	readConfig(): Promise<CaddyConfig>;
	/** Names the process, by when it started. */
	readStart(): Promise<string>;
	/**
	 * Replaces one value. @returns false where the configuration is not the one of the etag any more
	 * @throws SastaError SPLITTER_UNREACHABLE, SPLITTER_REFUSED: Caddy keeps what it has
	 */
	replace(path: readonly (string | number)[], value: unknown, etag: string): Promise<boolean>;
};

type Answer = {
	readonly status: number;
	readonly text: string;
	readonly headers: Readonly<Record<string, string | string[] | undefined>>;
};

const READ_TIMEOUT_MS = 5000;
/** A change provisions the whole configuration anew, certificates and all. */
const CHANGE_TIMEOUT_MS = 20_000;
const MOST_BYTES = 20_000_000;
const MOST_WORDS = 200;

/** @throws SastaError SPLITTER_UNKNOWN where the address is none */
export function openCaddyAdmin(admin: string): CaddyAdmin {
	const [, socketPath] = /^unix(?::|\/(?=\/))(\/.+)$/.exec(admin) ?? [];
	const where = socketPath ?? admin;
	if (socketPath === undefined && !/^https?:\/\/[^/]+\/?$/.test(admin)) {
		throw new SastaError('SPLITTER_UNKNOWN', `"${admin}" is no admin address of Caddy`, {
			exitCode: EXIT.usage,
			hint: 'Write http://127.0.0.1:2019 or unix:/path/of/admin.sock, as the Caddyfile’s "admin" does',
		});
	}
	return {where, readConfig, readStart, replace};

	async function readConfig(): Promise<CaddyConfig> {
		const answer = await send('GET', '/config/', {timeoutMs: READ_TIMEOUT_MS});
		const nowMs = Date.parse(String(answer.headers['date']));
		const etag = answer.headers['etag'];
		const config = parseJson(answer.text);
		if (answer.status === 200 && config !== undefined && typeof etag === 'string' && Number.isFinite(nowMs))
			return {config, etag, nowMs};
		throw new SastaError('SPLITTER_UNKNOWN', `What answers at ${where} is not Caddy’s admin endpoint`, {
			exitCode: EXIT.outside,
			details: [`It says ${answer.status} ${wordsOf(answer.text)}`],
			hint: 'Give the address of the Caddyfile’s "admin"; Caddy 2.6 or later is needed',
		});
	}

	async function readStart(): Promise<string> {
		const {text} = await send('GET', '/metrics', {timeoutMs: READ_TIMEOUT_MS});
		return /^process_start_time_seconds (\S+)$/m.exec(text)?.[1] ?? '-';
	}

	async function replace(path: readonly (string | number)[], value: unknown, etag: string): Promise<boolean> {
		const target = `/config/${path.map((part) => encodeURIComponent(part)).join('/')}`;
		const change = {timeoutMs: CHANGE_TIMEOUT_MS, body: JSON.stringify(value), etag};
		const {status, text} = await send('PATCH', target, change);
		if (status === 200) return true;
		if (status === 412) return false;
		throw new SastaError('SPLITTER_REFUSED', `Caddy at ${where} refuses: ${status} ${wordsOf(text)}`, {
			exitCode: EXIT.outside,
			details: ['It stays as it was, until the lease ends'],
			hint: 'Look at what it says, and at its log',
		});
	}

	/** Each on a connection of its own: with each change Caddy starts its endpoint anew. */
	async function send(
		method: 'GET' | 'PATCH',
		path: string,
		{timeoutMs, body, etag}: {timeoutMs: number; body?: string; etag?: string},
	): Promise<Answer> {
		const {default: undici} = await import('undici');
		const client =
			socketPath === undefined ? new undici.Client(admin) : new undici.Client('http://127.0.0.1', {socketPath});
		try {
			const answer = await client.request({
				path,
				method,
				headers: {
					connection: 'close',
					// What Caddy wants to see on a socket, against pages that make a browser ask it.
					...(socketPath === undefined ? {} : {host: ''}),
					...(body === undefined ? {} : {'content-type': 'application/json'}),
					...(etag === undefined ? {} : {'if-match': etag}),
				},
				body: body ?? null,
				signal: AbortSignal.timeout(timeoutMs),
			});
			const text = await readBounded(answer.body);
			// The etag comes behind the body.
			return {status: answer.statusCode, text, headers: {...answer.headers, ...answer.trailers}};
		} catch (cause) {
			throw unreachable(where, method, cause);
		} finally {
			await client.destroy();
		}
	}
}

async function readBounded(body: AsyncIterable<Buffer>): Promise<string> {
	const chunks: Buffer[] = [];
	let size = 0;
	for await (const chunk of body) {
		chunks.push(chunk);
		size += chunk.length;
		if (size > MOST_BYTES) throw new Error(`it answers with more than ${MOST_BYTES} bytes`);
	}
	return Buffer.concat(chunks).toString();
}

function unreachable(where: string, method: 'GET' | 'PATCH', cause: unknown): SastaError {
	return new SastaError('SPLITTER_UNREACHABLE', `Caddy at ${where} does not answer: ${errorMessage(cause)}`, {
		exitCode: EXIT.outside,
		cause,
		hint:
			method === 'GET'
				? 'See whether Caddy runs, and whether you may use its admin endpoint'
				: 'It stays as it was, or has taken it: then for as long as the lease lasts. A Caddy that has ended serves nobody',
	});
}

/** Caddy says the cause last, behind the way to it. */
function wordsOf(text: string): string {
	const parsed = parseJson(text);
	const isError = typeof parsed === 'object' && parsed !== null && 'error' in parsed;
	const words = (isError ? String(parsed.error) : text).trim();
	return words.length > MOST_WORDS ? `… ${words.slice(-MOST_WORDS)}` : words;
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
