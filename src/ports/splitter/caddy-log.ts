import {createHash} from 'node:crypto';
import * as z from 'zod';
import type {ParsedLine} from './log-observe.js';
import type {ServedRequest, Side} from './splitter.js';

const headers = z.record(z.string(), z.array(z.string())).default({});

/** As the `json` encoder writes it; what is not needed is left out. */
const line = z.object({
	msg: z.literal('handled request'),
	ts: z.number(),
	request: z.object({
		method: z.string(),
		uri: z.string(),
		remote_ip: z.string().optional(),
		/** Before Caddy 2.5.2. */
		remote_addr: z.string().optional(),
		headers,
	}),
	duration: z.number(),
	size: z.number(),
	status: z.number(),
	resp_headers: headers,
});

type Line = z.infer<typeof line>;

/** Set on each answer by the Caddyfile, whatever the server itself sends. */
const SIDE_HEADER = 'X-Sastaops-Side';

/** What the header says where stable answered for a canary that took no connection. */
const DOWN = 'canary-down';

/** @param salt makes the clients' pseudonyms differ from run to run */
export function makeCaddyParser(salt: string): (text: string) => ParsedLine {
	return (text) => {
		// Other logs may go to the same file; most lines need not be read as a whole to tell.
		if (!text.includes('"handled request"') && !text.includes(SIDE_HEADER)) return undefined;
		const parsed = line.safeParse(parseJson(text));
		if (!parsed.success) return {request: undefined, broken: 1};
		return {request: requestOf(parsed.data, salt), broken: 0};
	};
}

/** Undefined for what went to neither side: the shop's files and redirects. */
function requestOf(found: Line, salt: string): ServedRequest | undefined {
	const said = found.resp_headers[SIDE_HEADER]?.[0];
	const side: Side | undefined = said === DOWN ? 'canary' : said === 'stable' || said === 'canary' ? said : undefined;
	if (side === undefined) return undefined;
	const {status, request, ts, duration} = found;
	const isAborted = isCut(found);
	return {
		side,
		atMs: Math.round(ts * 1000),
		method: request.method,
		path: request.uri.replace(/\?.*$/s, ''),
		status: status === 499 ? 0 : said === DOWN && !isAborted ? Math.max(status, 502) : status,
		durationMs: Math.round(duration * 1000),
		client: clientOf(request, salt),
		isAborted,
	};
}

/**
 * A client that left before it was answered is noted as 0 (499 since Caddy 2.7). An answer that is shorter than it said was
 * cut by the client or by the server: Caddy's log does not tell which, so it is nobody's error.
 */
function isCut({status, size, request, resp_headers}: Line): boolean {
	if (status === 0 || status === 499) return true;
	const hasBody = request.method !== 'HEAD' && status !== 204 && status !== 304;
	return hasBody && size < Number(resp_headers['Content-Length']?.[0] ?? 0);
}

/** Address and browser: Caddy keeps cookies out of its log, and rightly. */
function clientOf({remote_ip, remote_addr, headers}: Line['request'], salt: string): string {
	const parts = [remote_ip ?? remote_addr, headers['X-Forwarded-For']?.join(), headers['User-Agent']?.join()];
	return createHash('sha256')
		.update(JSON.stringify([salt, ...parts]))
		.digest('hex')
		.slice(0, 16);
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
