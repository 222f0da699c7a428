import {makeCheck} from '../../check.js';
import {controlOf} from '../../facts/api.js';
import {paymentKeysOf} from '../../facts/payment-keys.js';
import {type Reach, reachOf} from '../../facts/reach.js';
import {sign} from '../../facts/signatures.js';
import {deliver, MOST_WEBHOOK_MS, madeUpEventId, NO_WEBHOOK_SECRET, pingEvent} from '../../facts/webhook.js';
import type {Finding} from '../../verdict.js';

export type GenuineFacts = {readonly status: number; readonly reach: Reach; readonly durationMs: number};

export const webhooksGenuine = makeCheck<GenuineFacts>({
	id: 'webhooks.genuine',
	group: 'webhooks',
	title: 'A webhook that is signed is acknowledged within 5 s, known event or not',
	severity: 'high',
	effect: 'active',
	maxRequests: 2,
	sends: ['1 POST to /webhooks/razorpay of an event "sastaops.ping", signed with the webhook’s secret'],
	why: 'What is not acknowledged within 5 s comes again for a day, and then Razorpay turns the webhook off.',
	fix: 'store the event, answer 200, and work on it afterwards; answer 200 for events the shop does not know',
	references: ['razorpay.com/docs/webhooks/best-practices'],
	skipReason: (context) => (paymentKeysOf(context).webhookSecret === undefined ? NO_WEBHOOK_SECRET : undefined),
	async gather(context) {
		const {webhookSecret = ''} = paymentKeysOf(context);
		const body = pingEvent(context);
		const answer = await deliver(context, {
			body,
			signature: sign(webhookSecret, body),
			eventId: madeUpEventId(context),
		});
		const control = await controlOf(context, 'POST');
		return {status: answer.status, reach: reachOf(answer, control), durationMs: answer.firstByteMs};
	},
	judge: judgeGenuine,
});

export function judgeGenuine({status, reach, durationMs}: GenuineFacts): Finding {
	const evidence = [`POST /webhooks/razorpay: ${status} after ${Math.round(durationMs)} ms`];
	switch (reach) {
		case 'accepted':
		case 'excused':
			return durationMs <= MOST_WEBHOOK_MS
				? {verdict: 'pass', reason: 'it is acknowledged', evidence}
				: {verdict: 'fail', reason: 'it is acknowledged later than Razorpay waits', evidence};
		case 'absent':
			return {verdict: 'skip', reason: 'the shop has no POST /webhooks/razorpay'};
		case 'broken':
			return {verdict: 'fail', reason: 'an event it does not know breaks the shop: 500', evidence};
		case 'refused':
		case 'login':
			return {
				verdict: 'fail',
				reason: 'a signed event is refused',
				evidence,
				fix: 'compare audit.razorpay.webhookSecret with the shop’s; verify over the raw bytes, and answer 200 for events the shop does not know',
			};
		case 'away':
		case 'limited':
			return {verdict: 'inconclusive', reason: `the webhook answered ${status}`, evidence};
		default:
			return reach satisfies never;
	}
}
