import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {onTestFinished} from 'vitest';

/** How an instance answers; changed while it runs. */
export type Behaviour = {
	version: string;
	isHealthy: boolean;
	/** Share of customers' requests that end with a 500. */
	errorShare: number;
	/** Of one route only, such as `/api/orders`. */
	errorRoute: string | undefined;
	latencyMs: number;
	/** Share of payments that fail. */
	paymentFailureShare: number;
	/** Answers 404 where its metrics should be. */
	isMetricsCut: boolean;
	/** Drops every connection. */
	isDead: boolean;
};

export type Instance = {
	readonly url: string;
	readonly behaviour: Behaviour;
	/** Requests of customers that it answered. */
	served(): number;
	/** Starts its counters and its clock anew, as a restart does. */
	restart(): void;
};

/**
 * A stand-in for an instance of a shop: the contract's health page and metrics, customers' routes, and faults that real code
 * has only by accident. Tests of the canary steer it; the reference shop is tried beside it.
 */
export async function startInstance(behaviour: Partial<Behaviour> = {}): Promise<Instance> {
	const state: Behaviour = {
		version: '1.0.0',
		isHealthy: true,
		errorShare: 0,
		errorRoute: undefined,
		latencyMs: 2,
		paymentFailureShare: 0.02,
		isMetricsCut: false,
		isDead: false,
		...behaviour,
	};
	let startedAt = Date.now() / 1000;
	let counts = zero();
	const server = createServer((request, response) => {
		if (state.isDead) {
			request.socket.destroy();
			return;
		}
		const path = new URL(request.url ?? '/', 'http://shop').pathname;
		response.setHeader('content-type', 'application/json');
		if (path === '/api/health') {
			response.statusCode = state.isHealthy ? 200 : 503;
			response.end(JSON.stringify({status: state.isHealthy ? 'ok' : 'down', version: state.version}));
			return;
		}
		if (path === '/control') {
			// What a deploy does to a real instance.
			Object.assign(state, Object.fromEntries(new URL(request.url ?? '/', 'http://shop').searchParams));
			response.end('{}');
			return;
		}
		if (path === '/metrics') {
			if (state.isMetricsCut) {
				response.statusCode = 404;
				response.end();
				return;
			}
			response.end(metricsText(counts, startedAt));
			return;
		}
		request.resume();
		const isFailing =
			state.errorRoute === undefined || path.startsWith(state.errorRoute) ? Math.random() < state.errorShare : false;
		if (!path.startsWith('/api/')) {
			// A proxy's own check.
			response.end();
			return;
		}
		const begun = performance.now();
		setTimeout(
			() => {
				counts.requests++;
				if (isFailing) counts.errors++;
				if (path === '/api/checkout' && !isFailing) counts.checkouts++;
				if (path === '/api/payments/verify' && !isFailing) {
					if (Math.random() < state.paymentFailureShare) counts.paymentsFailed++;
					else counts.paymentsCaptured++;
				}
				const seconds = (performance.now() - begun) / 1000;
				counts.slow = counts.slow.map((count, index) => count + (seconds <= (EDGES[index] ?? 0) ? 1 : 0));
				response.statusCode = isFailing ? 500 : 200;
				response.end(`{"version":"${state.version}"}`);
			},
			state.latencyMs * (0.5 + Math.random()),
		);
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	onTestFinished(async () => {
		server.closeAllConnections();
		await new Promise((done) => server.close(done));
	});
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		behaviour: state,
		served: () => counts.requests,
		restart() {
			counts = zero();
			startedAt = Date.now() / 1000;
		},
	};
}

const EDGES = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1];

function zero() {
	return {requests: 0, errors: 0, checkouts: 0, paymentsCaptured: 0, paymentsFailed: 0, slow: EDGES.map(() => 0)};
}

function metricsText(counts: ReturnType<typeof zero>, startedAt: number): string {
	const of = (status: string) => `{method="GET",route="/api/products",status_class="${status}"}`;
	const bucket = (le: number | string, count: number) =>
		`http_request_duration_seconds_bucket{method="GET",route="/api/products",status_class="2xx",le="${le}"} ${count}`;
	return `${[
		`process_start_time_seconds ${startedAt}`,
		`http_requests_total${of('2xx')} ${counts.requests - counts.errors}`,
		`http_requests_total${of('5xx')} ${counts.errors}`,
		`checkout_requests_total{outcome="placed"} ${counts.checkouts}`,
		'checkout_requests_total{outcome="failed"} 0',
		`payments_total{outcome="captured"} ${counts.paymentsCaptured}`,
		`payments_total{outcome="failed"} ${counts.paymentsFailed}`,
		`orders_total{change="paid"} ${counts.paymentsCaptured}`,
		'nodejs_eventloop_lag_seconds{quantile="0.99"} 0.011',
		...counts.slow.map((count, index) => bucket(EDGES[index] ?? 0, count)),
		bucket('+Inf', counts.requests),
	].join('\n')}\n`;
}
