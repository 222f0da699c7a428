import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {signPayment} from '../../../src/app/payments/signatures.js';
import {type Bought, openPaymentShop, type PaymentShop, QUANTITY, STOCK, tell, until} from './open-payment-shop.js';
import {TEST_KEYS} from './test-sandbox.js';

let shop: PaymentShop;
beforeAll(async () => {
	shop = await openPaymentShop();
});
afterAll(() => shop.close());

const right = (bought: Bought, paymentId: string, secret: string = TEST_KEYS.keySecret) =>
	signPayment(secret, bought.providerOrderId, paymentId);

describe('a payment that is proved', () => {
	it('makes the order paid, and says the same when asked again', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought);
		const first = await shop.verify(bought, payment._id);
		expect(first).toMatchObject({
			status: 200,
			body: {orderId: bought.id.toHexString(), paymentId: payment._id, status: 'paid', totalPaise: bought.totalPaise},
		});
		const asked = shop.sandbox.calls.readPayment;
		const again = await shop.verify(bought, payment._id, {razorpay_order_id: 'order_of_somebody'});
		expect(again).toMatchObject({status: 200, body: first.body});
		expect(shop.sandbox.calls.readPayment).toBe(asked);
		expect(shop.events).toContainEqual({
			type: 'payment',
			outcome: 'captured',
			amountPaise: bought.totalPaise,
			durationMs: expect.any(Number),
		});
	});

	it('is captured where it is only authorized, once though the answer gets lost', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought, 'authorized');
		shop.sandbox.fail('capture', {kind: 'lose'});
		expect(await shop.verify(bought, payment._id)).toMatchObject({status: 200, body: {status: 'paid'}});
		expect((await shop.sandbox.state.readPayment(payment._id)).body).toMatchObject({status: 'captured'});
	});

	it('has one effect with the webhook and twenty browsers at once', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought);
		const paid = () => shop.events.filter((event) => event.type === 'order' && event.change === 'paid').length;
		const before = paid();
		const answers = await Promise.all([
			...Array.from({length: 20}, async () => (await shop.verify(bought, payment._id)).status),
			...['payment.authorized', 'payment.captured', 'order.paid'].map((event) => shop.deliver(tell(payment, event))),
		]);
		await shop.settled();
		expect(new Set(answers)).toEqual(new Set([200]));
		expect(paid() - before).toBe(1);
		expect(await shop.stockOf(bought)).toBe(STOCK - QUANTITY);
	});
});

describe('what is not proved', () => {
	const tampered: [string, (bought: Bought, id: string) => unknown][] = [
		['one digit changed', (bought, id) => right(bought, id).replace(/.$/, (last) => (last === 'f' ? 'e' : 'f'))],
		['upper case', (bought, id) => right(bought, id).toUpperCase()],
		['63 digits', (bought, id) => right(bought, id).slice(1)],
		['65 digits', (bought, id) => `${right(bought, id)}0`],
		['nothing', () => ''],
		['an array', (bought, id) => [right(bought, id)]],
		['an operator', () => ({$gt: ''})],
		['missing', () => undefined],
		['the webhook’s secret', (bought, id) => right(bought, id, TEST_KEYS.webhookSecret)],
		['another order', (_bought, id) => signPayment(TEST_KEYS.keySecret, 'order_Sandboxanother', id)],
		['another payment', (bought) => right(bought, 'pay_Sandboxanother')],
	];

	it.each(tampered)('%s: 400, and nothing is paid', async (_what, forge) => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought);
		const answer = await shop.verify(bought, payment._id, {razorpay_signature: forge(bought, payment._id)});
		expect(answer.status).toBe(400);
		expect((await shop.order(bought)).status).toBe('pending');
		if (typeof forge(bought, payment._id) === 'string') {
			expect(answer.body).toMatchObject({error: {code: 'SIGNATURE'}});
			expect(shop.events).toContainEqual(
				expect.objectContaining({
					kind: 'signature.refused',
					detail: expect.objectContaining({orderId: bought.id.toHexString()}),
				}),
			);
		}
	});

	it('a payment signed rightly that does not exist pays nothing', async () => {
		const bought = await shop.buy();
		const answer = await shop.verify(bought, 'pay_Sandbox0000000');
		expect(answer).toMatchObject({status: 400, body: {error: {code: 'UNKNOWN_PAYMENT'}}});
		expect((await shop.order(bought)).status).toBe('pending');
	});

	it('a payment of another order pays nothing, though signed for this one', async () => {
		const [bought, other] = [await shop.buy(), await shop.buy()];
		const payment = await shop.pay(other);
		expect((await shop.verify(bought, payment._id)).status).toBe(400);
		expect((await shop.order(bought)).status).toBe('pending');
		expect((await shop.order(other)).status).toBe('pending');
	});

	it.each([
		['sum', {amount: 100}],
		['currency', {currency: 'USD'}],
	])('a payment over another %s is kept apart', async (_what, change) => {
		const bought = await shop.buy();
		const payment = await shop.sandbox.state.pay({orderId: bought.providerOrderId, ...change});
		const id = payment?._id ?? '';
		expect(await shop.verify(bought, id)).toMatchObject({status: 400, body: {error: {code: 'PAYMENT_MISMATCH'}}});
		expect(await shop.payment(id)).toMatchObject({status: 'quarantined'});
		expect((await shop.order(bought)).status).toBe('pending');
	});

	it('a payment that failed pays nothing', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought, 'failed');
		expect(await shop.verify(bought, payment._id)).toMatchObject({status: 409, body: {error: {code: 'NOT_CAPTURED'}}});
	});

	it('nobody proves for somebody else, nor for nobody', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought);
		const stranger = await shop.register('stranger@example.in');
		expect((await shop.verify(bought, payment._id, {}, stranger)).status).toBe(404);
		expect((await shop.verify(bought, payment._id, {}, '0'.repeat(64))).status).toBe(401);
		expect((await shop.verify(bought, payment._id, {orderId: {$gt: ''}})).status).toBe(400);
		expect((await shop.order(bought)).status).toBe('pending');
	});
});

describe('a provider that does not answer', () => {
	it('leaves all as it is, and the same proof counts later', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought);
		const fault = {kind: 'fail', status: 500} as const;
		shop.sandbox.fail('readPayment', fault, fault, fault);
		const answer = await shop.verify(bought, payment._id);
		expect(answer).toMatchObject({status: 503, body: {error: {code: 'PAYMENT_PROVIDER'}}});
		expect(answer.headers.get('retry-after')).toBe('5');
		expect((await shop.order(bought)).status).toBe('pending');
		expect(await shop.payment(payment._id)).toBeNull();
		expect((await shop.verify(bought, payment._id)).status).toBe(200);
	});
});

describe('a payment that comes too late', () => {
	it('is given back, and the browser hears so', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought);
		await shop.request('POST', `/api/orders/${bought.id.toHexString()}/cancel`, {token: shop.token});
		await shop.collections.products.updateOne({slug: bought.slug}, {$set: {stock: 0}});
		const answer = await shop.verify(bought, payment._id);
		expect(answer).toMatchObject({status: 409, body: {error: {code: 'PAYMENT_RETURNED'}}});
		await until(async () => (await shop.payment(payment._id))?.status === 'refunded');
		expect((await shop.order(bought)).status).toBe('cancelled');
	});

	it('is not taken at all where it is only authorized', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought, 'authorized');
		await shop.request('POST', `/api/orders/${bought.id.toHexString()}/cancel`, {token: shop.token});
		expect(await shop.verify(bought, payment._id)).toMatchObject({status: 409, body: {error: {code: 'NOT_CAPTURED'}}});
		expect((await shop.sandbox.state.readPayment(payment._id)).body).toMatchObject({status: 'authorized'});
	});
});
