import type {WebAnswer} from '../../ports/web/exchange.js';
import type {AuditContext} from '../context.js';
import {apiOf} from './api.js';
import {madeUpId} from './signatures.js';

/** Longer than this Razorpay does not wait, and sends it again. */
export const MOST_WEBHOOK_MS = 5000;

export const NO_WEBHOOK_SECRET = 'the secret of the webhook is needed: set audit.razorpay.webhookSecret';

export type Delivery = {
	readonly body: string;
	/** @default none is sent */
	readonly signature?: string;
	readonly eventId: string;
};

/** POST /webhooks/razorpay, as Razorpay delivers. */
export function deliver(context: AuditContext, {body, signature, eventId}: Delivery): Promise<WebAnswer> {
	return apiOf(context)({
		method: 'POST',
		path: '/webhooks/razorpay',
		body,
		headers: {
			'x-razorpay-event-id': eventId,
			...(signature === undefined ? {} : {'x-razorpay-signature': signature}),
		},
	});
}

/** Tells of a payment that is not there, for an order that is not there: where it is believed it changes nothing. */
export function forgedEvent({host}: Pick<AuditContext, 'host'>): string {
	const entity = {
		id: madeUpId('pay', host),
		entity: 'payment',
		amount: 100,
		currency: 'INR',
		status: 'captured',
		order_id: madeUpId('order', host),
	};
	return eventBody('payment.captured', {payment: {entity}}, host.now());
}

/** An event that no shop knows: to be acknowledged, and to change nothing. Each is another. */
export function pingEvent({host}: Pick<AuditContext, 'host'>, ageMs = 0): string {
	return eventBody('sastaops.ping', {nonce: host.randomHex(8)}, host.now() - ageMs);
}

export function madeUpEventId({host}: Pick<AuditContext, 'host'>): string {
	return madeUpId('evt', host);
}

function eventBody(event: string, payload: object, atMs: number): string {
	return JSON.stringify({
		entity: 'event',
		account_id: 'acc_sastaops',
		event,
		contains: Object.keys(payload),
		payload,
		created_at: Math.floor(atMs / 1000),
	});
}
