import {ObjectId} from 'mongodb';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {type CheckoutShop, openCheckout, orderIdOf} from '../checkout/open-checkout.js';

let shop: CheckoutShop;
let asha: string;
let ravi: string;
beforeAll(async () => {
	shop = await openCheckout();
	asha = await shop.register('asha@example.in');
	ravi = await shop.register('ravi@example.in');
	await shop.stock({lamp: 1000});
});
afterAll(() => shop.close());

type View = {id: string; status: string; totalPaise: number};
const list = async (token: string, query = '') => {
	const {status, body} = await shop.request('GET', `/api/orders?${query}`, {token});
	return {status, orders: (body['orders'] ?? []) as View[], next: body['next']};
};
const buy = async (token: string, quantity = 1) => orderIdOf(await shop.buy(token, [{slug: 'lamp', quantity}]));
const cancel = (token: string, id: string) => shop.request('POST', `/api/orders/${id}/cancel`, {token});

describe('the order history', () => {
	it('shows one’s own orders, newest first, page by page, and nobody else’s', async () => {
		const ids: string[] = [];
		for (let index = 0; index < 7; index++) ids.push(await buy(asha));
		// Four of them in one millisecond.
		const some = ids.slice(2, 6).map((id) => new ObjectId(id));
		await shop.collections.orders.updateMany({_id: {$in: some}}, {$set: {createdAt: new Date(1_700_000_000_000)}});
		const expected = [ids[6], ids[1], ids[0], ...ids.slice(2, 6).reverse()];
		for (const limit of [1, 2, 3, 7, 100]) {
			const found: string[] = [];
			let next: unknown = '';
			while (next !== null) {
				const page = await list(asha, `limit=${limit}${next === '' ? '' : `&cursor=${next}`}`);
				found.push(...page.orders.map(({id}) => id));
				next = page.next;
			}
			expect(found).toEqual(expected);
		}
		expect((await list(ravi)).orders).toEqual([]);
	});

	it('gives nobody else’s orders for a cursor of theirs', async () => {
		await buy(asha);
		await buy(asha);
		const mine = await buy(ravi);
		const {next} = await list(asha, 'limit=1');
		expect(next).toEqual(expect.any(String));
		for (const {id} of (await list(ravi, `cursor=${next}`)).orders) expect(id).toBe(mine);
	});

	it.each([
		['no list', 'cursor=e30'],
		['an id that is none', `cursor=${Buffer.from('[1,"x"]').toString('base64url')}`],
		['an operator', `cursor=${Buffer.from('[{"$gt":0},"x"]').toString('base64url')}`],
		['a moment beyond all time', `cursor=${Buffer.from(`[9e15,"${'a'.repeat(24)}"]`).toString('base64url')}`],
		['somebody else’s id', 'userId=x'],
	])('refuses %s', async (_, query) => {
		expect((await list(asha, query)).status).toBe(400);
	});

	it('is not shown without a log-in', async () => {
		expect((await shop.request('GET', '/api/orders')).status).toBe(401);
		expect((await shop.request('GET', '/api/orders', {token: 'a'.repeat(64)})).status).toBe(401);
	});

	it('reads by the index, not by scanning', async () => {
		const plan = await shop.collections.orders
			.find({userId: {$eq: new ObjectId()}})
			.sort({createdAt: -1, _id: -1})
			.explain('queryPlanner');
		expect(JSON.stringify(plan['queryPlanner'].winningPlan)).toContain('userId_1_createdAt_-1');
	});
});

describe('one order', () => {
	it('is shown to its owner; to others it is not there, like one that is not', async () => {
		const id = await buy(asha, 2);
		expect(await shop.request('GET', `/api/orders/${id}`, {token: asha})).toMatchObject({
			status: 200,
			body: {id, status: 'pending', lines: [{slug: 'lamp', quantity: 2}]},
		});
		const others = await shop.request('GET', `/api/orders/${id}`, {token: ravi});
		const none = await shop.request('GET', `/api/orders/${'a'.repeat(24)}`, {token: ravi});
		expect([others.status, none.status]).toEqual([404, 404]);
		expect(JSON.stringify(others.body).replace(id, '')).not.toContain('lamp');
		for (const odd of ['x', 'A'.repeat(24), '%00', '{"$gt":""}', `${id}0`])
			expect((await shop.request('GET', `/api/orders/${encodeURIComponent(odd)}`, {token: asha})).status).toBe(404);
		expect((await shop.request('GET', `/api/orders/${id}`)).status).toBe(401);
	});

	it('keeps to itself what is not the customer’s', async () => {
		const id = await buy(asha);
		const {body} = await shop.request('GET', `/api/orders/${id}`, {token: asha});
		expect(Object.keys(body).sort()).toEqual(
			['createdAt', 'currency', 'id', 'lines', 'reservedUntil', 'status', 'totalPaise'].sort(),
		);
	});
});

describe('cancelling', () => {
	it('gives the units back, and answers the same when it is done again', async () => {
		const before = await shop.stockOf('lamp');
		const id = await buy(asha, 4);
		const first = await cancel(asha, id);
		expect(first).toMatchObject({status: 200, body: {id, status: 'cancelled'}});
		expect((await cancel(asha, id)).body).toEqual(first.body);
		expect(await shop.stockOf('lamp')).toBe(before);
	});

	it('is for the owner alone', async () => {
		const id = await buy(asha);
		expect((await cancel(ravi, id)).status).toBe(404);
		expect((await cancel('', id)).status).toBe(401);
		expect(await shop.collections.orders.findOne({_id: new ObjectId(id)})).toMatchObject({status: 'pending'});
	});

	it.each(['paid', 'expired', 'refunded'] as const)('is too late for an order that is %s', async (status) => {
		const id = await buy(asha);
		await shop.collections.orders.updateOne({_id: new ObjectId(id)}, {$set: {status}});
		const before = await shop.stockOf('lamp');
		expect(await cancel(asha, id)).toMatchObject({status: 409, body: {error: {code: 'ORDER_CLOSED'}}});
		expect(await shop.stockOf('lamp')).toBe(before);
	});
});
