import type {Binary, Collection, Db, ObjectId} from 'mongodb';

export type Product = {
	readonly _id: ObjectId;
	readonly slug: string;
	readonly name: string;
	readonly category: string;
	/** Integer paise, tax included. */
	readonly pricePaise: number;
	/** Units left. */
	readonly stock: number;
};

export type User = {
	readonly _id: ObjectId;
	/** Lower case. */
	readonly email: string;
	readonly name: string;
	/** As `hashPassword` makes it. */
	readonly passwordHash: string;
	readonly createdAt: Date;
};

/** One log-in, from its beginning to its end. Of tokens only SHA-256 is kept: who reads it cannot log in with it. */
export type Session = {
	/** Random; part of its tokens. */
	readonly _id: string;
	readonly userId: ObjectId;
	readonly access: Binary;
	readonly accessUntil: Date;
	readonly refresh: Binary;
	/** Refresh tokens of before, the latest last: who shows one again has stolen it, or was stolen from. */
	readonly used: readonly Binary[];
	/** When the refresh token ends, and the session with it. */
	readonly expiresAt: Date;
};

export type OrderLine = {
	readonly productId: ObjectId;
	readonly slug: string;
	/** As it was called when it was bought. */
	readonly name: string;
	readonly quantity: number;
	readonly unitPaise: number;
	readonly linePaise: number;
};

/** Only ever forward, by `orders/order-state.ts`. */
export type OrderStatus = 'pending' | 'paid' | 'expired' | 'cancelled' | 'refunded';

export type Order = {
	readonly _id: ObjectId;
	readonly userId: ObjectId;
	readonly lines: readonly OrderLine[];
	readonly totalPaise: number;
	readonly currency: 'INR';
	readonly status: OrderStatus;
	/** Whether its units are out of the products' stock. */
	readonly stock: 'taken' | 'returned';
	/** Until then the units are kept for it unpaid. */
	readonly reservedUntil: Date;
	/** Missing until the payment provider knows of it. */
	readonly provider?: {readonly kind: 'razorpay' | 'sandbox'; readonly mode: 'live' | 'test'; readonly orderId: string};
	/** The payment that counts. */
	readonly paymentId?: string;
	readonly createdAt: Date;
	readonly updatedAt: Date;
	readonly paidAt?: Date;
	/** When the provider is asked next what became of its payment, and how often it was. */
	readonly inquiry?: {readonly tries: number; readonly nextAt: Date};
};

/** The answer a checkout was given, to give again. */
export type IdempotentAnswer = {
	/** `<user id>:<key>` */
	readonly _id: string;
	/** SHA-256 of the request. */
	readonly requestHash: string;
	readonly orderId: ObjectId;
	/** Whose turn it is to talk to the payment provider, and how long. */
	readonly lease: {readonly by: string; readonly until: Date};
	readonly expiresAt: Date;
};

/** A payment as the shop has come to know it, by its provider's id. */
export type Payment = {
	/** The provider's id. */
	readonly _id: string;
	/** Missing for money that fits no order. */
	readonly orderId?: ObjectId;
	readonly providerOrderId?: string;
	readonly amountPaise: number;
	readonly currency: string;
	readonly status: 'authorized' | 'captured' | 'failed' | 'refunded' | 'quarantined';
	readonly reason?: string;
	/** Written before the provider is asked to give it back, so that it is given back once and surely. */
	readonly refund?: {
		readonly state: 'meant' | 'done';
		readonly reason: string;
		readonly tries: number;
		/** Until then somebody is at it, or it rests after a failure. */
		readonly nextTryAt: Date;
	};
	readonly createdAt: Date;
	readonly updatedAt: Date;
};

/** An event of the payment provider, stored before it is worked on. */
export type WebhookEvent = {
	/** The provider's event id. */
	readonly _id: string;
	/** `payment.captured:pay_…`: the same thing told under another id. */
	readonly subject: string;
	/** SHA-256 of the body. */
	readonly bodyHash: string;
	readonly event: string;
	/** Of the entities that came with it just what the shop works with: no address, no card. */
	readonly payload: Readonly<Record<string, unknown>>;
	/** `stale`: too old when it came, so that nothing is done about it. */
	readonly state: 'stored' | 'done' | 'failed' | 'stale';
	readonly tries: number;
	/** Until then somebody is at it, or it rests after a failure. */
	readonly nextTryAt: Date;
	/** Why it did not work the last time. */
	readonly problem?: string;
	readonly receivedAt: Date;
	readonly doneAt?: Date;
};

export type Collections = {
	readonly products: Collection<Product>;
	readonly users: Collection<User>;
	readonly sessions: Collection<Session>;
	readonly orders: Collection<Order>;
	readonly idempotency: Collection<IdempotentAnswer>;
	readonly payments: Collection<Payment>;
	readonly webhookEvents: Collection<WebhookEvent>;
};

export function openCollections(db: Db): Collections {
	return {
		products: db.collection('products'),
		users: db.collection('users'),
		sessions: db.collection('sessions'),
		orders: db.collection('orders'),
		idempotency: db.collection('idempotency'),
		payments: db.collection('payments'),
		webhookEvents: db.collection('webhook_events'),
	};
}
