import type {ShopHost} from '../../shop.js';

/** Razorpay's entities as its documentation has them (https://razorpay.com/docs/api), as far as the sandbox fills them. */

export type SandboxOrder = {
	readonly _id: string;
	readonly entity: 'order';
	readonly amount: number;
	readonly amount_paid: number;
	readonly amount_due: number;
	readonly currency: string;
	readonly receipt: string | null;
	readonly status: 'created' | 'attempted' | 'paid';
	readonly attempts: number;
	readonly created_at: number;
};

export type SandboxPayment = {
	readonly _id: string;
	readonly entity: 'payment';
	readonly amount: number;
	readonly currency: string;
	readonly status: 'created' | 'authorized' | 'captured' | 'refunded' | 'failed';
	readonly order_id: string;
	readonly method: 'upi';
	readonly amount_refunded: number;
	readonly captured: boolean;
	readonly created_at: number;
};

export type SandboxRefund = {
	readonly _id: string;
	readonly entity: 'refund';
	readonly amount: number;
	readonly currency: string;
	readonly payment_id: string;
	readonly receipt: string | null;
	readonly notes: Readonly<Record<string, string>>;
	readonly status: 'processed';
	readonly created_at: number;
	/** X-Refund-Idempotency; the answer does not hold it. */
	readonly key: string;
};

/** As it leaves the sandbox: `id` instead of `_id`. */
export function entityOf<T extends {readonly _id: string}>({_id, ...rest}: T): {readonly id: string} & Omit<T, '_id'> {
	return {id: _id, ...rest};
}

/** `order_Sandbox7h2k9qz`: as long as Razorpay's own, and named as what it is. */
export function sandboxId(prefix: 'order' | 'pay' | 'rfnd' | 'evt', {randomHex}: Pick<ShopHost, 'randomHex'>): string {
	const random = BigInt(`0x${randomHex(8)}`)
		.toString(36)
		.padStart(7, '0')
		.slice(-7);
	return `${prefix}_Sandbox${random}`;
}
