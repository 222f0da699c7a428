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

export type Session = {
	/** SHA-256 of the token: who reads the database cannot log in with what stands there. */
	readonly _id: Binary;
	readonly userId: ObjectId;
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
};

/** The answer a checkout was given, to give again. */
export type IdempotentAnswer = {
	/** `<user id>:<key>` */
	readonly _id: string;
	/** SHA-256 of the request. */
	readonly requestHash: string;
	readonly orderId: ObjectId;
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
	readonly payload: Readonly<Record<string, unknown>>;
	readonly state: 'stored' | 'done' | 'failed';
	readonly tries: number;
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
