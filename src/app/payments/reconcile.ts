import type {Filter} from 'mongodb';
import type {Order} from '../documents.js';
import type {Shop} from '../shop.js';
import {ProviderError, type ProviderPayment} from './provider.js';
import {type Settlement, settlePayment} from './settle-payment.js';

const EVERY_MS = 30_000;
/** Webhooks and browsers come within seconds; who has not paid by then is asked about. */
const FIRST_AGE_MS = 3 * 60_000;
const FIRST_REST_MS = 2 * 60_000;
const LONGEST_REST_MS = 3 * 3600_000;
/** A last look so long before the reservation ends, so that money that is there keeps its units. */
const BEFORE_END_MS = 30_000;
/** Payments may be captured days later; after that Razorpay gives back by itself what was never captured. */
const MAX_AGE_MS = 5 * 86_400_000;
/** Longer than the inquiry about one order takes. */
const LEASE_MS = 120_000;
const BATCH = 20;

/** Finds payments whose webhook never came. */
export function startReconciler(shop: Shop): void {
	shop.jobs.start({name: 'reconcile', everyMs: EVERY_MS, run: (signal) => reconcile(shop, signal)});
}

/**
 * Asks the provider about unpaid orders that are due, a bounded number, each by one worker, ever more rarely; settles what
 * was paid for them.
 * @throws ProviderError when it cannot be had, which ends the round; or its first refusal, when all were asked about
 */
export async function reconcile(shop: Shop, signal?: AbortSignal): Promise<void> {
	const refusals: ProviderError[] = [];
	for (let asked = 0; asked < BATCH; asked++) {
		if (signal?.aborted || (await shop.maintenance.read()).on) break;
		const order = await claim(shop);
		if (order === null) break;
		await inquire(shop, order).catch((error: unknown) => {
			// What it will not answer about one order it may about the next; it being away is another matter.
			if (!(error instanceof ProviderError) || error.kind !== 'refused') throw error;
			refusals.push(error);
		});
	}
	if (refusals[0]) throw refusals[0];
}

/** Takes the order that waits longest, and says when it is next asked about, whatever comes of it now. */
async function claim({collections: {orders}, host}: Shop): Promise<Order | null> {
	const now = host.now();
	const order = await orders.findOneAndUpdate(
		dueAt(now),
		{$set: {'inquiry.nextAt': new Date(now + LEASE_MS)}, $inc: {'inquiry.tries': 1}},
		{sort: {createdAt: 1}, returnDocument: 'after'},
	);
	if (order === null) return null;
	const tries = order.inquiry?.tries ?? 1;
	const nextAt = new Date(nextLookAt(now, tries, order.reservedUntil.getTime()));
	await orders.updateOne({_id: order._id}, {$set: {'inquiry.nextAt': nextAt}});
	return order;
}

function dueAt(now: number): Filter<Order> {
	return {
		status: {$in: ['pending', 'expired', 'cancelled']},
		createdAt: {$gte: new Date(now - MAX_AGE_MS), $lte: new Date(now - FIRST_AGE_MS)},
		$or: [{inquiry: {$exists: false}}, {'inquiry.nextAt': {$lte: new Date(now)}}],
	};
}

/** Doubling rests, but never past the last moment in which the units are still kept. */
export function nextLookAt(now: number, tries: number, reservedUntil: number): number {
	const rested = now + Math.min(FIRST_REST_MS * 2 ** (tries - 1), LONGEST_REST_MS);
	const lastChance = reservedUntil - BEFORE_END_MS;
	return now < lastChance ? Math.min(rested, lastChance) : rested;
}

async function inquire(shop: Shop, order: Order): Promise<void> {
	const providerOrderId = order.provider?.orderId ?? (await adopt(shop, order));
	if (providerOrderId === undefined) return;
	for (const payment of await shop.payments.readPaymentsOf(providerOrderId)) await settle(shop, order, payment);
}

/** What is only authorized is taken while the order waits for it; afterwards the provider lets go of it by itself. */
async function settle(shop: Shop, order: Order, payment: ProviderPayment): Promise<Settlement> {
	const isFitting = payment.amountPaise === order.totalPaise && payment.currency === order.currency;
	if (payment.status !== 'authorized' || order.status !== 'pending' || !isFitting) return settlePayment(shop, payment);
	const current = await shop.collections.orders.findOne({_id: {$eq: order._id}});
	if (current?.status !== 'pending') return settlePayment(shop, payment);
	return settlePayment(shop, await shop.payments.capture({id: payment.id, amountPaise: order.totalPaise}));
}

/** The provider's order of a checkout that died before it was written down. */
async function adopt({collections, payments, host}: Shop, order: Order): Promise<string | undefined> {
	const found = await payments.findOrder(order._id.toHexString());
	if (found === undefined || found.amountPaise !== order.totalPaise || found.currency !== order.currency)
		return undefined;
	const provider = {kind: payments.kind, mode: payments.mode, orderId: found.id};
	const adopted = await collections.orders.findOneAndUpdate(
		{_id: {$eq: order._id}, provider: {$exists: false}},
		{$set: {provider, updatedAt: new Date(host.now())}},
		{returnDocument: 'after'},
	);
	if (adopted) return found.id;
	const current = await collections.orders.findOne({_id: {$eq: order._id}});
	return current?.provider?.orderId;
}
