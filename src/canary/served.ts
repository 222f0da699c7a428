import type {ServedRequest, Side} from '../ports/splitter/splitter.js';
import type {Stratum} from '../stats/odds-likelihood.js';
import {type Histogram, histogramOf} from './histogram.js';

/** One client's errors on one route count once in so long: a retrying shopper is one incident, not ten. */
const INCIDENT_MS = 60_000;
/** A shopper does not try so often: behind one address stand many, and each tenth failure counts again. */
const MOST_TRIES = 10;

/** What single requests tell of an interval. */
export type ServedCounts = {
	readonly errors: Stratum;
	readonly routes: Readonly<Record<string, Stratum>>;
	readonly latency: Readonly<Record<Side, Histogram>>;
	/** All requests, doubles of an incident and aborted ones too. */
	readonly requests: Readonly<Record<Side, number>>;
};

export type ServedCounter = {count(served: readonly ServedRequest[]): ServedCounts};

/**
 * Counts single requests. Errors of one client on one route, with no success between them, are one incident for a minute, and
 * only its first request counts, as a try and as an error: the test takes its events to be independent. Many clients may
 * stand behind one address (a CDN, an office): a success ends the incident, and so does the tenth failure. A client that went
 * away is nobody's error.
 */
export function openServedCounter(): ServedCounter {
	/** When an incident last went on, and its failures, by side, client and route. */
	const incidents = new Map<string, {readonly atMs: number; readonly failures: number}>();
	return {
		count(served) {
			const errors = emptyStratum();
			const routes: Record<string, ReturnType<typeof emptyStratum>> = {};
			const durations: Record<Side, number[]> = {stable: [], canary: []};
			const requests: Record<Side, number> = {stable: 0, canary: 0};
			for (const request of served) {
				requests[request.side]++;
				if (request.isAborted) continue;
				durations[request.side].push(request.durationMs);
				const route = routeOf(request);
				const isError = request.status === 0 || request.status >= 500;
				if (isError ? isSameIncident(request, route) : endIncident(request, route)) continue;
				routes[route] ??= emptyStratum();
				for (const stratum of [errors, routes[route]]) {
					stratum[request.side].trials++;
					if (isError) stratum[request.side].events++;
				}
			}
			forget(served.at(-1)?.atMs ?? 0);
			return {
				errors,
				routes,
				latency: {stable: histogramOf(durations.stable), canary: histogramOf(durations.canary)},
				requests,
			};
		},
	};

	function isSameIncident(request: ServedRequest, route: string): boolean {
		const key = keyOf(request, route);
		const last = incidents.get(key);
		const isFresh = last !== undefined && request.atMs - last.atMs < INCIDENT_MS;
		const failures = isFresh ? last.failures + 1 : 1;
		incidents.set(key, {atMs: request.atMs, failures});
		return isFresh && failures % MOST_TRIES !== 0;
	}

	/** A success always counts. */
	function endIncident(request: ServedRequest, route: string): false {
		incidents.delete(keyOf(request, route));
		return false;
	}

	function keyOf({side, client}: ServedRequest, route: string): string {
		return `${side} ${client} ${route}`;
	}

	function forget(nowMs: number): void {
		for (const [key, {atMs}] of incidents) if (nowMs - atMs >= INCIDENT_MS) incidents.delete(key);
	}
}

function emptyStratum(): Record<Side, {trials: number; events: number}> {
	return {stable: {trials: 0, events: 0}, canary: {trials: 0, events: 0}};
}

/** Only what a person gave a name: numbers, digests and long words are somebody's. */
const NAMED = /^[a-z][a-z._-]{0,23}$/i;

/**
 * A route's name from a path, without knowing the shop's templates: `GET /api/products/*`, `POST /api/payments/verify`. What
 * is read has many names behind its collection; what is written to has few.
 */
export function routeOf({method, path}: Pick<ServedRequest, 'method' | 'path'>): string {
	const segments = path.split('/').filter((segment) => segment !== '');
	const isRead = method === 'GET' || method === 'HEAD';
	const kept = segments.slice(0, isRead ? 2 : 3).map((segment) => (NAMED.test(segment) ? segment : '*'));
	return `${method} /${kept.concat(segments.length > kept.length ? '*' : []).join('/')}`;
}
