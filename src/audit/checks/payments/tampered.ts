import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {apiOf, controlOf} from '../../facts/api.js';
import {unpaidOrder} from '../../facts/own-order.js';
import {paymentKeysOf} from '../../facts/payment-keys.js';
import {type Attempt, attemptOf, judgeRefusals} from '../../facts/refusals.js';
import {madeUpId, sign, spoil} from '../../facts/signatures.js';
import {TEST_ORDER_REQUESTS} from '../../facts/test-order.js';
import type {Finding} from '../../verdict.js';

export type TamperedFacts = {
	readonly attempts: readonly Attempt[];
	/** A customer was logged in. */
	readonly isLoggedIn: boolean;
	/** It was sent for an order that is there. */
	readonly hasOrder: boolean;
};

export const paymentsTampered = makeCheck<TamperedFacts>({
	id: 'payments.tampered',
	group: 'payments',
	title: 'A payment with a spoiled signature is refused',
	severity: 'critical',
	effect: 'active',
	maxRequests: TEST_ORDER_REQUESTS + 12,
	sends: [
		'POST /payments/verify of a payment that is not there, at most 9 times: its signature spoiled, too short, too long, empty, missing, a list; with the key’s secret also in capitals, of another order, and by the webhook’s secret',
		'1 POST to an address that cannot be there, as a control',
	],
	why: 'Whoever can have a wrong signature accepted gets goods without paying.',
	fix: 'compute HMAC-SHA256 over the order id stored by the shop, "|" and the payment id; refuse with 400 all that is not exactly those 64 small hex digits, and compare in constant time after comparing the length',
	references: ['razorpay.com/docs/payments/server-integration/nodejs/integration-steps', 'CWE-347'],
	gather: gatherTampered,
	judge: judgeTampered,
});

type Variant = {
	readonly name: string;
	readonly signature: unknown /** @default the one of the order */;
	readonly providerOrderId?: string;
};

async function gatherTampered(context: AuditContext): Promise<TamperedFacts> {
	const {host} = context;
	const ask = apiOf(context);
	const {session, order} = await unpaidOrder(context);
	const {keySecret, webhookSecret} = paymentKeysOf(context);
	const providerOrderId = order?.providerOrderId ?? madeUpId('order', host);
	const paymentId = madeUpId('pay', host);
	const own = keySecret === undefined ? host.randomHex(32) : sign(keySecret, `${providerOrderId}|${paymentId}`);
	const otherOrderId = madeUpId('order', host);
	const variants: readonly Variant[] = [
		{name: 'spoiled', signature: spoil(own)},
		{name: 'too short', signature: own.slice(0, -1)},
		{name: 'too long', signature: `${own}0`},
		{name: 'empty', signature: ''},
		{name: 'missing', signature: undefined},
		{name: 'a list', signature: [own]},
		...(keySecret === undefined
			? []
			: [
					{name: 'in capitals', signature: own.toUpperCase()},
					// The browser names another order, and shows what is right for that one.
					{
						name: 'of another order',
						signature: sign(keySecret, `${otherOrderId}|${paymentId}`),
						providerOrderId: otherOrderId,
					},
				]),
		...(webhookSecret === undefined || webhookSecret === keySecret
			? []
			: [{name: 'by the webhook’s secret', signature: sign(webhookSecret, `${providerOrderId}|${paymentId}`)}]),
	];
	const control = await controlOf(context, 'POST');
	const attempt = async ({name, signature, providerOrderId: claimed = providerOrderId}: Variant) => {
		const answer = await ask({
			method: 'POST',
			path: '/payments/verify',
			json: {
				orderId: order?.id ?? host.randomHex(12),
				razorpay_order_id: claimed,
				razorpay_payment_id: paymentId,
				...(signature === undefined ? {} : {razorpay_signature: signature}),
			},
			...(session === undefined ? {} : {credentials: session.credentials}),
		});
		return attemptOf(name, answer, control);
	};
	const about = {isLoggedIn: session !== undefined, hasOrder: order !== undefined};
	const first = variants[0];
	const tried = first === undefined ? [] : [await attempt(first)];
	// Where there is no such route, one question is enough.
	if (tried[0]?.reach === 'absent') return {attempts: tried, ...about};
	return {attempts: [...tried, ...(await Promise.all(variants.slice(1).map(attempt)))], ...about};
}

export function judgeTampered({attempts, isLoggedIn, hasOrder}: TamperedFacts): readonly Finding[] {
	const findings = judgeRefusals(attempts, {
		subject: 'signature',
		accepted: 'is taken for a payment',
		refused: 'each is refused',
		absent: 'the shop has no POST /payments/verify',
		...(isLoggedIn
			? {}
			: {login: 'a log-in is asked for before the signature is looked at: set audit.customer to reach it'}),
	});
	const isTold = findings.some(({verdict}) => verdict !== 'pass');
	if (isTold || hasOrder || attempts.some(({status}) => status !== 404)) return findings;
	return [
		{
			verdict: 'skip',
			reason:
				'the order it is sent for is not there, so no signature was looked at: --staging makes one for audit.customer',
		},
	];
}
