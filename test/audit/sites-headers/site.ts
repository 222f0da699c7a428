import type {IncomingMessage} from 'node:http';
import type {Answer, Site} from '../support/https-site.js';

export type Headers = Readonly<Record<string, string | readonly string[]>>;

export const PAGE: Headers = {
	'content-type': 'text/html; charset=utf-8',
	'content-security-policy':
		"default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
	'x-content-type-options': 'nosniff',
	'x-frame-options': 'DENY',
	'referrer-policy': 'strict-origin-when-cross-origin',
	'permissions-policy': 'camera=(), microphone=(), geolocation=()',
	'cross-origin-opener-policy': 'same-origin-allow-popups',
};

export const API: Headers = {
	'content-type': 'application/json; charset=utf-8',
	'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
	'x-content-type-options': 'nosniff',
	'cache-control': 'no-store',
};

export const HEALTH = {
	status: 'ok',
	version: '1.2.0',
	commit: '4f2c91e',
	checks: {database: {status: 'up', latencyMs: 1.2}},
};

/** Some headers set, others (undefined) taken away. */
export function change(
	headers: Headers,
	changes: Readonly<Record<string, string | readonly string[] | undefined>>,
): Headers {
	const all = {...headers, ...changes};
	return Object.fromEntries(
		Object.entries(all).filter((entry): entry is [string, string | string[]] => entry[1] !== undefined),
	);
}

export type Shop = {
	readonly page?: Headers;
	readonly api?: Headers;
	readonly health?: Answer | undefined;
	/** Headers that depend on who asks. */
	readonly cors?: (request: IncomingMessage) => Headers;
	/** Before everything else. */
	readonly first?: (request: IncomingMessage) => Answer | undefined;
};

/** A small shop without a fault, apart from what is changed. */
export function makeShop({page = PAGE, api = API, cors = () => ({}), first, ...rest}: Shop): Site {
	const health: Answer | undefined = 'health' in rest ? rest.health : {body: JSON.stringify(HEALTH)};
	return (request) => {
		const own = first?.(request);
		if (own !== undefined) return own;
		const path = request.url?.split('?')[0];
		if (request.method === 'OPTIONS') return {status: 204, headers: cors(request)};
		if (path === '/') return {headers: page, body: '<!doctype html><title>Shop</title>'};
		if (path === '/checkout') return {headers: page, body: '<!doctype html><title>Checkout</title>'};
		if (path === '/api/health')
			return health === undefined ? undefined : {...health, headers: {...api, ...health.headers, ...cors(request)}};
		if (path === '/api/health/db')
			return {
				headers: api,
				body: JSON.stringify({
					status: 'up',
					latencyMs: 1,
					name: 'sastabazar',
					indexes: {present: ['orders.userId_1_createdAt_-1'], missing: []},
				}),
			};
		if (path === '/api/me')
			return {status: 401, headers: {...api, ...cors(request)}, body: '{"error":"UNAUTHENTICATED"}'};
		return undefined;
	};
}

/** CORS as it should be: a list, held exactly. */
export function corsOf(
	allows: (origin: string) => boolean,
	more: Headers = {vary: 'Origin'},
): (request: IncomingMessage) => Headers {
	return ({headers: {origin}}) =>
		origin !== undefined && allows(origin) ? {'access-control-allow-origin': origin, ...more} : more;
}
