import type {IncomingMessage} from 'node:http';
import type {FastifyRequest} from 'fastify';
import type {ShopHost} from '../shop.js';
import type {ErrorContext} from './error-report.js';

/** What ties a request to its log lines, its errors and its trace. */
export type RequestContext = {
	readonly requestId: string;
	/** 32 hex digits, the caller's where it sent some. */
	readonly traceId: string;
	/** 16 hex digits, ours. */
	readonly spanId: string;
	/** As the caller sent them. */
	readonly flags: string;
	/** By the host's monotonic clock. */
	readonly startedMs: number;
	/** Known once somebody has logged in. */
	userId?: string;
};

/** What others may choose: it stands in logs, headers and errors. */
const REQUEST_ID = /^[A-Za-z0-9._-]{1,128}$/;

/** W3C Trace Context, level 1: https://www.w3.org/TR/trace-context/#traceparent-header */
const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

const contexts = new WeakMap<IncomingMessage, RequestContext>();

/** The context of a request; made when it is asked for first. */
export function contextOf(raw: IncomingMessage, host: Pick<ShopHost, 'randomHex' | 'monotonicMs'>): RequestContext {
	const known = contexts.get(raw);
	if (known) return known;
	const random = host.randomHex(40);
	const trace = parseTraceparent(raw.headers['traceparent']);
	const wanted = raw.headers['x-request-id'];
	const context: RequestContext = {
		requestId: typeof wanted === 'string' && REQUEST_ID.test(wanted) ? wanted : random.slice(0, 32),
		traceId: trace?.traceId ?? random.slice(32, 64),
		spanId: random.slice(64),
		flags: trace?.flags ?? '00',
		startedMs: host.monotonicMs(),
	};
	contexts.set(raw, context);
	return context;
}

/** Says who it is that asks, for the log. */
export function noteUser(request: Pick<FastifyRequest, 'raw'>, userId: string): void {
	const context = contexts.get(request.raw);
	if (context) context.userId = userId;
}

/** What an error tracker may know of a request. */
export function errorContextOf(
	request: FastifyRequest,
	host: Pick<ShopHost, 'randomHex' | 'monotonicMs'>,
): ErrorContext {
	const {requestId, traceId, spanId, userId} = contextOf(request.raw, host);
	const route = request.routeOptions.url;
	return {route, requestId, traceId, spanId, ...(userId === undefined ? {} : {userId})};
}

/** The header that hands the trace on. */
export function traceparentOf({traceId, spanId, flags}: RequestContext): string {
	return `00-${traceId}-${spanId}-${flags}`;
}

/** Undefined for anything that is not a trace: a new one begins then. */
export function parseTraceparent(header: unknown): {readonly traceId: string; readonly flags: string} | undefined {
	const [, version, traceId, parentId, flags, more] =
		typeof header === 'string' ? (TRACEPARENT.exec(header) ?? []) : [];
	if (version === undefined || traceId === undefined || parentId === undefined || flags === undefined) return undefined;
	if (version === 'ff' || /^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined;
	// Only a later version may say more, and of its flags only the first is known today.
	if (version === '00') return more === undefined ? {traceId, flags} : undefined;
	return {traceId, flags: Number.parseInt(flags, 16) % 2 === 1 ? '01' : '00'};
}
