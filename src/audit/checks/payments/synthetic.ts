import {makeCheck} from '../../check.js';
import {apiOf, controlOf, fieldOf, jsonOf, textOf} from '../../facts/api.js';
import {paymentKeysOf} from '../../facts/payment-keys.js';
import {type Reach, reachOf} from '../../facts/reach.js';
import {NO_CUSTOMER} from '../../facts/session.js';
import {madeUpId, sign} from '../../facts/signatures.js';
import {type NoOrder, SENDS_TEST_ORDER, TEST_ORDER_REQUESTS, testOrder} from '../../facts/test-order.js';
import type {Finding} from '../../verdict.js';

export type SyntheticFacts = {
	readonly status: number;
	readonly reach: Reach;
	/** Of the order, after it. */
	readonly orderStatus: string | undefined;
};

export const paymentsSynthetic = makeCheck<SyntheticFacts | NoOrder>({
	id: 'payments.synthetic',
	group: 'payments',
	title: 'A payment that Razorpay does not know pays nothing, however well signed',
	severity: 'critical',
	effect: 'staging',
	maxRequests: TEST_ORDER_REQUESTS + 3,
	sends: [
		...SENDS_TEST_ORDER,
		'POST /payments/verify of a payment that is not there, signed with the key’s secret; GET /orders/:id',
	],
	why: 'A signature only proves that somebody had the secret; whether money came, and how much, Razorpay alone knows.',
	fix: 'fetch the payment from Razorpay before an order becomes paid, and compare its status, amount, currency and order',
	references: ['razorpay.com/docs/payments/payment-gateway/s2s-integration/test-s2s/best-practices/security'],
	skipReason(context) {
		if (context.loaded.config.audit.customer === undefined) return NO_CUSTOMER;
		return paymentKeysOf(context).keySecret === undefined
			? 'the secret of the key is needed: set audit.razorpay.keySecret'
			: undefined;
	},
	async gather(context) {
		const made = await testOrder(context);
		if ('why' in made) return made;
		const {order, session} = made;
		const {id, providerOrderId} = order;
		const {keySecret = ''} = paymentKeysOf(context);
		if (id === undefined || providerOrderId === undefined)
			return {why: `no order was made that could be paid: POST /checkout answered ${order.status}`};
		const ask = apiOf(context);
		const {credentials} = session;
		const paymentId = madeUpId('pay', context.host);
		const answer = await ask({
			method: 'POST',
			path: '/payments/verify',
			json: {
				orderId: id,
				razorpay_order_id: providerOrderId,
				razorpay_payment_id: paymentId,
				razorpay_signature: sign(keySecret, `${providerOrderId}|${paymentId}`),
			},
			credentials,
		});
		const control = await controlOf(context, 'POST');
		const after = jsonOf(await ask({path: `/orders/${encodeURIComponent(id)}`, credentials}));
		return {
			status: answer.status,
			reach: reachOf(answer, control),
			orderStatus: textOf(fieldOf(after, 'order') ?? after, 'status', 'state'),
		};
	},
	judge: judgeSynthetic,
});

export function judgeSynthetic(facts: SyntheticFacts | NoOrder): Finding {
	if ('why' in facts) return {verdict: 'skip', reason: facts.why};
	const {status, reach, orderStatus} = facts;
	const evidence = [`POST /payments/verify: ${status}`, `the order is ${orderStatus ?? 'not told'}`];
	if (/^(?:paid|captured|confirmed|completed)$/i.test(orderStatus ?? ''))
		return {verdict: 'fail', reason: 'the order is paid by a payment that is not there', evidence};
	switch (reach) {
		case 'accepted':
			return {verdict: 'fail', reason: 'a payment that is not there is taken for one', evidence};
		case 'broken':
			return {verdict: 'fail', severity: 'high', reason: 'a payment that is not there breaks the shop: 500', evidence};
		case 'absent':
			return {verdict: 'skip', reason: 'the shop has no POST /payments/verify'};
		case 'away':
			return {verdict: 'inconclusive', reason: `the shop could not ask its provider: ${status}`, evidence};
		case 'login':
		case 'limited':
			return {verdict: 'inconclusive', reason: `POST /payments/verify answered ${status} to our customer`, evidence};
		case 'refused':
		case 'excused':
			return {verdict: 'pass', reason: 'it is refused, and the order stays unpaid', evidence};
		default:
			return reach satisfies never;
	}
}
