import {createHmac, timingSafeEqual} from 'node:crypto';
import type {FastifyReply, FastifyRequest} from 'fastify';
import {HttpError} from '../http-error.js';
import {isReader} from '../metrics/access.js';
import type {Shop} from '../shop.js';

/** `__Host-`: browsers take it over https only (or from the machine itself), and for no other host or path. */
const COOKIE = '__Host-dashboard';
const LIFE_SECONDS = 12 * 3600;

/** Whether the one who asks may look: by the token itself, or by the cookie that logging in with it gave. */
export function isViewer({settings, host}: Pick<Shop, 'settings' | 'host'>, request: FastifyRequest): boolean {
	const token = settings.DASHBOARD_TOKEN;
	if (isReader(request, token)) return true;
	if (token === undefined) return false;
	const [, endsAt = '', signature = ''] =
		new RegExp(`(?:^|; )${COOKIE}=(\\d{10,16})\\.([0-9a-f]{64})(?:;|$)`).exec(request.headers.cookie ?? '') ?? [];
	return isSigned(endsAt, signature, token) && Number(endsAt) > host.now();
}

/** @throws HttpError 401, 403 */
export function requireViewer(shop: Pick<Shop, 'settings' | 'host'>, request: FastifyRequest): void {
	if (isViewer(shop, request)) return;
	throw shop.settings.DASHBOARD_TOKEN === undefined
		? new HttpError(403, 'LOCAL_ONLY', 'Without DASHBOARD_TOKEN this is for the machine itself')
		: new HttpError(401, 'TOKEN_REQUIRED', 'Log in at /dashboard, or send the token as a bearer');
}

/** Remembers in the browser that the token was right, and not the token. */
export function letIn(reply: FastifyReply, token: string, nowMs: number): void {
	const endsAt = String(nowMs + LIFE_SECONDS * 1000);
	reply.header(
		'set-cookie',
		`${COOKIE}=${endsAt}.${sign(endsAt, token)}; Path=/; Max-Age=${LIFE_SECONDS}; HttpOnly; Secure; SameSite=Strict`,
	);
}

function sign(text: string, token: string): string {
	return createHmac('sha256', token).update(`dashboard ${text}`).digest('hex');
}

function isSigned(text: string, signature: string, token: string): boolean {
	const expected = Buffer.from(sign(text, token));
	const given = Buffer.from(signature);
	return expected.length === given.length && timingSafeEqual(expected, given);
}
