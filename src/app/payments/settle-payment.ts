import type {Order} from '../documents.js';
import {markPaid} from '../orders/settle.js';
import type {Shop} from '../shop.js';
import type {ProviderPayment} from './provider.js';
import {recordPayment} from './record-payment.js';
import {refundOrderOf, refundPayment} from './refund-payment.js';

/**
 * - `paid`: the order is paid by it now. `already`: it was.
 * - `given_back`: it came too late, or twice; its refund is meant, if not done.
 * - `refunded`: it had been given back already.
 * - `quarantined`: money that fits no order; somebody has to look.
 * - `unpaid`: no money has come.
 */
export type Settlement = 'paid' | 'already' | 'given_back' | 'refunded' | 'quarantined' | 'unpaid';

/**
 * Does what follows from a payment as the provider tells it, in a webhook, in an answer, whoever comes first, in any order
 * and any number: one payment has one effect. Every step may be repeated, so that who died in between is simply done again.
 */
export async function settlePayment(shop: Shop, payment: ProviderPayment): Promise<Settlement> {
	const order = await findOrderOf(shop, payment);
	if (payment.status === 'created') return 'unpaid';
	if (payment.status === 'failed') {
		const isNews = await recordPayment(shop, payment, {status: 'failed', orderId: order?._id});
		if (isNews) shop.events.emit({type: 'payment', outcome: 'failed', amountPaise: payment.amountPaise});
		return 'unpaid';
	}
	const misfit = misfitOf(payment, order);
	if (misfit !== undefined || order === null) return quarantine(shop, payment, misfit ?? 'unknown order');
	if (payment.status === 'authorized') {
		await recordPayment(shop, payment, {status: 'authorized', orderId: order._id});
		return 'unpaid';
	}
	return payment.status === 'refunded' || payment.refundedPaise >= payment.amountPaise
		? settleRefunded(shop, payment, order)
		: settleCaptured(shop, payment, order);
}

async function settleCaptured(shop: Shop, payment: ProviderPayment, order: Order): Promise<Settlement> {
	await recordPayment(shop, payment, {status: 'captured', orderId: order._id});
	const known = await shop.collections.payments.findOne({_id: {$eq: payment.id}});
	if (known?.status === 'refunded') return 'refunded';
	if (known?.refund) return 'given_back';
	const outcome = await pay(shop, payment, order);
	if (outcome === 'paid' || outcome === 'already') return outcome;
	await refundPayment(shop, payment.id, outcome === 'no_stock' ? 'paid too late' : 'paid twice');
	return 'given_back';
}

/** The refund's word may come before the payment's: then the order goes the whole way at once. */
async function settleRefunded(shop: Shop, payment: ProviderPayment, order: Order): Promise<Settlement> {
	if (order.status === 'pending') await pay(shop, payment, order);
	await refundOrderOf(shop, {_id: payment.id, orderId: order._id});
	const isNews = await recordPayment(shop, payment, {status: 'refunded', orderId: order._id});
	if (isNews) shop.events.emit({type: 'payment', outcome: 'refunded', amountPaise: payment.amountPaise});
	return 'refunded';
}

async function pay(shop: Shop, {id, amountPaise}: ProviderPayment, {_id, createdAt}: Order) {
	const outcome = await markPaid(shop, {orderId: _id, paymentId: id, amountPaise});
	const durationMs = Math.max(0, shop.host.now() - createdAt.getTime());
	if (outcome === 'paid') shop.events.emit({type: 'payment', outcome: 'captured', amountPaise, durationMs});
	return outcome;
}

/** Money that fits nothing is kept apart and told of; nobody's order is paid by it. */
async function quarantine(shop: Shop, payment: ProviderPayment, reason: string): Promise<Settlement> {
	if (await recordPayment(shop, payment, {status: 'quarantined', reason})) {
		const {id, orderId = 'none', amountPaise, currency} = payment;
		shop.events.emit({type: 'payment', outcome: 'quarantined', amountPaise});
		const detail = {paymentId: id, providerOrderId: orderId, amountPaise, currency, reason};
		shop.events.emit({type: 'security', kind: 'payment.quarantined', detail});
	}
	return 'quarantined';
}

async function findOrderOf({collections}: Shop, {orderId}: ProviderPayment): Promise<Order | null> {
	return orderId === undefined ? null : collections.orders.findOne({'provider.orderId': {$eq: orderId}});
}

function misfitOf({amountPaise, currency}: ProviderPayment, order: Order | null): string | undefined {
	if (order === null) return 'unknown order';
	if (currency !== order.currency) return `${currency} for an order in ${order.currency}`;
	if (amountPaise !== order.totalPaise) return `${amountPaise} paise for an order over ${order.totalPaise}`;
	return undefined;
}
