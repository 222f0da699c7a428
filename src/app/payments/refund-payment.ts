import type {Payment} from '../documents.js';
import {markRefunded} from '../orders/settle.js';
import type {Shop} from '../shop.js';
import {ProviderError} from './provider.js';

/** Longer than any call to the provider lasts: who still holds it after that is dead. */
const LEASE_MS = 120_000;
const FIRST_REST_MS = 30_000;
const LONGEST_REST_MS = 3_600_000;
const EVERY_MS = 30_000;
const BATCH = 20;

/**
 * Gives a captured payment back in full, once however often this is called, and makes its order refunded where it was paid
 * by it. What is meant is written first; a job goes on with it when the provider cannot be had or this process dies.
 */
export async function refundPayment(shop: Shop, paymentId: string, reason: string): Promise<'refunded' | 'meant'> {
	const refund = {state: 'meant', reason, tries: 0, nextTryAt: new Date(shop.host.now())} as const;
	await shop.collections.payments.updateOne(
		{_id: {$eq: paymentId}, status: {$in: ['captured', 'quarantined']}, refund: {$exists: false}},
		{$set: {refund, updatedAt: refund.nextTryAt}},
	);
	return giveBack(shop, paymentId);
}

/** Goes on with refunds that are meant and not done. */
export function startRefunds(shop: Shop): void {
	shop.jobs.start({name: 'refunds', everyMs: EVERY_MS, run: (signal) => goOn(shop, signal)});
}

/** @throws Error naming the payments that could not be given back, for the log; they are tried again */
export async function goOn(shop: Shop, signal?: AbortSignal): Promise<void> {
	if ((await shop.maintenance.read()).on) return;
	const due = await shop.collections.payments
		.find({'refund.state': 'meant', 'refund.nextTryAt': {$lte: new Date(shop.host.now())}})
		.project<{_id: string}>({_id: 1})
		.limit(BATCH)
		.toArray();
	const left: string[] = [];
	for (const {_id} of due) {
		if (signal?.aborted) return;
		if ((await giveBack(shop, _id)) === 'meant') left.push(_id);
	}
	if (left.length > 0) throw new Error(`Not given back yet: ${left.join(', ')}`);
}

async function giveBack(shop: Shop, paymentId: string): Promise<'refunded' | 'meant'> {
	const payment = await claim(shop, paymentId);
	if (payment === undefined) return isDone(shop, paymentId);
	const {payments} = shop.collections;
	try {
		await shop.payments.refund({id: paymentId, amountPaise: payment.amountPaise, receipt: `refund-${paymentId}`});
	} catch (error) {
		if (!(error instanceof ProviderError)) throw error;
		const restMs = Math.min(FIRST_REST_MS * 2 ** ((payment.refund?.tries ?? 1) - 1), LONGEST_REST_MS);
		const nextTryAt = new Date(shop.host.now() + restMs);
		await payments.updateOne({_id: paymentId, 'refund.state': 'meant'}, {$set: {'refund.nextTryAt': nextTryAt}});
		return 'meant';
	}
	await refundOrderOf(shop, payment);
	const done = await payments.updateOne(
		{_id: paymentId, 'refund.state': 'meant'},
		{$set: {status: 'refunded', 'refund.state': 'done', updatedAt: new Date(shop.host.now())}},
	);
	// Where the provider's own word of it came first, that was told already.
	if (done.modifiedCount === 1 && payment.status !== 'refunded')
		shop.events.emit({type: 'payment', outcome: 'refunded', amountPaise: payment.amountPaise});
	return 'refunded';
}

/** Makes the order refunded that this payment had paid; an order that another one paid is not touched. */
export async function refundOrderOf(shop: Shop, {_id, orderId}: Pick<Payment, '_id' | 'orderId'>): Promise<void> {
	if (orderId === undefined) return;
	const order = await shop.collections.orders.findOne({_id: {$eq: orderId}, paymentId: {$eq: _id}});
	if (order) await markRefunded(shop, orderId);
}

/** One at a time asks the provider. */
async function claim({collections: {payments}, host}: Shop, paymentId: string): Promise<Payment | undefined> {
	const now = host.now();
	const claimed = await payments.findOneAndUpdate(
		{_id: {$eq: paymentId}, 'refund.state': 'meant', 'refund.nextTryAt': {$lte: new Date(now)}},
		{$set: {'refund.nextTryAt': new Date(now + LEASE_MS)}, $inc: {'refund.tries': 1}},
		{returnDocument: 'after'},
	);
	return claimed ?? undefined;
}

async function isDone({collections: {payments}}: Shop, paymentId: string): Promise<'refunded' | 'meant'> {
	const payment = await payments.findOne({_id: {$eq: paymentId}});
	return payment?.status === 'refunded' ? 'refunded' : 'meant';
}
