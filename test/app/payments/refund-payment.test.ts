import {afterAll, beforeAll, expect, it} from 'vitest';
import {goOn, refundPayment} from '../../../src/app/payments/refund-payment.js';
import {type Bought, openPaymentShop, type PaymentShop, STOCK} from './open-payment-shop.js';

let shop: PaymentShop;
beforeAll(async () => {
	shop = await openPaymentShop();
});
afterAll(() => shop.close());

async function paid(): Promise<{bought: Bought; id: string}> {
	const bought = await shop.buy();
	const {_id: id} = await shop.pay(bought);
	expect((await shop.verify(bought, id)).status).toBe(200);
	return {bought, id};
}

async function isGivenBackOnce({bought, id}: {bought: Bought; id: string}) {
	expect((await shop.sandbox.state.refundsOf(id)).body).toMatchObject({count: 1});
	expect(await shop.payment(id)).toMatchObject({status: 'refunded', refund: {state: 'done', reason: 'as wished'}});
	expect(await shop.order(bought)).toMatchObject({status: 'refunded', stock: 'returned'});
	expect(await shop.stockOf(bought)).toBe(STOCK);
}

it('gives money back, and the order’s units to the shelf', async () => {
	const one = await paid();
	expect(await refundPayment(shop.shop.shop, one.id, 'as wished')).toBe('refunded');
	await isGivenBackOnce(one);
});

it('gives it back once to twenty who want it at the same time', async () => {
	const one = await paid();
	await Promise.all(Array.from({length: 20}, () => refundPayment(shop.shop.shop, one.id, 'as wished')));
	await isGivenBackOnce(one);
	expect(await refundPayment(shop.shop.shop, one.id, 'once more')).toBe('refunded');
	await isGivenBackOnce(one);
});

it.each([{kind: 'lose'} as const, {kind: 'failAfter', status: 502} as const])(
	'gives it back once when the answer gets lost (%j)',
	async (fault) => {
		const one = await paid();
		shop.sandbox.fail('refund', fault);
		await refundPayment(shop.shop.shop, one.id, 'as wished');
		await isGivenBackOnce(one);
	},
);

/** What a process leaves that dies after it wrote what it meant. */
async function leaveMeant(id: string) {
	const refund = {state: 'meant', reason: 'as wished', tries: 1, nextTryAt: new Date(0)} as const;
	await shop.collections.payments.updateOne({_id: id}, {$set: {refund}});
}

it('goes on after a death before the provider was asked', async () => {
	const one = await paid();
	await leaveMeant(one.id);
	await goOn(shop.shop.shop);
	await isGivenBackOnce(one);
});

it('gives nothing twice after a death between the provider’s doing and our knowing', async () => {
	const one = await paid();
	await leaveMeant(one.id);
	const {amountPaise} = (await shop.payment(one.id)) ?? {amountPaise: 0};
	await shop.shop.shop.payments.refund({id: one.id, amountPaise, receipt: `refund-${one.id}`});
	await goOn(shop.shop.shop);
	await isGivenBackOnce(one);
});

it('waits for a provider that is away, says so, and goes on', async () => {
	const one = await paid();
	const fault = {kind: 'fail', status: 503} as const;
	shop.sandbox.fail('refundsOf', fault, fault, fault);
	expect(await refundPayment(shop.shop.shop, one.id, 'as wished')).toBe('meant');
	expect(await shop.order(one.bought)).toMatchObject({status: 'paid'});
	expect((await shop.payment(one.id))?.refund?.nextTryAt.getTime()).toBeGreaterThan(Date.now() + 20_000);

	await shop.collections.payments.updateOne({_id: one.id}, {$set: {'refund.nextTryAt': new Date(0)}});
	shop.sandbox.fail('refundsOf', fault, fault, fault);
	await expect(goOn(shop.shop.shop)).rejects.toThrow(`Not given back yet: ${one.id}`);
	await shop.collections.payments.updateOne({_id: one.id}, {$set: {'refund.nextTryAt': new Date(0)}});
	await goOn(shop.shop.shop);
	await isGivenBackOnce(one);
});

it('gives back nothing that never came', async () => {
	expect(await refundPayment(shop.shop.shop, 'pay_Sandboxnothing', 'as wished')).toBe('meant');
	expect(await shop.payment('pay_Sandboxnothing')).toBeNull();
});
