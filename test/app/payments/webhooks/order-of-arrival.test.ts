import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {chooseSeed, IS_FULL, makeRandom, sample} from '../../../support/sweep.js';
import {type Bought, openPaymentShop, type PaymentShop, QUANTITY, STOCK, tell} from '../open-payment-shop.js';

let shop: PaymentShop;
beforeAll(async () => {
	shop = await openPaymentShop();
});
afterAll(() => shop.close());

const MONEY = ['payment.authorized', 'payment.captured', 'order.paid', 'payment.failed'];
const seed = chooseSeed('order of webhooks');
const random = makeRandom(seed);

function permutations<T>(items: readonly T[]): T[][] {
	if (items.length <= 1) return [[...items]];
	return items.flatMap((item, index) =>
		permutations([...items.slice(0, index), ...items.slice(index + 1)]).map((rest) => [item, ...rest]),
	);
}

async function eventsOf(payment: string) {
	return shop.events.filter((event) => event.type === 'order' && event.change === payment).length;
}

/** Every event one to three times, each worked on before the next comes; then all once more under other ids. */
async function tellInOrder(bought: Bought, events: readonly string[]) {
	const payment = await shop.pay(bought);
	for (const event of events) {
		const createdAt = Math.floor(Date.now() / 1000);
		const told = tell(payment, event, {eventId: `evt_${payment._id}_${event}`, createdAt});
		for (let copy = 0; copy <= random() * 3; copy++) expect(await shop.deliver(told)).toBe(200);
		await shop.settled();
	}
	await Promise.all(events.map((event) => shop.deliver(tell(payment, event))));
	await shop.settled();
	return payment;
}

describe('events of one payment', () => {
	const all = permutations([...MONEY, 'refund.processed']);
	it(`end in a refunded order in each of ${IS_FULL ? 120 : 'some of 120'} orders of arrival, stock moved once`, async () => {
		expect(all).toHaveLength(120);
		for (const events of sample(all, 6, random)) {
			const bought = await shop.buy();
			const before = {paid: await eventsOf('paid'), refunded: await eventsOf('refunded')};
			const payment = await tellInOrder(bought, events);
			const {status, stock, paymentId} = await shop.order(bought);
			const seen = {
				status,
				stock,
				paymentId,
				units: await shop.stockOf(bought),
				payment: (await shop.payment(payment._id))?.status,
				paid: (await eventsOf('paid')) - before.paid,
				refunded: (await eventsOf('refunded')) - before.refunded,
			};
			expect(seen, events.join(' ')).toEqual({
				status: 'refunded',
				stock: 'returned',
				paymentId: payment._id,
				units: STOCK,
				payment: 'refunded',
				paid: 1,
				refunded: 1,
			});
		}
		expect(await shop.collections.webhookEvents.countDocuments({state: 'failed'})).toBe(0);
	}, 300_000);

	it('end in a paid order where nothing is given back, whatever fails before or after', async () => {
		for (const events of sample(permutations(MONEY), 6, random)) {
			const bought = await shop.buy();
			const payment = await tellInOrder(bought, events);
			expect(await shop.order(bought), events.join(' ')).toMatchObject({status: 'paid', stock: 'taken'});
			expect(await shop.stockOf(bought)).toBe(STOCK - QUANTITY);
			expect((await shop.payment(payment._id))?.status).toBe('captured');
		}
	}, 120_000);

	it('end the same when they come all at once', async () => {
		for (let round = 0; round < (IS_FULL ? 30 : 4); round++) {
			const bought = await shop.buy();
			const payment = await shop.pay(bought);
			const events = [...MONEY, 'refund.processed', ...MONEY, 'refund.processed'];
			await Promise.all(events.map((event) => shop.deliver(tell(payment, event))));
			await shop.settled();
			expect(await shop.order(bought)).toMatchObject({status: 'refunded', stock: 'returned'});
			expect(await shop.stockOf(bought)).toBe(STOCK);
		}
	}, 120_000);

	it('that only fail leave the order to be paid', async () => {
		const bought = await shop.buy();
		const failed = await shop.pay(bought, 'failed');
		await shop.deliver(tell(failed, 'payment.failed'));
		await shop.settled();
		expect(await shop.order(bought)).toMatchObject({status: 'pending'});
		const payment = await shop.pay(bought);
		await shop.deliver(tell(payment, 'payment.captured'));
		await shop.settled();
		expect(await shop.order(bought)).toMatchObject({status: 'paid', paymentId: payment._id});
	});

	it('have one effect in fifty copies at once', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought);
		const same = tell(payment, 'payment.captured', {
			eventId: `evt_${payment._id}`,
			createdAt: 1 + Math.floor(Date.now() / 1000),
		});
		const before = await eventsOf('paid');
		const statuses = await Promise.all(Array.from({length: 50}, () => shop.deliver(same)));
		expect(new Set(statuses)).toEqual(new Set([200]));
		await shop.settled();
		expect(await shop.collections.webhookEvents.countDocuments({subject: `payment.captured:${payment._id}`})).toBe(1);
		expect((await eventsOf('paid')) - before).toBe(1);
		expect(await shop.stockOf(bought)).toBe(STOCK - QUANTITY);
	});
});
