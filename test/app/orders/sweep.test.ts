import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {sweep} from '../../../src/app/orders/sweep.js';
import type {Shop} from '../../../src/app/shop.js';
import {type CheckoutShop, openCheckout} from '../checkout/open-checkout.js';

let shop: CheckoutShop;
let token: string;
beforeAll(async () => {
	shop = await openCheckout({RESERVATION_SECONDS: '100'});
	token = await shop.register('asha@example.in');
});
afterAll(() => shop.close());
beforeEach(async () => {
	await shop.collections.orders.deleteMany({});
	await shop.stock({lamp: 1000});
});

/** The shop as it is so many seconds from now. */
const later = (seconds: number): Shop => {
	const {shop: now} = shop.shop;
	return {...now, host: {...now.host, now: () => Date.now() + seconds * 1000}};
};
const lamps = (quantity: number) => shop.buy(token, [{slug: 'lamp', quantity}]);
const statuses = async () => (await shop.collections.orders.find().toArray()).map(({status}) => status);

describe('the sweeper', () => {
	it('expires an order a minute after its reservation is over, and gives the units back', async () => {
		await lamps(3);
		expect(await sweep(later(155))).toBe(0);
		expect(await shop.stockOf('lamp')).toBe(997);
		expect(await sweep(later(165))).toBe(1);
		expect(await statuses()).toEqual(['expired']);
		expect(await shop.stockOf('lamp')).toBe(1000);
		expect(await sweep(later(165))).toBe(0);
		expect(await shop.stockOf('lamp')).toBe(1000);
	});

	it('leaves orders alone that are not pending', async () => {
		await lamps(1);
		for (const status of ['paid', 'cancelled', 'refunded'] as const) {
			await shop.collections.orders.updateMany({}, {$set: {status}});
			expect(await sweep(later(1000))).toBe(0);
		}
		expect(await shop.stockOf('lamp')).toBe(999);
	});

	it('expires each order once when several instances sweep at once, more than one batch of them', async () => {
		await lamps(1);
		const order = await shop.collections.orders.findOne({});
		if (order === null) throw new Error('no order');
		const {_id, ...fields} = order;
		await shop.collections.orders.insertMany(Array.from({length: 119}, () => ({...fields})) as never);
		await shop.stock({lamp: 880});
		const counts = await Promise.all([1, 2, 3].map(() => sweep(later(1000))));
		expect(counts.reduce((sum, count) => sum + count)).toBe(120);
		expect(await shop.stockOf('lamp')).toBe(1000);
		expect(new Set(await statuses())).toEqual(new Set(['expired']));
	});

	it('goes on with the others when one order cannot be released, and tells of it', async () => {
		await lamps(1);
		await lamps(2);
		const first = await shop.collections.orders.findOne({}, {sort: {_id: 1}});
		await shop.collections.orders.updateOne({_id: first?._id as never}, {$unset: {lines: 1}});
		await expect(sweep(later(1000))).rejects.toThrow();
		expect(await statuses()).toEqual(['pending', 'expired']);
	});

	it('writes nothing under maintenance, and stops where it is told to', async () => {
		await lamps(1);
		expect(await sweep(later(1000), AbortSignal.abort())).toBe(0);
		const isOn = async () => ({on: true, reason: undefined, since: undefined});
		expect(await sweep({...later(1000), maintenance: {read: isOn}})).toBe(0);
		expect(await statuses()).toEqual(['pending']);
	});

	it('reads by an index', async () => {
		const plan = await shop.collections.orders
			.find({status: 'pending', reservedUntil: {$lte: new Date()}})
			.explain('queryPlanner');
		expect(JSON.stringify(plan['queryPlanner'].winningPlan)).toContain('status_1_reservedUntil_1');
	});
});
