/** An order as the payment provider has it. */
export type ProviderOrder = {
	readonly id: string;
	readonly amountPaise: number;
	readonly currency: string;
	/** Our own order's id. */
	readonly receipt: string;
	readonly status: 'created' | 'attempted' | 'paid';
};

/** A payment as the payment provider has it. */
export type ProviderPayment = {
	readonly id: string;
	/** The provider's id of the order. */
	readonly orderId: string | undefined;
	readonly amountPaise: number;
	readonly refundedPaise: number;
	readonly currency: string;
	readonly status: 'created' | 'authorized' | 'captured' | 'refunded' | 'failed';
};

/** Who takes the money. Every call has a timeout, and throws `ProviderError`. */
export type PaymentProvider = {
	readonly kind: 'razorpay' | 'sandbox';
	readonly mode: 'live' | 'test';
	/** Public: the browser needs it. */
	readonly keyId: string;
	/**
	 * Makes the order, or finds the one of the same receipt: an order whose answer was lost is not made twice.
	 * @param order.receipt our order's id
	 * @param order.mayExist true where an earlier try may have made it: then it is looked for first
	 */
	createOrder(order: {
		readonly receipt: string;
		readonly amountPaise: number;
		readonly mayExist?: boolean;
	}): Promise<ProviderOrder>;
	/** The order made for this receipt, the oldest where there are several; undefined where there is none. */
	findOrder(receipt: string): Promise<ProviderOrder | undefined>;
	/** Undefined where the provider knows none. */
	readPayment(id: string): Promise<ProviderPayment | undefined>;
	readPaymentsOf(providerOrderId: string): Promise<readonly ProviderPayment[]>;
	/** Takes what is only authorized; a payment that is captured already is answered as it is. */
	capture(payment: {readonly id: string; readonly amountPaise: number}): Promise<ProviderPayment>;
	/** Gives back once: `receipt` tells a repeated call. */
	refund(payment: {
		readonly id: string;
		readonly amountPaise: number;
		readonly receipt: string;
	}): Promise<{readonly id: string}>;
	/** HMAC over the provider's order id as WE stored it; constant time, false for anything malformed. */
	isPaymentSignature(signed: {
		readonly providerOrderId: string;
		readonly paymentId: string;
		readonly signature: unknown;
	}): boolean;
	/** HMAC over the bytes as they came, under the present secret or the one before. */
	isWebhookSignature(body: Uint8Array, signature: unknown): boolean;
	/** Lets go of its connections. */
	close(): Promise<void>;
};

/** The provider could not be had, or said no. */
export class ProviderError extends Error {
	override readonly name = 'ProviderError';
	/**
	 * `refused`: it said no, and will again. `unavailable`: it was not done, and may be later. `unanswered`: nobody knows
	 * whether it was done.
	 */
	readonly kind: 'refused' | 'unanswered' | 'unavailable';
	/** When the provider wants to be asked again. */
	readonly retryAfterMs: number | undefined;

	constructor(kind: ProviderError['kind'], message: string, options: ErrorOptions & {retryAfterMs?: number} = {}) {
		super(message, options);
		this.kind = kind;
		this.retryAfterMs = options.retryAfterMs;
	}
}
