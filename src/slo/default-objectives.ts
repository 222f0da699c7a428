import type {MeasuredObjective} from './objective.js';

/** Requests of customers: health checks, metrics and the dashboard would water the rest down. */
const CUSTOMER_ROUTES = 'route=~"/api/.+",route!~"/api/(health|metrics|dashboard|openapi).*"';

/**
 * What a shop promises unless its configuration says otherwise, told by the metrics of the shop contract. The reference
 * shop counts the very same events, so that its own report and anybody who scrapes it come to the same numbers.
 */
export const DEFAULT_OBJECTIVES = [
	{
		name: 'api_availability',
		title: '99.9 % of API requests are answered without a server error',
		kind: 'ratio',
		target: 0.999,
		alarm: {target: 0.99},
		indicator: {
			kind: 'ratio',
			bad: [`http_requests_total{status_class="5xx",${CUSTOMER_ROUTES}}`],
			total: [`http_requests_total{${CUSTOMER_ROUTES}}`],
		},
	},
	{
		name: 'checkout_success',
		title: '99.5 % of checkouts that can succeed do',
		kind: 'ratio',
		target: 0.995,
		// An empty shelf or a bad request says nothing of the shop's health, neither way.
		indicator: {
			kind: 'ratio',
			good: ['checkout_requests_total{outcome=~"placed|replayed"}'],
			bad: ['checkout_requests_total{outcome="failed"}'],
		},
	},
	{
		name: 'payment_success',
		title: '99 % of payments are dealt with',
		kind: 'ratio',
		target: 0.99,
		alarm: {target: 0.95},
		// A bank that declines a card was answered rightly. What counts against the shop: money that it could not place, and
		// payments that it could not ask the provider about.
		indicator: {
			kind: 'ratio',
			good: ['payments_total{outcome=~"captured|failed"}'],
			bad: [
				'payments_total{outcome="quarantined"}',
				'provider_calls_total{call=~"readPayment|capture",outcome=~"error|timeout"}',
			],
		},
	},
	{
		name: 'checkout_latency',
		title: '95 % of checkouts are answered within 2 s',
		kind: 'latency',
		target: 0.95,
		thresholdMs: 2000,
		alarm: {target: 0.95, thresholdMs: 5000},
		indicator: {kind: 'latency', histogram: 'checkout_duration_seconds'},
	},
	{
		name: 'payment_latency',
		title: '95 % of payments are confirmed within 3 s',
		kind: 'latency',
		target: 0.95,
		thresholdMs: 3000,
		// What is refused at sight, as a wrong signature is, would make payments look faster than they are.
		indicator: {
			kind: 'latency',
			histogram: 'http_request_duration_seconds{route="/api/payments/verify",status_class!="4xx"}',
		},
	},
	{
		name: 'api_latency',
		title: '95 % of API requests are answered within 0.5 s',
		kind: 'latency',
		target: 0.95,
		thresholdMs: 500,
		indicator: {kind: 'latency', histogram: `http_request_duration_seconds{${CUSTOMER_ROUTES}}`},
	},
] as const satisfies readonly MeasuredObjective[];

export type DefaultObjectiveName = (typeof DEFAULT_OBJECTIVES)[number]['name'];
