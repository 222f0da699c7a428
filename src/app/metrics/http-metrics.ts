import {LATENCY_EDGES_MS} from './edges.js';
import type {MetricRegistry} from './registry.js';

export type FinishedRequest = {
	readonly method: string;
	/** The route's template; undefined where there is none. */
	readonly route: string | undefined;
	/** Undefined where the client went away before the answer. */
	readonly status: number | undefined;
	readonly durationMs: number;
};

export type HttpMetrics = {
	/** Makes the series of a route before anybody asks for it. */
	addRoute(method: string, route: string): void;
	observe(request: FinishedRequest): void;
};

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'other'];
const CLASSES = ['1xx', '2xx', '3xx', '4xx', '5xx', 'aborted'];
/** What is there from the start; the rest is rare, and comes with its first request. */
const USUAL_CLASSES = ['2xx', '4xx', '5xx'];

/** Every address that no route has, under whatever method: one label, or whoever scans the shop could fill its memory. */
const UNMATCHED = {method: 'other', route: 'unmatched'};

export function addHttpMetrics(registry: MetricRegistry): HttpMetrics {
	const routes = [UNMATCHED.route];
	const labels = {method: METHODS, route: routes, status_class: CLASSES};
	const requests = registry.counter({
		name: 'http_requests_total',
		help: 'Requests by route and class of status; aborted: the client went away before the answer',
		labels,
		isLazy: true,
	});
	const durations = registry.histogram({
		name: 'http_request_duration_seconds',
		help: 'Time from a request’s first line to the last byte of its answer',
		labels,
		edges: LATENCY_EDGES_MS.map((edge) => edge / 1000),
		isLazy: true,
		shardBy: 'route',
	});
	const create = (method: string, route: string) => {
		for (const status_class of USUAL_CLASSES) {
			requests.create({method, route, status_class});
			durations.create({method, route, status_class});
		}
	};
	create(UNMATCHED.method, UNMATCHED.route);
	return {
		addRoute(method, route) {
			if (!routes.includes(route)) routes.push(route);
			// Fastify adds a HEAD to each GET; few are ever asked for.
			if (method !== 'HEAD' && METHODS.includes(method)) create(method, route);
		},
		observe({method, route, status, durationMs}) {
			const status_class = status === undefined ? 'aborted' : `${Math.floor(status / 100)}xx`;
			const of = route === undefined ? UNMATCHED : {method: METHODS.includes(method) ? method : 'other', route};
			requests.add({...of, status_class});
			durations.observe({...of, status_class}, durationMs / 1000);
		},
	};
}
