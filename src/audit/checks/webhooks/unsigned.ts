import {makeCheck} from '../../check.js';
import {controlOf} from '../../facts/api.js';
import {type Attempt, attemptOf, judgeRefusals} from '../../facts/refusals.js';
import {deliver, forgedEvent, madeUpEventId} from '../../facts/webhook.js';
import type {Finding} from '../../verdict.js';

export const webhooksUnsigned = makeCheck<readonly Attempt[]>({
	id: 'webhooks.unsigned',
	group: 'webhooks',
	title: 'A webhook without a signature is refused',
	severity: 'critical',
	effect: 'active',
	maxRequests: 3,
	sends: [
		'2 POSTs to /webhooks/razorpay of a payment that is not there, without a signature and with an empty one',
		'1 POST to an address that cannot be there, as a control',
	],
	why: 'Whoever knows the address of the webhook could tell the shop that an order is paid.',
	fix: 'answer 400 where X-Razorpay-Signature is missing, before the body is read as anything',
	references: ['razorpay.com/docs/webhooks/validate-test', 'CWE-345'],
	async gather(context) {
		const control = await controlOf(context, 'POST');
		const body = forgedEvent(context);
		const eventId = madeUpEventId(context);
		const without = attemptOf('missing', await deliver(context, {body, eventId}), control);
		if (without.reach === 'absent') return [without];
		return [without, attemptOf('empty', await deliver(context, {body, eventId, signature: ''}), control)];
	},
	judge: judgeUnsigned,
});

export function judgeUnsigned(attempts: readonly Attempt[]): readonly Finding[] {
	return judgeRefusals(attempts, {
		subject: 'signature',
		accepted: 'is accepted',
		refused: 'it is refused',
		absent: 'the shop has no POST /webhooks/razorpay',
	});
}
