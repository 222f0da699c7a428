import type {Collection, Db} from 'mongodb';
import type {ShopHost} from '../../shop.js';
import {answer, collection, refuse, type SandboxAnswer, UNKNOWN} from './answers.js';
import {type SandboxOrder, type SandboxPayment, sandboxId} from './entities.js';
import {openRefunds, type SandboxRefunds} from './refunds.js';

export type SandboxPay = {
	readonly orderId: string;
	/** @default captured */
	readonly status?: 'captured' | 'authorized' | 'failed';
	/** Another sum than the order's, for tests. */
	readonly amount?: number;
	/** Another currency than the order's, for tests. */
	readonly currency?: string;
};

type SandboxOrders = {
	createOrder(wish: {amount: number; currency: string; receipt: string | undefined}): Promise<SandboxAnswer>;
	listOrders(receipt: string | undefined): Promise<SandboxAnswer>;
	readOrder(id: string): Promise<SandboxAnswer>;
};

type SandboxPayments = {
	paymentsOf(orderId: string): Promise<SandboxAnswer>;
	readPayment(id: string): Promise<SandboxAnswer>;
	capture(id: string, amount: number): Promise<SandboxAnswer>;
	/** What the customer does on Razorpay's page. Undefined for an order that is not there or is paid. */
	pay(wish: SandboxPay): Promise<SandboxPayment | undefined>;
};

export type SandboxState = SandboxOrders & SandboxPayments & SandboxRefunds;

type Parts = {
	readonly orders: Collection<SandboxOrder>;
	readonly payments: Collection<SandboxPayment>;
	readonly host: Pick<ShopHost, 'now' | 'randomHex'>;
};

/** The sandbox's orders, payments and refunds, in the shop's database so that restarts and workers share them. */
export function openSandboxState(db: Db, host: Parts['host']): SandboxState {
	const parts = {
		orders: db.collection<SandboxOrder>('sandbox_orders'),
		payments: db.collection<SandboxPayment>('sandbox_payments'),
		host,
	};
	return {...openOrders(parts), ...openPayments(parts), ...openRefunds(db, host)};
}

function openOrders({orders, host}: Parts): SandboxOrders {
	return {
		async createOrder({amount, currency, receipt}) {
			if (!Number.isSafeInteger(amount) || amount < 100)
				return refuse(400, 'Order amount less than minimum amount allowed');
			if (currency !== 'INR') return refuse(400, 'Currency is not supported');
			if (receipt !== undefined && receipt.length > 40) return refuse(400, 'The receipt may not be greater than 40');
			const order: SandboxOrder = {
				_id: sandboxId('order', host),
				entity: 'order',
				amount,
				amount_paid: 0,
				amount_due: amount,
				currency,
				receipt: receipt ?? null,
				status: 'created',
				attempts: 0,
				created_at: Math.floor(host.now() / 1000),
			};
			await orders.insertOne(order);
			return answer(order);
		},
		async listOrders(receipt) {
			const filter = receipt === undefined ? {} : {receipt: {$eq: receipt}};
			return collection(await orders.find(filter).sort({created_at: -1}).limit(100).toArray());
		},
		readOrder: async (id) => answer(await orders.findOne({_id: {$eq: id}})),
	};
}

function openPayments({orders, payments, host}: Parts): SandboxPayments {
	return {
		paymentsOf: async (orderId) =>
			collection(
				await payments
					.find({order_id: {$eq: orderId}})
					.limit(100)
					.toArray(),
			),
		readPayment: async (id) => answer(await payments.findOne({_id: {$eq: id}})),
		async capture(id, amount) {
			const captured = await payments.findOneAndUpdate(
				{_id: {$eq: id}, status: 'authorized', amount},
				{$set: {status: 'captured', captured: true}},
				{returnDocument: 'after'},
			);
			if (captured) {
				await markOrderPaid(captured);
				return answer(captured);
			}
			const payment = await payments.findOne({_id: {$eq: id}});
			if (payment === null) return UNKNOWN;
			if (payment.captured) return refuse(400, 'This payment has already been captured');
			return refuse(400, 'Capture amount must be equal to the amount authorized');
		},
		async pay({orderId, status = 'captured', amount, currency}) {
			const order = await orders.findOneAndUpdate(
				{_id: {$eq: orderId}, status: {$ne: 'paid'}},
				{$set: {status: 'attempted'}, $inc: {attempts: 1}},
			);
			if (order === null) return undefined;
			const payment: SandboxPayment = {
				_id: sandboxId('pay', host),
				entity: 'payment',
				amount: amount ?? order.amount,
				currency: currency ?? order.currency,
				status,
				order_id: orderId,
				method: 'upi',
				amount_refunded: 0,
				captured: status === 'captured',
				created_at: Math.floor(host.now() / 1000),
			};
			await payments.insertOne(payment);
			if (payment.captured) await markOrderPaid(payment);
			return payment;
		},
	};

	async function markOrderPaid({order_id, amount}: SandboxPayment): Promise<void> {
		await orders.updateOne({_id: order_id}, {$set: {status: 'paid', amount_paid: amount, amount_due: 0}});
	}
}
