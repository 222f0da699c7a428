import type {ClientSession, ObjectId, UpdateFilter} from 'mongodb';
import type {Order, OrderStatus} from '../documents.js';
import type {Shop} from '../shop.js';
import {isLate, mayBecome, sourcesOf} from './order-state.js';
import {returnUnits, takeUnits} from './stock.js';
import {inTransaction} from './transaction.js';

export type Paid = {
	readonly orderId: ObjectId;
	/** The provider's id of the captured payment. */
	readonly paymentId: string;
	/** Must be the order's total; who calls has checked it. */
	readonly amountPaise: number;
};

/**
 * Makes the order paid by this payment, once however often it is told. Late money takes the units again.
 *
 * - `paid`: it is paid now. `already`: it was, by this very payment.
 * - `other_payment`: another payment has paid it; give this one back.
 * - `no_stock`: it came too late and the units are gone; give it back. The order stays as it is.
 *
 * With a session of the caller's this is part of the caller's transaction, and telling of it too is the caller's: emit
 * `{type: 'order', change: 'paid', totalPaise: amountPaise}` when that is committed and this answered `paid`.
 * @throws Error for an order that does not exist, or another amount: bugs of the caller
 */
export async function markPaid(
	shop: Shop,
	paid: Paid,
	session?: ClientSession,
): Promise<'paid' | 'already' | 'other_payment' | 'no_stock'> {
	if (session) return pay(shop, paid, session);
	const outcome = await inTransaction(shop, (own) => pay(shop, paid, own));
	if (outcome === 'paid') shop.events.emit({type: 'order', change: 'paid', totalPaise: paid.amountPaise});
	return outcome;
}

/** Ends a pending order unpaid and gives its units back, once; false where it is not pending any more. */
export async function releaseOrder(shop: Shop, orderId: ObjectId, to: 'expired' | 'cancelled'): Promise<boolean> {
	return move(shop, orderId, to);
}

/** Makes a paid order refunded, once, and gives its units back; false where it is not paid (any more). */
export async function markRefunded(shop: Shop, orderId: ObjectId): Promise<boolean> {
	return move(shop, orderId, 'refunded');
}

async function pay(shop: Shop, {orderId, paymentId, amountPaise}: Paid, session: ClientSession) {
	const order = await shop.collections.orders.findOne({_id: {$eq: orderId}}, {session});
	if (order === null) throw new Error(`There is no order ${orderId.toHexString()} to be paid`);
	if (order.totalPaise !== amountPaise)
		throw new Error(`${paymentId} is over ${amountPaise} paise, its order over ${order.totalPaise}`);
	if (order.paymentId !== undefined) return order.paymentId === paymentId ? 'already' : 'other_payment';
	if (!mayBecome(order.status, 'paid')) throw new Error(`Order ${orderId.toHexString()} is ${order.status}, by nobody`);
	if (isLate(order.status) && !(await takeUnits(shop, order.lines, session))) return 'no_stock';

	const now = new Date(shop.host.now());
	const $set = {status: 'paid', stock: 'taken', paymentId, paidAt: now, updatedAt: now} as const;
	await change(shop, order, $set, session);
	return 'paid';
}

/** All ways that give units back: the state and the stock change together or not at all. */
async function move(shop: Shop, orderId: ObjectId, to: 'expired' | 'cancelled' | 'refunded'): Promise<boolean> {
	const moved = await inTransaction(shop, async (session) => {
		const order = await shop.collections.orders.findOne({_id: {$eq: orderId}, status: {$in: sourcesOf(to)}}, {session});
		if (order === null) return undefined;
		await change(shop, order, {status: to, stock: 'returned', updatedAt: new Date(shop.host.now())}, session);
		if (order.stock === 'taken') await returnUnits(shop, order.lines, session);
		return order;
	});
	if (moved) shop.events.emit({type: 'order', change: to, totalPaise: moved.totalPaise});
	return moved !== undefined;
}

/** Writes only where the order still is as it was read, whatever the server makes of two transactions that meet. */
async function change(
	{collections}: Shop,
	{_id, status, stock}: Order,
	$set: UpdateFilter<Order>['$set'] & {readonly status: OrderStatus},
	session: ClientSession,
): Promise<void> {
	const {matchedCount} = await collections.orders.updateOne({_id, status, stock}, {$set}, {session});
	if (matchedCount !== 1) throw new Error(`Order ${_id.toHexString()} changed inside a transaction`);
}
