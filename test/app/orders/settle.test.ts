import {ObjectId} from 'mongodb';
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import type {Order, OrderStatus} from '../../../src/app/documents.js';
import type {ShopEvent} from '../../../src/app/events.js';
import {markPaid, markRefunded, releaseOrder} from '../../../src/app/orders/settle.js';
import {type CheckoutShop, openCheckout, orderIdOf} from '../checkout/open-checkout.js';

let shop: CheckoutShop;
let token: string;
let seen: ShopEvent[] = [];
beforeAll(async () => {
	shop = await openCheckout();
	token = await shop.register('asha@example.in');
	shop.shop.shop.events.subscribe((event) => {
		if (event.type === 'order') seen.push(event);
	});
});
afterAll(() => shop.close());
beforeEach(async () => {
	await shop.collections.orders.deleteMany({});
	await shop.stock({lamp: 10, kurta: 10});
});

const theShop = () => shop.shop.shop;
const order = (id: ObjectId) => shop.collections.orders.findOne({_id: id});
const left = async () => [await shop.stockOf('lamp'), await shop.stockOf('kurta')];
const twice = (times: number) => Array.from({length: times}, (_, index) => index);

/** An order of two lamps and three kurtas. */
async function place() {
	const answer = await shop.buy(token, [
		{slug: 'lamp', quantity: 2},
		{slug: 'kurta', quantity: 3},
	]);
	expect(answer.status).toBe(201);
	seen = [];
	const orderId = new ObjectId(orderIdOf(answer));
	const amountPaise = (await order(orderId))?.totalPaise ?? Number.NaN;
	return {orderId, paid: (paymentId: string) => ({orderId, paymentId, amountPaise}), amountPaise};
}

describe('a payment', () => {
	it('makes the order paid once, however often it is told, and moves no stock', async () => {
		const {orderId, paid, amountPaise} = await place();
		const answers = await Promise.all(twice(20).map(() => markPaid(theShop(), paid('pay_1'))));
		expect(answers.filter((answer) => answer === 'paid')).toHaveLength(1);
		expect(answers.filter((answer) => answer === 'already')).toHaveLength(19);
		expect(await order(orderId)).toMatchObject({status: 'paid', paymentId: 'pay_1', stock: 'taken'});
		expect(await left()).toEqual([8, 7]);
		expect(seen).toEqual([{type: 'order', change: 'paid', totalPaise: amountPaise}]);
	});

	it('is one: another for the same order is told so, also when both come at once', async () => {
		const {paid} = await place();
		const answers = await Promise.all(twice(6).map((index) => markPaid(theShop(), paid(`pay_${index}`))));
		expect(answers.filter((answer) => answer === 'paid')).toHaveLength(1);
		expect(answers.filter((answer) => answer === 'other_payment')).toHaveLength(5);
	});

	it.each(['expired', 'cancelled'] as const)(
		'that comes late, when the order is %s, takes the units again',
		async (to) => {
			const {orderId, paid} = await place();
			expect(await releaseOrder(theShop(), orderId, to)).toBe(true);
			expect(await left()).toEqual([10, 10]);
			const answers = await Promise.all(twice(5).map(() => markPaid(theShop(), paid('pay_1'))));
			expect(answers.sort()).toEqual([...Array(4).fill('already'), 'paid']);
			expect(await order(orderId)).toMatchObject({status: 'paid', stock: 'taken'});
			expect(await left()).toEqual([8, 7]);
		},
	);

	it('that comes late, when one of the products is gone, takes nothing and changes nothing', async () => {
		const {orderId, paid} = await place();
		await releaseOrder(theShop(), orderId, 'expired');
		await shop.stock({lamp: 10, kurta: 2});
		seen = [];
		expect(await markPaid(theShop(), paid('pay_1'))).toBe('no_stock');
		expect(await left()).toEqual([10, 2]);
		const found = await order(orderId);
		expect(found).toMatchObject({status: 'expired', stock: 'returned'});
		expect(found?.paymentId).toBeUndefined();
		expect(seen).toEqual([]);
	});

	it('belongs to the caller’s transaction where one is given: undone with it, told by nobody', async () => {
		const {orderId, paid} = await place();
		await releaseOrder(theShop(), orderId, 'expired');
		seen = [];
		await theShop().client.withSession(async (session) => {
			session.startTransaction();
			expect(await markPaid(theShop(), paid('pay_1'), session)).toBe('paid');
			await session.abortTransaction();
			expect(await left()).toEqual([10, 10]);
			expect(await order(orderId)).toMatchObject({status: 'expired'});
			session.startTransaction();
			expect(await markPaid(theShop(), paid('pay_1'), session)).toBe('paid');
			await session.commitTransaction();
		});
		expect(await order(orderId)).toMatchObject({status: 'paid'});
		expect(await left()).toEqual([8, 7]);
		expect(seen).toEqual([]);
	});

	it('short of stock in the caller’s transaction leaves what else is in it whole', async () => {
		const {orderId, paid} = await place();
		await releaseOrder(theShop(), orderId, 'expired');
		await shop.stock({lamp: 1, kurta: 10});
		await theShop().client.withSession((session) =>
			session.withTransaction(async () => {
				expect(await markPaid(theShop(), paid('pay_1'), session)).toBe('no_stock');
				const now = new Date();
				const payment = {orderId, amountPaise: 1, currency: 'INR', status: 'captured', createdAt: now, updatedAt: now};
				await shop.shop.shop.collections.payments.insertOne({_id: 'pay_1', ...payment} as never, {session});
			}),
		);
		expect(await shop.collections.payments.countDocuments({_id: 'pay_1'})).toBe(1);
		expect(await left()).toEqual([1, 10]);
	});

	it('of another amount, or for no order, is a mistake of who calls', async () => {
		const {paid, orderId} = await place();
		await expect(markPaid(theShop(), {...paid('pay_1'), amountPaise: 1})).rejects.toThrow('over 1 paise');
		await expect(markPaid(theShop(), {...paid('pay_1'), orderId: new ObjectId()})).rejects.toThrow('no order');
		expect(await order(orderId)).toMatchObject({status: 'pending'});
	});
});

describe('an order that ends unpaid', () => {
	it('gives its units back once, whoever ends it', async () => {
		const {orderId, amountPaise} = await place();
		const ends = twice(20).map((index) => releaseOrder(theShop(), orderId, index % 2 ? 'expired' : 'cancelled'));
		expect((await Promise.all(ends)).filter(Boolean)).toHaveLength(1);
		expect(await left()).toEqual([10, 10]);
		expect(seen).toEqual([{type: 'order', change: expect.any(String), totalPaise: amountPaise}]);
	});

	it('is either paid or gives its units back, when both come at once', async () => {
		for (let round = 0; round < 8; round++) {
			const {orderId, paid} = await place();
			const before = await left();
			const [released, payment] = await Promise.all([
				releaseOrder(theShop(), orderId, 'expired'),
				markPaid(theShop(), paid('pay_1')),
			]);
			// Late money counts as well: it is paid in either order of the two.
			expect(payment).toBe('paid');
			expect(await order(orderId)).toMatchObject({status: 'paid', stock: 'taken'});
			expect(await left()).toEqual(before);
			expect(seen.map((event) => event.type === 'order' && event.change).sort()).toEqual(
				released ? ['expired', 'paid'] : ['paid'],
			);
			await shop.stock({lamp: 10, kurta: 10});
		}
	});
});

describe('a refund', () => {
	it('gives the units back once', async () => {
		const {orderId, paid, amountPaise} = await place();
		await markPaid(theShop(), paid('pay_1'));
		seen = [];
		const answers = await Promise.all(twice(10).map(() => markRefunded(theShop(), orderId)));
		expect(answers.filter(Boolean)).toHaveLength(1);
		expect(await left()).toEqual([10, 10]);
		expect(await order(orderId)).toMatchObject({status: 'refunded', stock: 'returned', paymentId: 'pay_1'});
		expect(seen).toEqual([{type: 'order', change: 'refunded', totalPaise: amountPaise}]);
		expect(await markPaid(theShop(), paid('pay_1'))).toBe('already');
		expect(await markPaid(theShop(), paid('pay_2'))).toBe('other_payment');
		expect(await releaseOrder(theShop(), orderId, 'cancelled')).toBe(false);
		expect(await left()).toEqual([10, 10]);
	});

	it('gives nothing back for units that are not out', async () => {
		const {orderId, paid} = await place();
		await markPaid(theShop(), paid('pay_1'));
		await shop.collections.orders.updateOne({_id: orderId}, {$set: {stock: 'returned'}});
		expect(await markRefunded(theShop(), orderId)).toBe(true);
		expect(await left()).toEqual([8, 7]);
	});
});

it('moves only forward, whatever is asked of an order in any state', async () => {
	const states: readonly OrderStatus[] = ['pending', 'paid', 'expired', 'cancelled', 'refunded'];
	const asks = {
		paid: (id: ObjectId, total: number) =>
			markPaid(theShop(), {orderId: id, paymentId: 'pay_x', amountPaise: total}).then((answer) => answer === 'paid'),
		expired: (id: ObjectId) => releaseOrder(theShop(), id, 'expired'),
		cancelled: (id: ObjectId) => releaseOrder(theShop(), id, 'cancelled'),
		refunded: (id: ObjectId) => markRefunded(theShop(), id),
	};
	for (const from of states) {
		for (const [to, ask] of Object.entries(asks)) {
			const {orderId, amountPaise} = await place();
			const isOut = from === 'pending' || from === 'paid';
			const fields: Partial<Order> = {
				status: from,
				stock: isOut ? 'taken' : 'returned',
				...(from === 'paid' || from === 'refunded' ? {paymentId: 'pay_0'} : {}),
			};
			await shop.collections.orders.updateOne({_id: orderId}, {$set: fields});
			const isWay = {
				pending: 'paid expired cancelled',
				paid: 'refunded',
				expired: 'paid',
				cancelled: 'paid',
				refunded: '',
			};
			const expected = isWay[from].split(' ').includes(to);
			expect(await ask(orderId, amountPaise), `${from} to ${to}`).toBe(expected);
			expect((await order(orderId))?.status).toBe(expected ? to : from);
			await shop.stock({lamp: 10, kurta: 10});
		}
	}
});
