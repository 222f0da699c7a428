import {makeCheck} from '../../check.js';
import {controlOf} from '../../facts/api.js';
import {paymentKeysOf} from '../../facts/payment-keys.js';
import {type Attempt, attemptOf, judgeRefusals} from '../../facts/refusals.js';
import {sign, signSha1, spoil} from '../../facts/signatures.js';
import {deliver, forgedEvent, madeUpEventId} from '../../facts/webhook.js';
import type {Finding} from '../../verdict.js';

export const webhooksTampered = makeCheck<readonly Attempt[]>({
	id: 'webhooks.tampered',
	group: 'webhooks',
	title: 'A webhook with a wrong signature is refused',
	severity: 'critical',
	effect: 'active',
	maxRequests: 6,
	sends: [
		'at most 5 POSTs to /webhooks/razorpay of a payment that is not there: its signature wrong, too short, of SHA-1, with a prefix; with the webhook’s secret also the right one of another body',
		'1 POST to an address that cannot be there, as a control',
	],
	why: 'A forged or altered delivery could tell the shop that an order is paid.',
	fix: 'compute HMAC-SHA256 over the raw bytes of the body, not over JSON that was parsed and printed again; compare 64 small hex digits in constant time, and check the length first',
	references: ['razorpay.com/docs/webhooks/validate-test', 'CWE-347'],
	async gather(context) {
		const {webhookSecret} = paymentKeysOf(context);
		const secret = webhookSecret ?? context.host.randomHex(16);
		const control = await controlOf(context, 'POST');
		const body = forgedEvent(context);
		const own = sign(secret, body);
		const attempt = async (name: string, signature: string, bytes = body) =>
			attemptOf(name, await deliver(context, {body: bytes, signature, eventId: madeUpEventId(context)}), control);
		const wrong = await attempt('wrong', spoil(own));
		if (wrong.reach === 'absent') return [wrong];
		return [
			wrong,
			...(await Promise.all([
				attempt('too short', own.slice(1)),
				attempt('of SHA-1', signSha1(secret, body)),
				attempt('with a prefix', `sha256=${webhookSecret === undefined ? spoil(own) : own}`),
				...(webhookSecret === undefined ? [] : [attempt('of another body', own, `${body} `)]),
			])),
		];
	},
	judge: judgeWebhookTampered,
});

export function judgeWebhookTampered(attempts: readonly Attempt[]): readonly Finding[] {
	return judgeRefusals(attempts, {
		subject: 'signature',
		accepted: 'is accepted',
		refused: 'each is refused',
		absent: 'the shop has no POST /webhooks/razorpay',
	});
}
