import {ObjectId} from 'mongodb';
import Type from 'typebox';
import {requireUser} from '../accounts/login.js';
import {exactly, failures} from '../answers.js';
import type {Order} from '../documents.js';
import {limitsOf} from '../guard/limits.js';
import {HttpError} from '../http-error.js';
import type {ShopServer} from '../server.js';
import type {Shop} from '../shop.js';
import {ProviderError, type ProviderPayment} from './provider.js';
import {settlePayment} from './settle-payment.js';

const proof = exactly({
	orderId: Type.String({pattern: '^[0-9a-f]{24}$', description: 'The shop’s id of the order'}),
	razorpay_payment_id: Type.String({pattern: '^pay_\\w{4,40}$'}),
	razorpay_signature: Type.String({maxLength: 200}),
	razorpay_order_id: Type.Optional(
		Type.String({maxLength: 64, description: 'Checkout sends it; the one that counts is the shop’s own'}),
	),
});

const answer = exactly({
	orderId: Type.String(),
	paymentId: Type.String(),
	status: Type.Union([Type.Literal('paid'), Type.Literal('refunded')]),
	totalPaise: Type.Integer({minimum: 0}),
});

type Proof = {readonly orderId: string; readonly razorpay_payment_id: string; readonly razorpay_signature: string};

const RETRY_AFTER_SECONDS = 5;

/** POST /api/payments/verify: what the browser was given by the checkout page, proved and asked after before it counts. */
export function addVerify(app: ShopServer, shop: Shop): void {
	app.post(
		'/api/payments/verify',
		{
			config: limitsOf(shop).payment,
			schema: {
				summary: 'Tell the shop of a payment; done again it answers the same',
				security: [{session: []}],
				tags: ['payments'],
				body: proof,
				response: {200: answer, ...failures(400, 401, 404, 409, 503)},
			},
		},
		async (request) => {
			const userId = await requireUser(shop, request);
			const order = await readOrder(shop, userId, request.body.orderId);
			await verify(shop, order, request.body, request.ip);
			return readAnswer(shop, order._id, request.body.razorpay_payment_id);
		},
	);
}

async function readOrder({collections}: Shop, userId: ObjectId, id: string): Promise<Order> {
	const order = await collections.orders.findOne({_id: {$eq: new ObjectId(id)}, userId: {$eq: userId}});
	// Somebody else's is not there either, for whoever asks.
	if (order === null) throw new HttpError(404, 'UNKNOWN_ORDER', 'There is no such order');
	return order;
}

async function verify(shop: Shop, order: Order, proved: Proof, address: string): Promise<void> {
	const {razorpay_payment_id: paymentId, razorpay_signature: signature} = proved;
	const providerOrderId = order.provider?.orderId;
	if (providerOrderId === undefined)
		throw new HttpError(409, 'NOT_PAYABLE', 'The payment provider does not know of this order yet');
	if (!shop.payments.isPaymentSignature({providerOrderId, paymentId, signature})) {
		const detail = {where: 'verify', orderId: proved.orderId, paymentId, address};
		shop.events.emit({type: 'payment', outcome: 'refused'});
		shop.events.emit({type: 'security', kind: 'signature.refused', detail});
		throw new HttpError(400, 'SIGNATURE', 'The signature does not fit this order and payment');
	}
	if (order.paymentId === paymentId) return;
	const payment = await readMoney(shop, order, {paymentId, providerOrderId});
	const settlement = await settlePayment(shop, payment);
	switch (settlement) {
		case 'paid':
		case 'already':
			return;
		case 'given_back':
		case 'refunded':
			throw new HttpError(409, 'PAYMENT_RETURNED', 'The payment came too late or twice; it is given back in full');
		case 'quarantined':
			throw new HttpError(400, 'PAYMENT_MISMATCH', 'The payment does not fit this order; somebody will look into it');
		case 'unpaid':
			throw new HttpError(409, 'NOT_CAPTURED', `The payment is ${payment.status}`, RETRY_AFTER_SECONDS);
		default:
			settlement satisfies never;
	}
}

/**
 * The payment as the provider has it: a signature only proves that somebody had the secret.
 * @throws HttpError 400 for one that is not there or belongs to another order, 503 where the provider cannot be had
 */
async function readMoney(
	{payments}: Shop,
	{totalPaise, currency, status}: Order,
	{paymentId, providerOrderId}: {readonly paymentId: string; readonly providerOrderId: string},
): Promise<ProviderPayment> {
	try {
		const payment = await payments.readPayment(paymentId);
		if (payment === undefined || payment.orderId !== providerOrderId)
			throw new HttpError(400, 'UNKNOWN_PAYMENT', 'The payment provider knows no such payment for this order');
		const isFitting = payment.amountPaise === totalPaise && payment.currency === currency;
		// What cannot be sold is not taken: the bank lets go of it by itself.
		if (payment.status !== 'authorized' || !isFitting || status !== 'pending') return payment;
		return await payments.capture({id: paymentId, amountPaise: totalPaise});
	} catch (error) {
		if (!(error instanceof ProviderError)) throw error;
		const seconds = error.retryAfterMs === undefined ? RETRY_AFTER_SECONDS : Math.ceil(error.retryAfterMs / 1000);
		throw new HttpError(503, 'PAYMENT_PROVIDER', 'The payment provider does not answer; nothing is lost', seconds);
	}
}

async function readAnswer({collections}: Shop, orderId: ObjectId, paymentId: string) {
	const order = await collections.orders.findOne({_id: {$eq: orderId}});
	if (order?.paymentId !== paymentId || (order.status !== 'paid' && order.status !== 'refunded'))
		throw new Error(`Order ${orderId.toHexString()} should be paid by ${paymentId}`);
	return {orderId: orderId.toHexString(), paymentId, status: order.status, totalPaise: order.totalPaise};
}
