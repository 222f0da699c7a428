import {request} from 'undici';
import type {ShopHost} from '../../shop.js';
import {signWebhook} from '../signatures.js';
import {entityOf, type SandboxPayment, type SandboxRefund, sandboxId} from './entities.js';

export type Delivery = {readonly headers: Readonly<Record<string, string>>; readonly body: Buffer};

export type Told = {
	readonly event: string;
	readonly payment: SandboxPayment;
	readonly refund?: SandboxRefund;
	/** Seconds since the epoch. @default now */
	readonly createdAt?: number;
	/** @default a new one */
	readonly eventId?: string;
};

const TIMEOUT_MS = 5000;

/** An event as Razorpay sends it, signed over its bytes. */
export function makeDelivery(
	{event, payment, refund, createdAt, eventId}: Told,
	webhookSecret: string,
	host: Pick<ShopHost, 'now' | 'randomHex'>,
): Delivery {
	const order = event.startsWith('order.')
		? {order: {entity: {id: payment.order_id, entity: 'order', amount: payment.amount, status: 'paid'}}}
		: {};
	const payload = {
		payment: {entity: entityOf(payment)},
		...order,
		...(refund ? {refund: {entity: entityOf(refund)}} : {}),
	};
	const body = Buffer.from(
		JSON.stringify({
			entity: 'event',
			account_id: 'acc_Sandbox0000000',
			event,
			contains: Object.keys(payload),
			payload,
			created_at: createdAt ?? Math.floor(host.now() / 1000),
		}),
	);
	return {
		body,
		headers: {
			'content-type': 'application/json',
			'x-razorpay-signature': signWebhook(webhookSecret, body),
			'x-razorpay-event-id': eventId ?? sandboxId('evt', host),
		},
	};
}

/** Sends it, as Razorpay does, and gives the status that came back. */
export async function deliver(url: string, {headers, body}: Delivery): Promise<number> {
	const response = await request(url, {method: 'POST', headers, body, signal: AbortSignal.timeout(TIMEOUT_MS)});
	await response.body.dump();
	return response.statusCode;
}
