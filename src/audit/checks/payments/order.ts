import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {fieldOf, jsonOf, textOf} from '../../facts/api.js';
import {askRazorpay, paymentKeysOf} from '../../facts/payment-keys.js';
import {NO_CUSTOMER} from '../../facts/session.js';
import {
	type NoOrder,
	type PlacedOrder,
	SENDS_TEST_ORDER,
	TEST_ORDER_REQUESTS,
	testOrder,
} from '../../facts/test-order.js';
import type {Finding} from '../../verdict.js';

/** The order as Razorpay has it. */
export type ProviderSide = {
	readonly status: number;
	readonly amount: unknown;
	readonly currency: string | undefined;
	readonly receipt: string | undefined;
};

export type OrderFacts = {
	readonly order: PlacedOrder;
	readonly pricePaise: number | undefined;
	/** Undefined without the key. */
	readonly provider: ProviderSide | undefined;
};

export const paymentsOrder = makeCheck<OrderFacts | NoOrder>({
	id: 'payments.order',
	group: 'payments',
	title: 'An order is made over the shop’s own price',
	severity: 'critical',
	effect: 'staging',
	maxRequests: TEST_ORDER_REQUESTS + 1,
	sends: [...SENDS_TEST_ORDER, 'GET /v1/orders/… to Razorpay itself, where its key is known'],
	why: 'What the customer is asked to pay must be what the shop sells for, to the paisa.',
	fix: 'take the price from the database, in integer paise, and hand Razorpay that amount with the order’s id as its receipt',
	references: ['razorpay.com/docs/api/orders/create'],
	skipReason: ({loaded}) => (loaded.config.audit.customer === undefined ? NO_CUSTOMER : undefined),
	async gather(context) {
		const made = await testOrder(context);
		if ('why' in made) return made;
		return {
			order: made.order,
			pricePaise: made.product.pricePaise,
			provider: await providerSide(made.order.providerOrderId, context),
		};
	},
	judge: judgeOrder,
});

export function judgeOrder(facts: OrderFacts | NoOrder): readonly Finding[] {
	if ('why' in facts) return [{verdict: 'skip', reason: facts.why}];
	const {order, pricePaise, provider} = facts;
	if (order.status === 404 || order.status === 405)
		return [{verdict: 'skip', reason: 'the shop has no POST /checkout'}];
	if (order.id === undefined)
		return [{verdict: 'inconclusive', reason: `no order was made: POST /checkout answered ${order.status}`}];
	const evidence = [`amount ${String(order.amount)}, price ${String(pricePaise)} ${order.currency ?? ''}`.trim()];
	const fail = (subject: string, reason: string): Finding => ({verdict: 'fail', subject, reason, evidence});
	const findings: Finding[] = [];
	if (order.amount === undefined)
		findings.push({verdict: 'inconclusive', subject: 'amount', reason: 'the answer has no payment.amountPaise'});
	else if (!Number.isSafeInteger(order.amount)) findings.push(fail('amount', 'the amount is no whole number of paise'));
	else if (pricePaise !== undefined && order.amount !== pricePaise)
		findings.push(fail('amount', 'the amount to pay is not the shop’s own price'));
	if (order.total !== undefined && order.total !== order.amount && order.amount !== undefined)
		findings.push(fail('total', 'the amount to pay is not the order’s total'));
	if (!/^order_[A-Za-z0-9]{14}$/.test(order.providerOrderId ?? ''))
		findings.push(fail('order id', 'the answer has no id of an order at Razorpay'));
	if (order.currency !== undefined && order.currency !== 'INR')
		findings.push(fail('currency', 'the currency is not INR'));
	findings.push(...(provider === undefined ? [] : judgeProvider(order, provider)));
	return findings.length > 0 ? findings : [{verdict: 'pass', reason: 'the amount is the shop’s own price', evidence}];
}

function judgeProvider(order: PlacedOrder, {status, amount, currency, receipt}: ProviderSide): readonly Finding[] {
	const subject = 'at Razorpay';
	if (status === 400 || status === 404)
		return [{verdict: 'fail', subject, reason: 'Razorpay knows no order of this id'}];
	if (status !== 200) return [{verdict: 'inconclusive', subject, reason: `Razorpay answered ${status} for the order`}];
	if (amount !== order.amount || currency !== 'INR')
		return [{verdict: 'fail', subject, reason: 'Razorpay has the order over another sum'}];
	return receipt === undefined || receipt.length <= 40
		? []
		: [{verdict: 'fail', subject, severity: 'medium', reason: 'the receipt is longer than 40'}];
}

async function providerSide(id: string | undefined, context: AuditContext): Promise<ProviderSide | undefined> {
	const keys = paymentKeysOf(context);
	if (id === undefined || keys.keyId === undefined || keys.keySecret === undefined) return undefined;
	const answer = await askRazorpay(keys, `/v1/orders/${encodeURIComponent(id)}`, context);
	const json = jsonOf(answer);
	return {
		status: answer.status,
		amount: fieldOf(json, 'amount'),
		currency: textOf(json, 'currency'),
		receipt: textOf(json, 'receipt'),
	};
}
