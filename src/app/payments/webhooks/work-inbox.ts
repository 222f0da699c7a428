import * as z from 'zod';
import {errorMessage} from '../../../kernel/errors.js';
import type {WebhookEvent} from '../../documents.js';
import type {Shop} from '../../shop.js';
import type {ProviderPayment} from '../provider.js';
import {paymentEntity, toPayment} from '../razorpay/answers.js';
import {settlePayment} from '../settle-payment.js';

const EVERY_MS = 5000;
/** Longer than the work on one event takes: who still holds it after that is dead. */
const LEASE_MS = 30_000;
const FIRST_REST_MS = 2000;
const LONGEST_REST_MS = 600_000;
/** With the rests between them about an hour and a half. */
const MAX_TRIES = 16;
/** So many at once, in each worker: more would take the database from who buys. */
const LANES = 4;

export type Inbox = {
	/** There is something new: do not wait for the next round. */
	wake(): void;
};

/** Works on stored events, at once and again after every start, so that none is lost with the process that took it. */
export function startInbox(shop: Shop): Inbox {
	const wake = shop.jobs.start({name: 'webhooks', everyMs: EVERY_MS, run: (signal) => workInbox(shop, signal)});
	return {wake};
}

/** Works on all events that are due. */
export async function workInbox(shop: Shop, signal?: AbortSignal): Promise<void> {
	const lane = async () => {
		while (!signal?.aborted && !(await shop.maintenance.read()).on) {
			const event = await claim(shop);
			if (event === null) return;
			await workOn(shop, event);
		}
	};
	const ended = await Promise.allSettled(Array.from({length: LANES}, lane));
	const failed = ended.find((one) => one.status === 'rejected');
	if (failed) throw failed.reason;
}

/** Only one worker at a time has it; when that one dies, its time runs out and the next takes it. */
function claim({collections, host}: Shop): Promise<WebhookEvent | null> {
	const now = host.now();
	return collections.webhookEvents.findOneAndUpdate(
		{state: 'stored', nextTryAt: {$lte: new Date(now)}},
		{$set: {nextTryAt: new Date(now + LEASE_MS)}, $inc: {tries: 1}},
		{sort: {nextTryAt: 1}, returnDocument: 'after'},
	);
}

async function workOn(shop: Shop, event: WebhookEvent): Promise<void> {
	const {webhookEvents} = shop.collections;
	const {_id, tries} = event;
	const mine = {_id, state: 'stored'} as const;
	try {
		const payment = await paymentOf(shop, event);
		if (payment) await settlePayment(shop, payment);
	} catch (error) {
		const now = shop.host.now();
		const isLast = tries >= MAX_TRIES;
		const restMs = Math.min(FIRST_REST_MS * 2 ** (tries - 1), LONGEST_REST_MS);
		const problem = shop.host.redact(errorMessage(error)).slice(0, 500);
		const state = isLast ? 'failed' : 'stored';
		await webhookEvents.updateOne(mine, {$set: {state, problem, nextTryAt: new Date(now + restMs)}});
		if (isLast) shop.events.emit({type: 'webhook', outcome: 'failed'});
		return;
	}
	const done = await webhookEvents.updateOne(mine, {$set: {state: 'done', doneAt: new Date(shop.host.now())}});
	if (done.modifiedCount === 1) shop.events.emit({type: 'webhook', outcome: 'worked'});
}

const PAYMENT_EVENTS = new Set(['payment.authorized', 'payment.captured', 'payment.failed', 'order.paid']);

/** The payment that an event tells of; undefined for events that change nothing here. @throws ZodError, ProviderError */
async function paymentOf(shop: Shop, {event, payload}: WebhookEvent): Promise<ProviderPayment | undefined> {
	if (PAYMENT_EVENTS.has(event)) return toPayment(paymentEntity.parse(payload['payment']));
	// A refund that is only created may still fail.
	if (event !== 'refund.processed') return undefined;
	if (payload['payment'] !== undefined) return toPayment(paymentEntity.parse(payload['payment']));
	const {payment_id: id} = z.object({payment_id: z.string()}).parse(payload['refund']);
	return shop.payments.readPayment(id);
}
