import {ObjectId} from 'mongodb';
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {openShop} from '../../../src/app/shop.js';
import {makeTestHost} from '../../support/host.js';
import {privateServer} from '../../support/mongo.js';
import {testSettings} from '../test-settings.js';
import {type CheckoutShop, makeKey, openCheckout, orderIdOf} from './open-checkout.js';

let shop: CheckoutShop;
let token: string;
let other: string;
beforeAll(async () => {
	shop = await openCheckout();
	token = await shop.register('asha@example.in');
	other = await shop.register('ravi@example.in');
});
afterAll(() => shop.close());
beforeEach(async () => {
	await shop.collections.orders.deleteMany({});
	await shop.collections.products.deleteMany({});
	await shop.collections.products.insertMany([
		{_id: new ObjectId(), slug: 'brass-lamp', name: 'Brass lamp', category: 'home', pricePaise: 129_900, stock: 5},
		{_id: new ObjectId(), slug: 'cotton-kurta', name: 'Kurta', category: 'clothes', pricePaise: 89_950, stock: 1},
	]);
	shop.provider.asked.length = 0;
	shop.provider.failures.length = 0;
	shop.provider.delayMs = 0;
});

const LAMP = {slug: 'brass-lamp', quantity: 1};
const KURTA = {slug: 'cotton-kurta', quantity: 1};
const buy = (...items: readonly unknown[]) => shop.buy(token, items);

describe('a checkout', () => {
	it('charges the prices of the database, takes the units, and says where to pay', async () => {
		const {status, body} = await buy({slug: 'brass-lamp', quantity: 2}, KURTA);
		expect(status).toBe(201);
		const totalPaise = 2 * 129_900 + 89_950;
		expect(body).toMatchObject({
			order: {
				status: 'pending',
				totalPaise,
				lines: [
					{slug: 'brass-lamp', quantity: 2, unitPaise: 129_900, linePaise: 259_800},
					{slug: 'cotton-kurta', quantity: 1, unitPaise: 89_950, linePaise: 89_950},
				],
			},
			payment: {provider: 'sandbox', keyId: shop.provider.keyId, amountPaise: totalPaise, currency: 'INR'},
		});
		const order = await shop.collections.orders.findOne({});
		const made = shop.provider.made.get(String(order?._id));
		expect(made?.amountPaise).toBe(totalPaise);
		expect(order?.provider).toEqual({kind: 'sandbox', mode: 'test', orderId: made?.id});
		expect((body['payment'] as {orderId: string}).orderId).toBe(made?.id);
		expect(await shop.stockOf('brass-lamp')).toBe(3);
		expect(await shop.stockOf('cotton-kurta')).toBe(0);
	});

	it('takes nothing at all when one line is short', async () => {
		const {status, body} = await buy({slug: 'brass-lamp', quantity: 2}, {slug: 'cotton-kurta', quantity: 2});
		expect(status).toBe(409);
		expect(body).toMatchObject({error: {code: 'OUT_OF_STOCK', message: 'There are not 2 of cotton-kurta left'}});
		expect(await shop.stockOf('brass-lamp')).toBe(5);
		expect(await shop.collections.orders.countDocuments()).toBe(0);
		expect(shop.provider.asked).toEqual([]);
	});

	it('counts two lines of one product together', async () => {
		expect((await buy({slug: 'brass-lamp', quantity: 3}, {slug: 'brass-lamp', quantity: 3})).status).toBe(409);
		const many = await buy({slug: 'brass-lamp', quantity: 11}, {slug: 'brass-lamp', quantity: 10});
		expect(many).toMatchObject({status: 422, body: {error: {code: 'TOO_MANY_UNITS'}}});
		expect(await shop.stockOf('brass-lamp')).toBe(5);
	});

	it('keeps the price at which it was ordered, whatever the price does until it is paid', async () => {
		const key = makeKey();
		shop.provider.failures.push('unavailable');
		expect((await shop.buy(token, [LAMP], key)).status).toBe(503);
		await shop.collections.products.updateOne({slug: 'brass-lamp'}, {$set: {pricePaise: 1_000_000, name: 'Gold lamp'}});
		expect(await shop.buy(token, [LAMP], key)).toMatchObject({
			status: 201,
			body: {order: {totalPaise: 129_900, lines: [{name: 'Brass lamp'}]}, payment: {amountPaise: 129_900}},
		});
		expect((await buy(LAMP)).body).toMatchObject({order: {totalPaise: 1_000_000}});
	});

	it.each([
		['less than the provider takes', 99, 'TOTAL_TOO_SMALL'],
		['more than the provider takes', 50_000_001, 'TOTAL_TOO_LARGE'],
		['more than can be counted exactly', Number.MAX_SAFE_INTEGER, 'TOTAL_TOO_LARGE'],
	])('refuses a total of %s', async (_, pricePaise, code) => {
		await shop.collections.products.updateOne({slug: 'brass-lamp'}, {$set: {pricePaise}});
		const quantity = pricePaise > 100_000_000 ? 5 : 1;
		expect(await buy({slug: 'brass-lamp', quantity})).toMatchObject({status: 422, body: {error: {code}}});
		expect(await shop.stockOf('brass-lamp')).toBe(5);
	});

	it('sells nothing at a price that is not in whole paise', async () => {
		await shop.collections.products.updateOne({slug: 'brass-lamp'}, {$set: {pricePaise: 999.5}});
		expect((await buy(LAMP)).status).toBe(500);
		expect(await shop.stockOf('brass-lamp')).toBe(5);
	});

	it('names a product that does not exist', async () => {
		expect(await buy({slug: 'moon', quantity: 1})).toMatchObject({
			status: 404,
			body: {error: {code: 'UNKNOWN_PRODUCT'}},
		});
	});

	it('is for who is logged in', async () => {
		const answer = await shop.buy('a'.repeat(64), [LAMP]);
		expect(answer.status).toBe(401);
		expect(answer.headers.get('www-authenticate')).toContain('Bearer');
	});
});

describe('what a client makes up', () => {
	it.each([
		['no items', []],
		['too many lines', Array(51).fill(LAMP)],
		['a price of the client', [{...LAMP, pricePaise: 1}]],
		['nothing', [{...LAMP, quantity: 0}]],
		['less than nothing', [{...LAMP, quantity: -1}]],
		['half a lamp', [{...LAMP, quantity: 1.5}]],
		['a number in quotes', [{...LAMP, quantity: '2'}]],
		['too many', [{...LAMP, quantity: 21}]],
		['far too many', [{...LAMP, quantity: 1e9}]],
		['an operator as slug', [{slug: {$ne: ''}, quantity: 1}]],
		['an operator as quantity', [{slug: 'brass-lamp', quantity: {$gt: 0}}]],
		['a list as slug', [{slug: ['brass-lamp'], quantity: 1}]],
	])('is refused: %s', async (_name, items) => {
		expect(await buy(...items)).toMatchObject({status: 400, body: {error: {code: expect.any(String)}}});
		expect(await shop.stockOf('brass-lamp')).toBe(5);
	});

	it.each(['totalPaise', 'price', 'currency', 'discount', 'userId', 'status'])('is refused: %s', async (field) => {
		const asked = {body: {items: [LAMP], [field]: 1}, token, headers: {'idempotency-key': makeKey()}};
		expect((await shop.request('POST', '/api/checkout', asked)).status).toBe(400);
	});

	it.each([
		['prototypes', '{"items":[{"slug":"brass-lamp","quantity":1}],"__proto__":{"totalPaise":1}}'],
		['prototypes of a line', '{"items":[{"slug":"brass-lamp","quantity":1,"__proto__":{"pricePaise":1}}]}'],
		['no number', '{"items":[{"slug":"brass-lamp","quantity":NaN}]}'],
	])('is refused: %s', async (_, body) => {
		const asked = {body, token, headers: {'idempotency-key': makeKey()}};
		expect((await shop.request('POST', '/api/checkout', asked)).status).toBe(400);
		expect(await shop.stockOf('brass-lamp')).toBe(5);
	});

	it.each([
		['none', undefined],
		['short', 'seven77'],
		['long', 'k'.repeat(65)],
		['odd', 'key with spaces'],
		['of the database', '{"$ne":""}'],
	])('is refused: a key that is %s', async (_, key) => {
		const headers: Record<string, string> = key === undefined ? {} : {'idempotency-key': key};
		const answer = await shop.request('POST', '/api/checkout', {body: {items: [LAMP]}, token, headers});
		expect(answer.status).toBe(400);
	});
});

describe('the same Idempotency-Key', () => {
	it('fifty times at once gives one order, one order of the provider, and one answer', async () => {
		const key = makeKey();
		shop.provider.delayMs = 150;
		const untilAnswered = async () => {
			for (;;) {
				const answer = await shop.buy(token, [LAMP], key);
				if (answer.status < 300) return answer;
				expect(answer).toMatchObject({status: 409, body: {error: {code: 'IN_FLIGHT'}}});
				expect(answer.headers.get('retry-after')).toBe('1');
				await new Promise((resolve) => setTimeout(resolve, 100));
			}
		};
		const answers = await Promise.all(Array.from({length: 50}, untilAnswered));
		expect(answers.filter(({status}) => status === 201)).toHaveLength(1);
		expect(new Set(answers.map(({body}) => JSON.stringify(body))).size).toBe(1);
		expect(await shop.collections.orders.countDocuments()).toBe(1);
		expect(shop.provider.asked).toHaveLength(1);
		expect(await shop.stockOf('brass-lamp')).toBe(4);
	});

	it('is told that it is being worked on', async () => {
		const key = makeKey();
		shop.provider.delayMs = 400;
		const first = shop.buy(token, [LAMP], key);
		await expect.poll(() => shop.provider.asked.length).toBe(1);
		const second = await shop.buy(token, [LAMP], key);
		expect(second).toMatchObject({status: 409, body: {error: {code: 'IN_FLIGHT'}}});
		expect(second.headers.get('retry-after')).toBe('1');
		expect((await first).status).toBe(201);
	});

	it('for another cart is refused, and for the same written otherwise is not', async () => {
		const key = makeKey();
		expect((await shop.buy(token, [LAMP, KURTA], key)).status).toBe(201);
		for (const items of [[LAMP], [{...LAMP, quantity: 2}, KURTA], [KURTA, LAMP, LAMP]]) {
			const answer = await shop.buy(token, items, key);
			expect(answer).toMatchObject({status: 422, body: {error: {code: 'IDEMPOTENCY_MISMATCH'}}});
			expect(JSON.stringify(answer.body)).not.toContain('129900');
		}
		expect((await shop.buy(token, [KURTA, LAMP], key)).status).toBe(200);
		expect(await shop.collections.orders.countDocuments()).toBe(1);
	});

	it('of another user is another key', async () => {
		const key = makeKey();
		const mine = await shop.buy(token, [LAMP], key);
		const theirs = await shop.buy(other, [LAMP], key);
		expect([mine.status, theirs.status]).toEqual([201, 201]);
		expect(orderIdOf(theirs)).not.toBe(orderIdOf(mine));
		expect(await shop.buy(other, [KURTA], makeKey())).toMatchObject({status: 201});
		expect(await shop.buy(token, [KURTA], key)).toMatchObject({status: 422});
	});

	it('finds its own order even when that took the last unit', async () => {
		const key = makeKey();
		const first = await shop.buy(token, [KURTA], key);
		expect(await shop.stockOf('cotton-kurta')).toBe(0);
		expect(await shop.buy(token, [KURTA], key)).toMatchObject({status: 200, body: first.body});
	});

	it('may be tried again after it could not be sold', async () => {
		const key = makeKey();
		await shop.stock({'cotton-kurta': 0});
		expect((await shop.buy(token, [KURTA], key)).status).toBe(409);
		await shop.stock({'cotton-kurta': 1});
		expect((await shop.buy(token, [KURTA], key)).status).toBe(201);
	});

	it.each([
		['refuses', 'refused', 502],
		['cannot be had', 'unavailable', 503],
		['does not answer', 'unanswered', 503],
		['has made the order, but its answer is lost', 'lost', 503],
	] as const)('goes on where it stopped when the provider %s', async (_, failure, status) => {
		const key = makeKey();
		shop.provider.failures.push(failure, failure);
		for (let tries = 0; tries < 2; tries++) {
			const failed = await shop.buy(token, [LAMP], key);
			expect(failed).toMatchObject({status, body: {error: {code: 'PAYMENT_PROVIDER'}}});
			expect(failed.headers.get('retry-after')).toBe('5');
			expect(await shop.collections.orders.findOne({})).toMatchObject({status: 'pending', stock: 'taken'});
		}
		const answer = await shop.buy(token, [LAMP], key);
		expect(answer.status).toBe(201);
		expect(await shop.collections.orders.countDocuments()).toBe(1);
		expect(new Set(shop.provider.asked.map(({receipt}) => receipt))).toEqual(new Set([orderIdOf(answer)]));
		expect(await shop.stockOf('brass-lamp')).toBe(4);
	});

	it('is not handed to the provider once its order has ended', async () => {
		const key = makeKey();
		shop.provider.failures.push('unavailable');
		await shop.buy(token, [LAMP], key);
		const order = await shop.collections.orders.findOne({});
		await shop.request('POST', `/api/orders/${order?._id}/cancel`, {token});
		expect(await shop.buy(token, [LAMP], key)).toMatchObject({status: 409, body: {error: {code: 'ORDER_CLOSED'}}});
		expect(shop.provider.asked).toHaveLength(1);
	});

	it('never passes on an answer about another amount', async () => {
		const {createOrder} = shop.provider;
		const key = makeKey();
		Object.assign(shop.provider, {
			createOrder: async (order: {receipt: string; amountPaise: number}) => ({
				...(await createOrder(order)),
				amountPaise: 1,
			}),
		});
		expect(await shop.buy(token, [LAMP], key)).toMatchObject({status: 502});
		Object.assign(shop.provider, {createOrder});
		expect(await shop.buy(token, [LAMP], key)).toMatchObject({status: 201});
	});
});

describe('what is told of checkouts', () => {
	it('is one event for each request, and one for each order when it is safely written', async () => {
		const seen: string[] = [];
		const stop = shop.shop.shop.events.subscribe((event) => {
			if (event.type === 'checkout') seen.push(event.outcome);
			if (event.type === 'order') seen.push(`order ${event.change} ${event.totalPaise}`);
		});
		const key = makeKey();
		await shop.buy(token, [LAMP], key);
		await shop.buy(token, [LAMP], key);
		await shop.buy(token, [LAMP, KURTA], key);
		await buy({...KURTA, quantity: 2});
		shop.provider.failures.push('unanswered');
		await buy(KURTA);
		stop();
		expect(seen).toEqual([
			'order placed 129900',
			'placed',
			'replayed',
			'refused',
			'out_of_stock',
			'order placed 89950',
			'failed',
		]);
	});
});

it('does not start on a server without transactions', async () => {
	const server = await privateServer({standalone: true});
	try {
		const opening = openShop({settings: testSettings({uri: server.uri, name: 'sastabazar'})}, makeTestHost());
		await expect(opening).rejects.toMatchObject({code: 'TRANSACTIONS_MISSING', exitCode: 4});
	} finally {
		await server.stop();
	}
});
