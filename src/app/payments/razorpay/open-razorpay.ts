import type {ShopEvents} from '../../events.js';
import type {ShopHost} from '../../shop.js';
import type {PaymentProvider} from '../provider.js';
import {isPaymentSignature, isWebhookSignature} from '../signatures.js';
import {openRazorpayHttp, type RazorpayAccess} from './http.js';
import {capture, readPayment, readPaymentsOf, refund} from './money.js';
import {createOrder, findOrder} from './orders.js';

export type RazorpayOptions = RazorpayAccess & {
	readonly kind: PaymentProvider['kind'];
	/** The present one first; for a day after a change the one before too. */
	readonly webhookSecrets: readonly string[];
};

/** Razorpay's API, or what speaks like it. */
export function openRazorpay(
	options: RazorpayOptions,
	parts: {readonly events: ShopEvents; readonly host: ShopHost},
): PaymentProvider {
	const {kind, keyId, keySecret, webhookSecrets} = options;
	const {host} = parts;
	for (const secret of webhookSecrets) host.addSecret(secret);
	const http = openRazorpayHttp(options, parts);
	const razorpay = {http, host};
	return {
		kind,
		mode: keyId.startsWith('rzp_live_') ? 'live' : 'test',
		keyId,
		createOrder: (order) => createOrder(razorpay, order),
		findOrder: (receipt) => findOrder(razorpay, receipt),
		readPayment: (id) => readPayment(razorpay, id),
		readPaymentsOf: (orderId) => readPaymentsOf(razorpay, orderId),
		capture: (payment) => capture(razorpay, payment),
		refund: (payment) => refund(razorpay, payment),
		isPaymentSignature: (signed) => isPaymentSignature(keySecret, signed),
		isWebhookSignature: (body, signature) => isWebhookSignature(webhookSecrets, body, signature),
		close: () => http.close(),
	};
}
