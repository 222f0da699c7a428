import {type ClientSession, MongoServerError, type ObjectId} from 'mongodb';
import type {IdempotentAnswer, Order} from '../documents.js';
import {HttpError} from '../http-error.js';
import {takeUnits} from '../orders/stock.js';
import {inTransaction} from '../orders/transaction.js';
import type {Shop} from '../shop.js';
import type {Wish} from './cart.js';
import {makeLines, sumUp} from './order-lines.js';

const DUPLICATE_KEY = 11000;

/**
 * Writes the record of the key, takes the units and writes the order: all or nothing. Undefined where the key has an order
 * already.
 * @param record its `orderId` becomes the order's
 * @throws HttpError 404, 409, 422 as `makeLines` and `sumUp` say
 */
export async function placeOrder(
	shop: Shop,
	{
		userId,
		cart,
		record,
	}: {readonly userId: ObjectId; readonly cart: readonly Wish[]; readonly record: IdempotentAnswer},
): Promise<Order | undefined> {
	try {
		return await inTransaction(shop, async (session) => {
			// First, so that a key that has an order finds that, and not that its own order took the last unit.
			await shop.collections.idempotency.insertOne(record, {session});
			const order = await makeOrder(shop, {_id: record.orderId, userId, cart}, session);
			await shop.collections.orders.insertOne(order, {session});
			// Last: others that want these products are held up by nothing but the commit.
			if (!(await takeUnits(shop, order.lines, session)))
				throw new HttpError(409, 'OUT_OF_STOCK', 'There are not so many left');
			return order;
		});
	} catch (error) {
		if (error instanceof MongoServerError && error.code === DUPLICATE_KEY) return undefined;
		throw error;
	}
}

async function makeOrder(
	{collections, host, settings}: Shop,
	{_id, userId, cart}: {readonly _id: ObjectId; readonly userId: ObjectId; readonly cart: readonly Wish[]},
	session: ClientSession,
): Promise<Order> {
	const slugs = cart.map(({slug}) => slug);
	const products = await collections.products.find({slug: {$in: slugs}}, {session}).toArray();
	const lines = makeLines(cart, products);
	const createdAt = new Date(host.now());
	return {
		_id,
		userId,
		lines,
		totalPaise: sumUp(lines),
		currency: 'INR',
		status: 'pending',
		stock: 'taken',
		reservedUntil: new Date(createdAt.getTime() + settings.RESERVATION_SECONDS * 1000),
		createdAt,
		updatedAt: createdAt,
	};
}
