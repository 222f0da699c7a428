import rateLimit from '@fastify/rate-limit';
import type {FastifyRequest} from 'fastify';
import {HttpError} from '../http-error.js';
import type {ShopServer} from '../server.js';
import type {Shop} from '../shop.js';
import {type LimitCounter, openLimitCounter} from './limit-counter.js';

const MINUTE_MS = 60_000;
const FLUSH_MS = 500;

/**
 * Limits of routes that cost more, or that guessing pays off at, a minute and client: `{config: limitsOf(shop).login}` on
 * the route. They are counted exactly over all workers; every other route shares the general limit, counted loosely.
 */
export function limitsOf({settings: {RATE_LIMIT_STRICT_PER_MINUTE: strict}}: Pick<Shop, 'settings'>) {
	return {
		login: {rateLimit: {max: strict, groupId: 'login'}},
		registration: {rateLimit: {max: strict, groupId: 'registration'}},
		checkout: {rateLimit: {max: 3 * strict, groupId: 'checkout'}},
		payment: {rateLimit: {max: 3 * strict, groupId: 'payment'}},
		/** The provider comes from few addresses, and a refused delivery is only delivered again. */
		webhook: {rateLimit: {max: 60 * strict, groupId: 'webhook'}},
	};
}

/** Limits requests by client address (IPv6: by /64), as draft-ietf-httpapi-ratelimit-headers tells clients. */
export async function addLimits(app: ShopServer, shop: Shop): Promise<void> {
	const counter = openLimitCounter(shop.db, shop.host);
	shop.jobs.start({name: 'rate limits', everyMs: FLUSH_MS, run: () => counter.flush()});
	await app.register(rateLimit, {
		max: shop.settings.RATE_LIMIT_PER_MINUTE,
		timeWindow: MINUTE_MS,
		enableDraftSpec: true,
		store: storeOf(counter),
		// Who probes health must not be told to come back later.
		allowList: (request) => request.url.startsWith('/api/health'),
		errorResponseBuilder(_request, {ttl}) {
			return new HttpError(429, 'TOO_MANY_REQUESTS', 'Too many requests: wait a moment', Math.ceil(ttl / 1000));
		},
		onExceeded(request, key) {
			shop.events.emit({type: 'security', kind: 'rate.limited', detail: {address: key, route: routeOf(request)}});
		},
	});
	app.addHook('onSend', async (_request, reply) => {
		const [limit, left, resetS] = ['limit', 'remaining', 'reset'].map((name) => reply.getHeader(`ratelimit-${name}`));
		if (limit === undefined) return;
		for (const name of ['limit', 'remaining', 'reset']) reply.removeHeader(`ratelimit-${name}`);
		reply.header('ratelimit-policy', `"default";q=${limit};w=${MINUTE_MS / 1000}`);
		reply.header('ratelimit', `"default";r=${left};t=${resetS}`);
	});
}

function routeOf(request: FastifyRequest): string {
	return request.routeOptions.url ?? 'unknown';
}

type Told = (error: Error | null, result?: {current: number; ttl: number}) => void;

/** The store as the plugin wants it: a class, made once, with a child for every route that has its own limit. */
function storeOf(counter: LimitCounter) {
	return class Store {
		readonly isExact: boolean;
		constructor(_options: unknown, isExact = false) {
			this.isExact = isExact;
		}
		incr(key: string, tell: Told, windowMs: number): void {
			if (!this.isExact) {
				const {current, ttlMs} = counter.count(key, windowMs);
				tell(null, {current, ttl: ttlMs});
				return;
			}
			counter.countExactly(key, windowMs).then(
				({current, ttlMs}) => tell(null, {current, ttl: ttlMs}),
				(error: unknown) => tell(error as Error),
			);
		}
		read(_key: string, tell: Told): void {
			tell(null, {current: 0, ttl: 0});
		}
		child(options: unknown): Store {
			return new Store(options, true);
		}
	};
}
