import type {Db} from 'mongodb';
import {errorCode} from '../../../kernel/errors.js';
import type {ShopHost} from '../../shop.js';
import {entityOf, type SandboxOrder, type SandboxPayment, type SandboxRefund, sandboxId} from './entities.js';

/** What the sandbox answers: an entity, or an error in Razorpay's shape. */
export type SandboxAnswer = {readonly status: number; readonly body: object};

export type SandboxPay = {
	readonly orderId: string;
	/** @default captured */
	readonly status?: 'captured' | 'authorized' | 'failed';
	/** Another sum than the order's, for tests. */
	readonly amount?: number;
	/** Another currency than the order's, for tests. */
	readonly currency?: string;
};

export type SandboxState = {
	createOrder(wish: {amount: number; currency: string; receipt: string | undefined}): Promise<SandboxAnswer>;
	listOrders(receipt: string | undefined): Promise<SandboxAnswer>;
	readOrder(id: string): Promise<SandboxAnswer>;
	paymentsOf(orderId: string): Promise<SandboxAnswer>;
	readPayment(id: string): Promise<SandboxAnswer>;
	capture(id: string, amount: number): Promise<SandboxAnswer>;
	refund(id: string, wish: RefundWish): Promise<SandboxAnswer>;
	refundsOf(paymentId: string): Promise<SandboxAnswer>;
	/** What the customer does on Razorpay's page. Undefined for an order that is not there or is paid. */
	pay(wish: SandboxPay): Promise<SandboxPayment | undefined>;
};

export type RefundWish = {
	readonly amount: number | undefined;
	readonly receipt: string | undefined;
	readonly notes: Readonly<Record<string, string>>;
	readonly key: string | undefined;
};

const DUPLICATE_KEY = 11000;
const UNKNOWN = refuse(400, 'The id provided does not exist');

/** The sandbox's orders, payments and refunds, in the shop's database so that restarts and workers share them. */
export function openSandboxState(db: Db, host: Pick<ShopHost, 'now' | 'randomHex'>): SandboxState {
	const orders = db.collection<SandboxOrder>('sandbox_orders');
	const payments = db.collection<SandboxPayment>('sandbox_payments');
	const refunds = db.collection<SandboxRefund>('sandbox_refunds');
	const seconds = () => Math.floor(host.now() / 1000);

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
				created_at: seconds(),
			};
			await orders.insertOne(order);
			return answer(order);
		},
		async listOrders(receipt) {
			const filter = receipt === undefined ? {} : {receipt: {$eq: receipt}};
			return collection(await orders.find(filter).sort({created_at: -1}).limit(100).toArray());
		},
		readOrder: async (id) => answer(await orders.findOne({_id: {$eq: id}})),
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
		async refund(id, wish) {
			const payment = await payments.findOne({_id: {$eq: id}});
			if (payment === null) return UNKNOWN;
			const refund = makeRefund(payment, wish);
			const before = await claimKey(refund);
			if (before !== refund) {
				const isSame = before.payment_id === id && before.amount === refund.amount && before.receipt === refund.receipt;
				return isSame
					? answer(before)
					: refuse(400, 'Different request with the same idempotency key has already been processed.');
			}
			const given = await payments.findOneAndUpdate(
				{_id: {$eq: id}, captured: true, amount_refunded: {$lte: payment.amount - refund.amount}},
				{$inc: {amount_refunded: refund.amount}},
				{returnDocument: 'after'},
			);
			if (given === null) {
				await refunds.deleteOne({_id: refund._id});
				return refuse(400, 'The payment has been fully refunded already');
			}
			if (given.amount_refunded === given.amount) await payments.updateOne({_id: id}, {$set: {status: 'refunded'}});
			return answer(refund);
		},
		refundsOf: async (id) =>
			collection(
				await refunds
					.find({payment_id: {$eq: id}})
					.limit(100)
					.toArray(),
			),
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
				created_at: seconds(),
			};
			await payments.insertOne(payment);
			if (payment.captured) await markOrderPaid(payment);
			return payment;
		},
	};

	async function markOrderPaid({order_id, amount}: SandboxPayment): Promise<void> {
		await orders.updateOne({_id: order_id}, {$set: {status: 'paid', amount_paid: amount, amount_due: 0}});
	}

	function makeRefund(payment: SandboxPayment, {amount, receipt, notes, key}: RefundWish): SandboxRefund {
		const _id = sandboxId('rfnd', host);
		return {
			_id,
			entity: 'refund',
			amount: amount ?? payment.amount,
			currency: payment.currency,
			payment_id: payment._id,
			receipt: receipt ?? null,
			notes,
			status: 'processed',
			created_at: seconds(),
			key: key ?? _id,
		};
	}

	/** Gives the refund that has the key: this one, or the one made before. */
	async function claimKey(refund: SandboxRefund): Promise<SandboxRefund> {
		await refunds.createIndex({key: 1}, {unique: true});
		try {
			await refunds.insertOne(refund);
			return refund;
		} catch (error) {
			const before = errorCode(error) === DUPLICATE_KEY ? await refunds.findOne({key: refund.key}) : null;
			if (before === null) throw error;
			return before;
		}
	}
}

function answer(found: SandboxOrder | SandboxPayment | SandboxRefund | null): SandboxAnswer {
	if (found === null) return UNKNOWN;
	const {key, ...entity} = {key: undefined, ...found};
	return {status: 200, body: entityOf(entity)};
}

function collection(found: readonly (SandboxOrder | SandboxPayment | SandboxRefund)[]): SandboxAnswer {
	const items = found.map((one) => answer(one).body);
	return {status: 200, body: {entity: 'collection', count: items.length, items}};
}

export function refuse(status: number, description: string): SandboxAnswer {
	const error = {code: 'BAD_REQUEST_ERROR', description, source: 'NA', step: 'NA', reason: 'NA', metadata: {}};
	return {status, body: {error}};
}
