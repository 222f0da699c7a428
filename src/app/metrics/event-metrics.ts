import type {ShopEvent} from '../events.js';
import {LATENCY_EDGES_MS, PAYMENT_EDGES_SECONDS} from './edges.js';
import type {MetricRegistry} from './registry.js';

const CHECKOUTS = ['placed', 'replayed', 'out_of_stock', 'refused', 'failed'] as const;
const CHANGES = ['placed', 'paid', 'expired', 'cancelled', 'refunded'] as const;
const PAYMENTS = ['captured', 'failed', 'refused', 'quarantined', 'refunded'] as const;
const CALLS = ['createOrder', 'findOrder', 'readPayment', 'readPaymentsOf', 'capture', 'refund', 'findRefund', 'other'];
const CALL_OUTCOMES = ['ok', 'refused', 'error', 'timeout'] as const;
const WEBHOOKS = ['stored', 'duplicate', 'refused', 'worked', 'failed'] as const;
const SECURITY = [
	'login.failed',
	'token.reused',
	'signature.refused',
	'webhook.altered',
	'payment.quarantined',
	'rate.limited',
	'privileges.excessive',
	'other',
];

/** Counts what the shop tells of itself. */
export function addEventMetrics(registry: MetricRegistry): (event: ShopEvent) => void {
	const families = makeFamilies(registry);
	return (event) => {
		switch (event.type) {
			case 'checkout':
				families.checkouts.add({outcome: event.outcome});
				// A request that was refused at sight would make checkouts look faster than they are.
				if (event.outcome !== 'refused') families.checkoutDuration.observe({}, event.durationMs / 1000);
				return;
			case 'order':
				families.orders.add({change: event.change});
				if (event.change === 'paid') families.revenue.add({}, event.totalPaise);
				if (event.change === 'refunded') families.refunds.add({}, event.totalPaise);
				return;
			case 'payment':
				families.payments.add({outcome: event.outcome});
				if (event.outcome === 'captured' && event.durationMs !== undefined)
					families.paymentDuration.observe({}, event.durationMs / 1000);
				return;
			case 'provider': {
				const call = CALLS.includes(event.call) ? event.call : 'other';
				families.calls.add({call, outcome: event.outcome});
				families.callDuration.observe({}, event.durationMs / 1000);
				return;
			}
			case 'webhook':
				families.webhooks.add({outcome: event.outcome});
				return;
			case 'registration':
				families.registrations.add({});
				return;
			case 'security':
				families.security.add({kind: SECURITY.includes(event.kind) ? event.kind : 'other'});
		}
	};
}

function makeFamilies(registry: MetricRegistry) {
	const latency = LATENCY_EDGES_MS.map((edge) => edge / 1000);
	return {
		checkouts: registry.counter({
			name: 'checkout_requests_total',
			help: 'Checkouts; replayed: the same idempotency key again, refused: the client’s doing, failed: ours',
			labels: {outcome: CHECKOUTS},
		}),
		checkoutDuration: registry.histogram({
			name: 'checkout_duration_seconds',
			help: 'Time a checkout takes, those refused at sight left out',
			labels: {},
			edges: latency,
		}),
		payments: registry.counter({
			name: 'payments_total',
			help: 'Payments; failed: declined, refused: a wrong signature, quarantined: money that fits no order',
			labels: {outcome: PAYMENTS},
		}),
		paymentDuration: registry.histogram({
			name: 'payment_duration_seconds',
			help: 'Time from an order to its captured payment',
			labels: {},
			edges: PAYMENT_EDGES_SECONDS,
		}),
		orders: registry.counter({
			name: 'orders_total',
			help: 'Orders by what became of them',
			labels: {change: CHANGES},
		}),
		revenue: registry.counter({name: 'revenue_paise_total', help: 'Totals of paid orders, in paise', labels: {}}),
		refunds: registry.counter({name: 'refunded_paise_total', help: 'Totals of refunded orders, in paise', labels: {}}),
		registrations: registry.counter({name: 'registrations_total', help: 'New accounts', labels: {}}),
		calls: registry.counter({
			name: 'provider_calls_total',
			help: 'Calls of the payment provider',
			labels: {call: CALLS, outcome: CALL_OUTCOMES},
		}),
		callDuration: registry.histogram({
			name: 'provider_call_duration_seconds',
			help: 'Time a call of the payment provider takes',
			labels: {},
			edges: latency,
		}),
		webhooks: registry.counter({
			name: 'webhooks_total',
			help: 'Webhooks by what became of them',
			labels: {outcome: WEBHOOKS},
		}),
		security: registry.counter({
			name: 'security_events_total',
			help: 'What somebody responsible for security wants to see',
			labels: {kind: SECURITY},
		}),
	};
}
