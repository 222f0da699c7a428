import {EventEmitter} from 'node:events';

/** What happens in the shop that somebody may want to count, log or alert on. Nothing here identifies a customer. */
export type ShopEvent =
	| {
			readonly type: 'checkout';
			/** `replayed`: the same idempotency key again. `refused`: the client's doing. `failed`: ours, or the provider's. */
			readonly outcome: 'placed' | 'replayed' | 'out_of_stock' | 'refused' | 'failed';
			readonly durationMs: number;
	  }
	| {
			readonly type: 'order';
			readonly change: 'placed' | 'paid' | 'expired' | 'cancelled' | 'refunded';
			readonly totalPaise: number;
	  }
	| {
			readonly type: 'payment';
			/** `refused`: a signature that is wrong. `quarantined`: money that fits no order of ours. */
			readonly outcome: 'captured' | 'failed' | 'refused' | 'quarantined' | 'refunded';
			readonly amountPaise?: number;
			/** From the order to its payment. */
			readonly durationMs?: number;
	  }
	| {
			readonly type: 'provider';
			/** `createOrder`, `readPayment`, … */
			readonly call: string;
			readonly outcome: 'ok' | 'refused' | 'error' | 'timeout';
			readonly durationMs: number;
	  }
	| {readonly type: 'webhook'; readonly outcome: 'stored' | 'duplicate' | 'refused' | 'worked' | 'failed'}
	| {readonly type: 'registration'}
	| SecurityEvent;

export type SecurityEvent = {
	readonly type: 'security';
	readonly kind:
		| 'login.failed'
		| 'token.reused'
		| 'signature.refused'
		| 'webhook.altered'
		| 'payment.quarantined'
		| 'rate.limited'
		| 'privileges.excessive';
	/** Addresses, ids and the like, for whoever looks into it; never a secret. */
	readonly detail: Readonly<Record<string, string | number | boolean>>;
};

export type ShopEvents = {
	emit(event: ShopEvent): void;
	/** Gives a function that ends the subscription. */
	subscribe(listener: (event: ShopEvent) => void): () => void;
};

/** Tells every listener at once, in order. What tells must never fail, so a listener that throws only does not hear. */
export function makeShopEvents(): ShopEvents {
	const emitter = new EventEmitter();
	emitter.setMaxListeners(0);
	return {
		emit(event) {
			for (const listener of emitter.listeners('event')) {
				try {
					listener(event);
				} catch {
					// A counter that fails must not fail a sale.
				}
			}
		},
		subscribe(listener) {
			emitter.on('event', listener);
			return () => emitter.off('event', listener);
		},
	};
}
