import type {ObjectId} from 'mongodb';
import type {IdempotentAnswer, Order} from '../documents.js';
import type {Gate} from '../guard/gate.js';
import {HttpError} from '../http-error.js';
import type {Shop} from '../shop.js';
import {hashCart, makeCart, type Wish} from './cart.js';
import {type HandedOver, handToProvider, isHandedOver} from './hand-to-provider.js';
import {findRecord, giveLease, inFlight, makeRecord, takeLease} from './idempotency.js';
import {outOfStock} from './order-lines.js';
import {placeOrder} from './place-order.js';

export type CheckOut = {
	readonly userId: ObjectId;
	/** The client's, per user. */
	readonly key: string;
	readonly wishes: readonly Wish[];
};

export type CheckedOut = {
	readonly order: HandedOver;
	/** The key had been answered before. */
	readonly isReplay: boolean;
};

/**
 * Turns a cart into an order that can be paid. Whatever is cut, the same key goes on from there: to the transaction that
 * places the order, or to the provider that is told of it.
 * @throws HttpError 404, 409, 422, 502, 503
 */
export async function checkOut(shop: Shop, gate: Gate, {userId, key, wishes}: CheckOut): Promise<CheckedOut> {
	const cart = makeCart(wishes);
	const wanted = makeRecord(shop, {userId, key, requestHash: hashCart(cart)});
	const known = await findRecord(shop, wanted);
	if (known) return goOn(shop, known);
	const short = await findShortage(shop, cart);
	if (short) {
		// Its own order may have taken the last unit since.
		const since = await findRecord(shop, wanted);
		if (since) return goOn(shop, since);
		throw outOfStock(short.slug, short.quantity);
	}

	return keepGoing(shop, wanted, async () => {
		const placed = await gate.run(() => placeOrder(shop, {userId, cart, record: wanted}));
		if (placed === undefined) {
			const first = await findRecord(shop, wanted);
			// Gone again: its transaction came to nothing.
			if (first === null) throw inFlight();
			// Ours, if the first try was committed after all and only its answer lost.
			if (!first.orderId.equals(wanted.orderId)) return goOn(shop, first);
		}
		const order = placed ?? (await readOrder(shop, wanted));
		shop.events.emit({type: 'order', change: 'placed', totalPaise: order.totalPaise});
		return {order: await handToProvider(shop, order, {mayExist: placed === undefined}), isReplay: false};
	});
}

/** Without a transaction: a crowd after something that is gone costs a read each, and keeps nobody else waiting. */
async function findShortage({collections}: Shop, cart: readonly Wish[]): Promise<Wish | undefined> {
	const slugs = cart.map(({slug}) => slug);
	const found = await collections.products.find({slug: {$in: slugs}}, {projection: {slug: 1, stock: 1}}).toArray();
	const stocks = new Map(found.map(({slug, stock}) => [slug, stock]));
	// Of what is not known at all the transaction tells.
	return cart.find(({slug, quantity}) => (stocks.get(slug) ?? Number.POSITIVE_INFINITY) < quantity);
}

async function goOn(shop: Shop, record: IdempotentAnswer): Promise<CheckedOut> {
	const order = await readOrder(shop, record);
	if (isHandedOver(order)) return {order, isReplay: true};
	if (order.status !== 'pending')
		throw new HttpError(409, 'ORDER_CLOSED', `The order of this Idempotency-Key is ${order.status}; take a new key`);
	const held = await takeLease(shop, record);
	return keepGoing(shop, held, async () => {
		const current = await readOrder(shop, held);
		if (isHandedOver(current)) return {order: current, isReplay: true};
		return {order: await handToProvider(shop, current, {mayExist: true}), isReplay: false};
	});
}

/** What fails may be tried again at once, not when the lease has run out. */
async function keepGoing<T>(shop: Shop, held: IdempotentAnswer, work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} catch (error) {
		await giveLease(shop, held);
		throw error;
	}
}

async function readOrder({collections}: Shop, {orderId}: IdempotentAnswer): Promise<Order> {
	const order = await collections.orders.findOne({_id: orderId});
	if (order === null) throw new Error(`Order ${orderId.toHexString()} of an idempotency key is gone`);
	return order;
}
