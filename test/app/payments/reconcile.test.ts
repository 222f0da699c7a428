import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {releaseOrder} from '../../../src/app/orders/settle.js';
import {nextLookAt, reconcile} from '../../../src/app/payments/reconcile.js';
import {type Bought, openPaymentShop, type PaymentShop, QUANTITY, STOCK} from './open-payment-shop.js';

let shop: PaymentShop;
beforeAll(async () => {
	shop = await openPaymentShop();
});
afterAll(() => shop.close());

/** As if it had been ordered so long ago. */
async function age({id}: Bought, minutes = 4) {
	const createdAt = new Date(Date.now() - minutes * 60_000);
	await shop.collections.orders.updateOne({_id: id}, {$set: {createdAt}});
}
const run = () => reconcile(shop.shop.shop);
const calls = (name: 'paymentsOf' | 'listOrders') => shop.sandbox.calls[name] ?? 0;

describe('an order whose webhook never came', () => {
	it('becomes paid when the provider is asked', async () => {
		const bought = await shop.buy();
		await shop.pay(bought);
		await run();
		expect((await shop.order(bought)).status).toBe('pending');
		await age(bought);
		await run();
		expect(await shop.order(bought)).toMatchObject({status: 'paid', stock: 'taken'});
		expect(await shop.stockOf(bought)).toBe(STOCK - QUANTITY);
	});

	it('has its money captured where it is only authorized', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought, 'authorized');
		await age(bought);
		await run();
		expect(await shop.order(bought)).toMatchObject({status: 'paid', paymentId: payment._id});
	});

	it('is found by its receipt where the checkout died before it knew the provider’s order', async () => {
		const bought = await shop.buy();
		await shop.pay(bought);
		await shop.collections.orders.updateOne({_id: bought.id}, {$unset: {provider: 1}});
		await age(bought);
		await run();
		expect(await shop.order(bought)).toMatchObject({
			status: 'paid',
			provider: {kind: 'razorpay', mode: 'test', orderId: bought.providerOrderId},
		});
	});

	it('that expired meanwhile gets its units back, or its money is given back', async () => {
		const [kept, gone] = [await shop.buy(), await shop.buy()];
		for (const bought of [kept, gone]) {
			await shop.pay(bought);
			await age(bought, 30);
			await releaseOrder(shop.shop.shop, bought.id, 'expired');
		}
		await shop.collections.products.updateOne({slug: gone.slug}, {$set: {stock: 1}});
		await run();
		expect(await shop.order(kept)).toMatchObject({status: 'paid', stock: 'taken'});
		expect(await shop.order(gone)).toMatchObject({status: 'expired', stock: 'returned'});
		expect(await shop.collections.payments.findOne({orderId: gone.id})).toMatchObject({status: 'refunded'});
	});

	it('does not have authorized money captured once it is cancelled', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought, 'authorized');
		await age(bought);
		await releaseOrder(shop.shop.shop, bought.id, 'cancelled');
		await run();
		expect((await shop.sandbox.state.readPayment(payment._id)).body).toMatchObject({status: 'authorized'});
	});
});

describe('the reconciler', () => {
	it('asks about each order once, by however many workers, and not again at once', async () => {
		const orders = await Promise.all(Array.from({length: 6}, () => shop.buy()));
		for (const bought of orders) await age(bought);
		const before = calls('paymentsOf');
		await Promise.all([run(), run(), run()]);
		await run();
		expect(calls('paymentsOf') - before).toBe(6);
		for (const bought of orders) expect((await shop.order(bought)).inquiry).toMatchObject({tries: 1});
	});

	it('asks about a bounded number in one round', async () => {
		const orders = await Promise.all(Array.from({length: 25}, () => shop.buy()));
		for (const bought of orders) await age(bought);
		const before = calls('paymentsOf');
		await run();
		expect(calls('paymentsOf') - before).toBe(20);
		await run();
		expect(calls('paymentsOf') - before).toBe(25);
	}, 60_000);

	it('stops when the provider is away, and comes back to the order later', async () => {
		const bought = await shop.buy();
		await shop.pay(bought);
		await age(bought);
		const fault = {kind: 'fail', status: 503} as const;
		shop.sandbox.fail('paymentsOf', fault, fault, fault);
		await expect(run()).rejects.toMatchObject({kind: 'unanswered'});
		expect((await shop.order(bought)).status).toBe('pending');
		await shop.collections.orders.updateOne({_id: bought.id}, {$set: {'inquiry.nextAt': new Date(0)}});
		await run();
		expect((await shop.order(bought)).status).toBe('paid');
	});

	it('goes on to the next order when the provider refuses to speak of one', async () => {
		const [strange, bought] = [await shop.buy(), await shop.buy()];
		await shop.pay(bought);
		await age(strange, 5);
		await age(bought);
		shop.sandbox.fail('paymentsOf', {kind: 'fail', status: 400});
		await expect(run()).rejects.toMatchObject({kind: 'refused'});
		expect((await shop.order(bought)).status).toBe('paid');
	});

	it.each([
		['two minutes after the first look', 1, 60, 2],
		['ever later', 4, 60, 16],
		['before the reservation ends', 3, 5, 4.5],
		['in its own time when that is over', 3, -1, 8],
		['every three hours in the end', 20, -1, 180],
	])('looks again %s', (_what, tries, endsInMinutes, inMinutes) => {
		expect(nextLookAt(0, tries, endsInMinutes * 60_000)).toBe(inMinutes * 60_000);
	});
});
