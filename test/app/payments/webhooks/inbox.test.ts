import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {workInbox} from '../../../../src/app/payments/webhooks/work-inbox.js';
import {openPaymentShop, type PaymentShop, QUANTITY, STOCK, snapshot, tell, until} from '../open-payment-shop.js';

let shop: PaymentShop;
beforeAll(async () => {
	shop = await openPaymentShop();
});
afterAll(() => shop.close());

const stored = (subject: string) => shop.collections.webhookEvents.find({subject}).toArray();

describe('an event', () => {
	it('is kept with what the shop works with, and nothing of the customer', async () => {
		const payment = await shop.pay(await shop.buy());
		const told = tell(payment, 'payment.captured');
		await shop.deliver({
			...told,
			payment: Object.assign({email: 'asha@example.in', card: {last4: '1111'}}, told.payment),
		});
		await shop.settled();
		const [event] = await stored(`payment.captured:${payment._id}`);
		expect(event).toMatchObject({state: 'done', tries: 1, event: 'payment.captured'});
		expect(JSON.stringify(event)).not.toMatch(/asha|1111/);
	});

	it('told again under another id has no second effect', async () => {
		const payment = await shop.pay(await shop.buy());
		const [first, again] = [tell(payment, 'payment.captured'), tell(payment, 'payment.captured')];
		expect(await shop.deliver(first)).toBe(200);
		expect(await shop.deliver({...again, eventId: 'evt_another'})).toBe(200);
		await shop.settled();
		expect(await stored(`payment.captured:${payment._id}`)).toHaveLength(1);
		expect(shop.events).toContainEqual({type: 'webhook', outcome: 'duplicate'});
	});

	it('with the id of another one is refused, and somebody hears of it', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought);
		const eventId = `evt_${payment._id}`;
		await shop.deliver(tell(payment, 'payment.failed', {eventId}));
		const altered = await shop.deliver(tell(payment, 'payment.captured', {eventId}));
		await shop.settled();
		expect(altered).toBe(400);
		expect(shop.events).toContainEqual(
			expect.objectContaining({kind: 'webhook.altered', detail: expect.objectContaining({eventId})}),
		);
		expect((await shop.order(bought)).status).toBe('pending');
	});

	it.each([
		['three days old', 3 * 86_400],
		['a little over a day and an hour old', 25 * 3600 + 60],
	])('%s is acknowledged and kept, and nothing is done', async (_what, age) => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought);
		const createdAt = Math.floor(Date.now() / 1000) - age;
		expect(await shop.deliver(tell(payment, 'payment.captured', {createdAt}))).toBe(200);
		await workInbox(shop.shop.shop);
		expect(await stored(`payment.captured:${payment._id}`)).toMatchObject([{state: 'stale'}]);
		expect((await shop.order(bought)).status).toBe('pending');
	});

	it('repeated for a day still counts', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought);
		const createdAt = Math.floor(Date.now() / 1000) - 24 * 3600;
		await shop.deliver(tell(payment, 'payment.captured', {createdAt}));
		await shop.settled();
		expect((await shop.order(bought)).status).toBe('paid');
	});

	it('of a kind that changes nothing is taken', async () => {
		const payment = await shop.pay(await shop.buy());
		for (const event of ['sastaops.ping', 'refund.created', 'refund.failed', 'payment.dispute.created'])
			expect(await shop.deliver(tell(payment, event))).toBe(200);
		await shop.settled();
		expect(await shop.payment(payment._id)).toBeNull();
	});

	it('without an id is known again by what it says', async () => {
		const payment = await shop.pay(await shop.buy());
		const told = tell(payment, 'payment.captured', {eventId: ''});
		expect(await shop.deliver(told)).toBe(200);
		expect(await shop.deliver(told)).toBe(200);
		expect(await stored(`payment.captured:${payment._id}`)).toHaveLength(1);
	});
});

describe('money that fits no order', () => {
	it.each([
		['another sum', {amount: 1}],
		['another currency', {currency: 'USD'}],
		['an order nobody knows', {order_id: 'order_Sandboxunknown'}],
	])('for %s is kept apart, told of once, and pays nothing', async (_what, change) => {
		const bought = await shop.buy();
		const payment = {...(await shop.pay(bought)), ...change};
		const heard = shop.events.length;
		for (const event of ['payment.authorized', 'payment.captured', 'order.paid'])
			expect(await shop.deliver(tell(payment, event))).toBe(200);
		await shop.settled();
		expect((await shop.order(bought)).status).toBe('pending');
		expect(await shop.payment(payment._id)).toMatchObject({status: 'quarantined'});
		const alarms = shop.events.slice(heard).filter((event) => event.type === 'security');
		expect(alarms).toMatchObject([{kind: 'payment.quarantined', detail: {paymentId: payment._id}}]);
	});
});

describe('late money', () => {
	const expire = async (id: {_id: unknown}) => {
		const {releaseOrder} = await import('../../../../src/app/orders/settle.js');
		return releaseOrder(shop.shop.shop, id._id as never, 'expired');
	};

	it('takes the units again where they are still there', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought);
		await expire({_id: bought.id});
		expect(await shop.stockOf(bought)).toBe(STOCK);
		await shop.deliver(tell(payment, 'payment.captured'));
		await shop.settled();
		expect(await shop.order(bought)).toMatchObject({status: 'paid', stock: 'taken'});
		expect(await shop.stockOf(bought)).toBe(STOCK - QUANTITY);
	});

	it('is given back once where they are gone, and the refund’s own events change nothing', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought);
		await expire({_id: bought.id});
		await shop.collections.products.updateOne({slug: bought.slug}, {$set: {stock: 1}});
		await Promise.all(['payment.captured', 'order.paid'].map((event) => shop.deliver(tell(payment, event))));
		await shop.settled();
		await until(async () => (await shop.payment(payment._id))?.status === 'refunded');
		await shop.collections.products.updateOne({slug: bought.slug}, {$set: {stock: STOCK}});
		await shop.deliver(tell(payment, 'refund.processed'));
		await shop.settled();
		expect(await shop.order(bought)).toMatchObject({status: 'expired', stock: 'returned'});
		expect(await shop.stockOf(bought)).toBe(STOCK);
		const {body} = await shop.sandbox.state.refundsOf(payment._id);
		expect(body).toMatchObject({count: 1, items: [{amount: payment.amount, receipt: `refund-${payment._id}`}]});
		const told = shop.events.filter((event) => event.type === 'payment' && event.outcome === 'refunded');
		expect(told.filter((event) => 'amountPaise' in event && event.amountPaise === payment.amount)).toHaveLength(1);
	});

	it.each([
		['is given back', 0],
		['is meant to be given back', 3],
	])('that %s pays for nothing any more, though the units come back', async (_what, failures) => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought);
		await expire({_id: bought.id});
		await shop.collections.products.updateOne({slug: bought.slug}, {$set: {stock: 1}});
		for (let count = 0; count < failures; count++) shop.sandbox.fail('refundsOf', {kind: 'fail', status: 503});
		await shop.deliver(tell(payment, 'payment.captured'));
		await shop.settled();
		expect(await shop.payment(payment._id)).toMatchObject({refund: {state: failures > 0 ? 'meant' : 'done'}});
		await shop.collections.products.updateOne({slug: bought.slug}, {$set: {stock: STOCK}});
		await shop.deliver(tell(payment, 'order.paid'));
		await shop.settled();
		expect(await shop.order(bought)).toMatchObject({status: 'expired', stock: 'returned'});
		expect(await shop.stockOf(bought)).toBe(STOCK);
	});

	it('that somebody has given back by hand before we heard of it pays for nothing', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought);
		await expire({_id: bought.id});
		for (const event of ['refund.processed', 'payment.captured']) {
			await shop.deliver(tell(payment, event));
			await shop.settled();
		}
		expect(await shop.order(bought)).toMatchObject({status: 'expired', stock: 'returned'});
		expect(await shop.payment(payment._id)).toMatchObject({status: 'refunded'});
	});

	it('of a second payment for the same order is given back, the first stays', async () => {
		const bought = await shop.buy();
		const first = await shop.pay(bought, 'authorized');
		const second = await shop.pay(bought);
		await shop.sandbox.state.capture(first._id, first.amount);
		await shop.deliver(tell(first, 'payment.captured'));
		await shop.settled();
		await shop.deliver(tell(second, 'payment.captured'));
		await shop.settled();
		expect(await shop.order(bought)).toMatchObject({status: 'paid', paymentId: first._id});
		await until(async () => (await shop.payment(second._id))?.status === 'refunded');
		expect((await shop.payment(first._id))?.status).toBe('captured');
	});
});

describe('the worker', () => {
	it('goes on with what a dead one had taken, once its time is over', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought);
		const now = new Date();
		const event = {
			_id: `evt_dead_${payment._id}`,
			subject: `payment.captured:${payment._id}`,
			bodyHash: '0'.repeat(64),
			event: 'payment.captured',
			payload: {payment: {...snapshot(payment, 'payment.captured'), id: payment._id}},
			state: 'stored',
			tries: 1,
			receivedAt: now,
			nextTryAt: new Date(now.getTime() + 1500),
		} as const;
		await shop.collections.webhookEvents.insertOne(event);
		await workInbox(shop.shop.shop);
		expect((await shop.order(bought)).status).toBe('pending');
		await new Promise((resolve) => setTimeout(resolve, 1600));
		await workInbox(shop.shop.shop);
		expect((await shop.order(bought)).status).toBe('paid');
	});

	it('tries again after a failure, with rests, and gives up in the end aloud', async () => {
		const payment = await shop.pay(await shop.buy());
		const broken = tell({...payment, amount: -5}, 'payment.captured');
		await shop.deliver(broken);
		const subject = `payment.captured:${payment._id}`;
		await until(async () => (await stored(subject))[0]?.problem !== undefined);
		const [event] = await stored(subject);
		expect(event).toMatchObject({state: 'stored', tries: 1});
		expect((event?.nextTryAt.getTime() ?? 0) - Date.now()).toBeGreaterThan(1000);
		await shop.collections.webhookEvents.updateOne({subject}, {$set: {tries: 15, nextTryAt: new Date(0)}});
		await workInbox(shop.shop.shop);
		expect(await stored(subject)).toMatchObject([{state: 'failed', tries: 16}]);
		expect(shop.events).toContainEqual({type: 'webhook', outcome: 'failed'});
		await shop.deliver(broken);
		expect((await stored(subject))[0]?.state).toBe('stored');
		await shop.collections.webhookEvents.deleteMany({subject});
	});

	it('rests while the shop is under maintenance', async () => {
		const bought = await shop.buy();
		const payment = await shop.pay(bought);
		const control = shop.database.mongo.db(shop.database.name).collection<{_id: string}>('sastaops_control');
		await control.updateOne({_id: 'maintenance'}, {$set: {on: true}}, {upsert: true});
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(await shop.deliver(tell(payment, 'payment.captured'))).toBe(503);
		expect(await stored(`payment.captured:${payment._id}`)).toEqual([]);
		await control.deleteOne({_id: 'maintenance'});
		await new Promise((resolve) => setTimeout(resolve, 300));
		expect(await shop.deliver(tell(payment, 'payment.captured'))).toBe(200);
	});
});
