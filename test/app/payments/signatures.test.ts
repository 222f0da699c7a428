import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {
	isPaymentSignature,
	isWebhookSignature,
	signPayment,
	signWebhook,
} from '../../../src/app/payments/signatures.js';

const bytes = (text: string) => new TextEncoder().encode(text);

/** Published by Razorpay: razorpay-python tests/test_client_utility.py, with the secret of its tests/helpers.py. */
const PAYMENT = {
	secret: 'key_secret',
	providerOrderId: 'fake_order_id',
	paymentId: 'fake_payment_id',
	signature: 'b2335e3b0801106b84a7faff035df56ecffde06918c9ddd1f0fafbb37a51cc89',
};

/** Published by Razorpay: razorpay-node test/utils/razorpay-utils.spec.js. */
const WEBHOOK = {
	secret: '123456',
	body: '{"a":1,"b":2,"c":{"d":3}}',
	signature: '2fe04e22977002e6c7cb553adab8b460cb9e2a4970d5953cb27a8472752e3bbc',
};

describe('payment signatures', () => {
	it('are the ones of Razorpay’s own tests', () => {
		expect(signPayment(PAYMENT.secret, PAYMENT.providerOrderId, PAYMENT.paymentId)).toBe(PAYMENT.signature);
		expect(isPaymentSignature(PAYMENT.secret, PAYMENT)).toBe(true);
	});

	it.each<[string, Partial<typeof PAYMENT>]>([
		['another order', {providerOrderId: 'fake_order_ie'}],
		['another payment', {paymentId: 'fake_payment_ie'}],
		['another secret', {secret: 'key_secre'}],
		['order and payment exchanged', {providerOrderId: PAYMENT.paymentId, paymentId: PAYMENT.providerOrderId}],
		['the bar moved', {providerOrderId: 'fake_order_id|fake', paymentId: '_payment_id'}],
	])('do not fit %s', (_what, change) => {
		const {secret, ...signed} = {...PAYMENT, ...change};
		expect(isPaymentSignature(secret, signed)).toBe(false);
	});
});

describe('webhook signatures', () => {
	it('are the ones of Razorpay’s own tests', () => {
		expect(signWebhook(WEBHOOK.secret, bytes(WEBHOOK.body))).toBe(WEBHOOK.signature);
		expect(isWebhookSignature([WEBHOOK.secret], bytes(WEBHOOK.body), WEBHOOK.signature)).toBe(true);
	});

	it('may come from the secret before, not from one that is forgotten', () => {
		expect(isWebhookSignature(['new', WEBHOOK.secret], bytes(WEBHOOK.body), WEBHOOK.signature)).toBe(true);
		expect(isWebhookSignature(['new', 'newer'], bytes(WEBHOOK.body), WEBHOOK.signature)).toBe(false);
		expect(isWebhookSignature([], bytes(WEBHOOK.body), WEBHOOK.signature)).toBe(false);
	});

	it.each([`${WEBHOOK.body} `, ` ${WEBHOOK.body}`, '{"a": 1,"b":2,"c":{"d":3}}', '{"b":2,"a":1,"c":{"d":3}}', ''])(
		'do not fit %j',
		(body) => expect(isWebhookSignature([WEBHOOK.secret], bytes(body), WEBHOOK.signature)).toBe(false),
	);
});

describe('what is no signature', () => {
	const right = WEBHOOK.signature;
	const cases: unknown[] = [
		undefined,
		null,
		'',
		0,
		true,
		[right],
		{toString: () => right},
		right.toUpperCase(),
		right.slice(1),
		`${right}0`,
		`${right}\n`,
		`sha256=${right}`,
		`${right}, ${right}`,
		right.replace(/.$/, 'g'),
		'zz'.repeat(32),
		'é'.repeat(64),
	];

	it.each(cases.map((signature) => [JSON.stringify(signature), signature]))('%s is refused', (_text, signature) => {
		expect(isWebhookSignature([WEBHOOK.secret], bytes(WEBHOOK.body), signature)).toBe(false);
		expect(isPaymentSignature(PAYMENT.secret, {...PAYMENT, signature})).toBe(false);
	});

	it('never throws and never fits, whatever it is', () => {
		fc.assert(
			fc.property(fc.oneof(fc.anything(), fc.stringMatching(/^[0-9a-f]{60,68}$/)), (signature) => {
				fc.pre(signature !== WEBHOOK.signature);
				return !isWebhookSignature([WEBHOOK.secret], bytes(WEBHOOK.body), signature);
			}),
			{numRuns: 1000},
		);
	});
});
