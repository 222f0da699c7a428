import {createHmac} from 'node:crypto';

/** Lower-case hex of HMAC-SHA256, as Razorpay signs: `order id|payment id` by the key's secret, a webhook's bytes by its own. */
export function sign(secret: string, message: string): string {
	return createHmac('sha256', secret).update(message).digest('hex');
}

export function signSha1(secret: string, message: string): string {
	return createHmac('sha1', secret).update(message).digest('hex');
}

/** With its last digit changed. */
export function spoil(signature: string): string {
	return signature.slice(0, -1) + (signature.endsWith('0') ? '1' : '0');
}

/** An id as Razorpay makes them: `pay_` and 14 letters or digits; of hex here, so that none of ours meets one of theirs. */
export function madeUpId(prefix: 'order' | 'pay' | 'evt', host: {randomHex(bytes: number): string}): string {
	return `${prefix}_${host.randomHex(7)}`;
}
