import {createHmac, timingSafeEqual} from 'node:crypto';

const SIGNATURE = /^[0-9a-f]{64}$/;

/** What Razorpay's checkout gives the browser: lower-case hex of HMAC-SHA256 over `order id|payment id`, by the key's secret. */
export function signPayment(secret: string, providerOrderId: string, paymentId: string): string {
	return sign(secret, `${providerOrderId}|${paymentId}`);
}

/** What Razorpay sends in X-Razorpay-Signature: HMAC-SHA256 over the body's very bytes, by the webhook's secret. */
export function signWebhook(secret: string, body: Uint8Array): string {
	return sign(secret, body);
}

/** Constant time over the signature's content; false, never an exception, for whatever is no signature at all. */
export function isPaymentSignature(
	secret: string,
	{providerOrderId, paymentId, signature}: {providerOrderId: string; paymentId: string; signature: unknown},
): boolean {
	return isSame(signPayment(secret, providerOrderId, paymentId), signature);
}

/**
 * Whether one of the secrets signed these bytes. After a change of the secret, deliveries that Razorpay repeats still
 * carry the old one's signature for a day.
 */
export function isWebhookSignature(secrets: readonly string[], body: Uint8Array, signature: unknown): boolean {
	// Each is tried whatever the first says: the time tells nobody which one it was.
	return secrets.map((secret) => isSame(signWebhook(secret, body), signature)).includes(true);
}

function sign(secret: string, message: string | Uint8Array): string {
	return createHmac('sha256', secret).update(message).digest('hex');
}

function isSame(expected: string, signature: unknown): boolean {
	// timingSafeEqual throws on other lengths, and decoding hex forgives what is none.
	if (typeof signature !== 'string' || !SIGNATURE.test(signature)) return false;
	return timingSafeEqual(Buffer.from(expected), Buffer.from(signature));
}
