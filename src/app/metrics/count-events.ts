import type {ShopEvent} from '../events.js';
import {bucketOf} from './edges.js';

/** Calls that a payment waits for: when they fail, the customer sees it. An order's own call is part of its checkout. */
const PAYMENT_CALLS = new Set(['readPayment', 'capture']);

/** Counts what the roll-ups keep of the shop's events, under the names that `counts.ts` describes. */
export function countEvent(add: (name: string, by?: number) => void, event: ShopEvent): void {
	switch (event.type) {
		case 'checkout':
			add(`checkout_${event.outcome}`);
			if (event.outcome !== 'refused') add(`checkout_ms_${bucketOf(event.durationMs)}`);
			return;
		case 'order':
			add(`order_${event.change}`);
			if (event.change === 'paid') add('revenue_paise', event.totalPaise);
			if (event.change === 'refunded') add('refunded_paise', event.totalPaise);
			return;
		case 'payment':
			add(`payment_${event.outcome}`);
			return;
		case 'provider':
			if (PAYMENT_CALLS.has(event.call))
				add(event.outcome === 'error' || event.outcome === 'timeout' ? 'payment_call_failed' : 'payment_call_ok');
			return;
		case 'registration':
			add('registrations');
			return;
		case 'security':
			add('security_events');
			return;
		case 'webhook':
			add(`webhook_${event.outcome}`);
	}
}

/** Routes whose traffic says nothing of how customers are served. */
const WATCHING = /^\/api\/(?:health|metrics|dashboard|openapi)(?:\/|$|\.)/;

/** Where a payment is confirmed while the customer waits. */
const CONFIRMS_PAYMENT = '/api/payments/verify';

/** Counts what the roll-ups keep of a finished request. */
export function countRequest(
	add: (name: string) => void,
	{route, status, durationMs}: {route: string | undefined; status: number | undefined; durationMs: number},
): void {
	if (!isCustomerRoute(route)) return;
	const bucket = bucketOf(durationMs);
	add('requests');
	add(`request_ms_${bucket}`);
	if (status !== undefined && status >= 500) add('errors');
	const isRefused = status !== undefined && status >= 400 && status < 500;
	if (route === CONFIRMS_PAYMENT && !isRefused) add(`payment_ms_${bucket}`);
}

/** Whether a route's requests are what the objectives are about. */
function isCustomerRoute(route: string | undefined): boolean {
	return route?.startsWith('/api/') === true && !WATCHING.test(route);
}
