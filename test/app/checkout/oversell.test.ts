import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {sweep} from '../../../src/app/orders/sweep.js';
import type {Database} from '../../../src/local/database.js';
import {openMongo} from '../../../src/ports/mongo.js';
import {makeTestHost} from '../../support/host.js';
import {privateServer} from '../../support/mongo.js';
import {chooseSeed, IS_FULL, inParallel, makeRandom} from '../../support/sweep.js';
import type {Answer} from '../open-test-shop.js';
import {type CuttingProxy, openCuttingProxy} from './cutting-proxy.js';
import {type CheckoutShop, makeKey, openCheckout, type Wish} from './open-checkout.js';

let server: Database;
let proxy: CuttingProxy;
let shop: CheckoutShop;
let tokens: string[] = [];
beforeAll(async () => {
	// Its own: what is broken here must not break other tests.
	server = await privateServer({testCommands: true});
	proxy = await openCuttingProxy(server.uri);
	const mongo = await openMongo(server.uri, makeTestHost());
	const database = {uri: proxy.uri, name: 'oversell', mongo, drop: () => mongo.close()};
	shop = await openCheckout({}, {database});
	tokens = await Promise.all([0, 1, 2, 3, 4].map((index) => shop.register(`buyer-${index}@example.in`)));
});
afterAll(async () => {
	await shop.close();
	await proxy.close();
	await server.stop();
});
beforeEach(async () => {
	await shop.collections.orders.deleteMany({});
	await shop.collections.idempotency.deleteMany({});
	await shop.stock({lamp: 100, kurta: 100});
});

const admin = () => shop.database.mongo.db('admin');
const random = makeRandom(chooseSeed('oversell'));
const upTo = (most: number) => 1 + Math.floor(random() * most);

/** One to three units; every third cart has two lines, and every other of those the other way round. */
function makeCart(index: number): Wish[] {
	const lamp = {slug: 'lamp', quantity: upTo(3)};
	const kurta = {slug: 'kurta', quantity: upTo(3)};
	if (index % 3 > 0) return [index % 2 ? lamp : kurta];
	return index % 2 ? [lamp, kurta] : [kurta, lamp];
}

/** As a patient client does it: whatever is not final is asked again, with the same key. */
async function insist(token: string, cart: Wish[]): Promise<Answer> {
	const key = makeKey();
	for (;;) {
		const answer = await shop.buy(token, cart, key);
		const {code} = (answer.body['error'] ?? {}) as {code?: string};
		if (answer.status !== 503 && code !== 'IN_FLIGHT') return answer;
		const afterMs = Number(answer.headers.get('retry-after')) * 1000;
		expect(afterMs).toBeGreaterThan(0);
		await new Promise((resolve) => setTimeout(resolve, afterMs * (0.2 + random() * 0.8)));
	}
}

async function buyAll(count: number, width: number): Promise<Map<number, number>> {
	const statuses = new Map<number, number>();
	await inParallel([...Array(count).keys()], width, async (index) => {
		const {status} = await insist(tokens[index % tokens.length] ?? '', makeCart(index));
		statuses.set(status, (statuses.get(status) ?? 0) + 1);
	});
	return statuses;
}

async function expectWhole(statuses: Map<number, number>): Promise<void> {
	expect([...statuses.keys()].sort()).toEqual([201, 409]);
	for (const slug of ['lamp', 'kurta']) {
		const left = await shop.stockOf(slug);
		expect(left).toBeGreaterThanOrEqual(0);
		expect((await shop.soldOf(slug)) + left).toBe(100);
	}
	const orders = await shop.collections.orders.find().toArray();
	expect(orders).toHaveLength(statuses.get(201) ?? 0);
	expect(await shop.collections.idempotency.countDocuments()).toBe(orders.length);
	const providerOrders = orders.map(({_id}) => shop.provider.made.get(_id.toHexString()));
	expect(orders.map(({provider}) => provider?.orderId)).toEqual(providerOrders.map((made) => made?.id));
	expect(orders.map(({totalPaise}) => totalPaise)).toEqual(providerOrders.map((made) => made?.amountPaise));
}

describe('a crowd that wants more than there is', {timeout: IS_FULL ? 900_000 : 120_000}, () => {
	it('gets what there is to the unit when the database meets conflicts of its own', async () => {
		const fail = (commands: string[], errorCode: number, times: number) =>
			admin().command({
				configureFailPoint: 'failCommand',
				mode: {times},
				data: {failCommands: commands, errorCode, errorLabels: ['TransientTransactionError']},
			});
		await fail(['update', 'insert'], 112, 20);
		const statuses = await buyAll(IS_FULL ? 600 : 100, 40);
		await admin().command({configureFailPoint: 'failCommand', mode: 'off'});
		await expectWhole(statuses);
	});

	it('also when the answers of commits are cut', async () => {
		proxy.cutEvery = 10;
		const statuses = await buyAll(IS_FULL ? 600 : 100, 40);
		proxy.cutEvery = 0;
		process.stderr.write(`${proxy.cuts} answers cut\n`);
		expect(proxy.cuts).toBeGreaterThan(5);
		await expectWhole(statuses);
	});

	it('while others cancel and reservations end', async () => {
		const {shop: open} = shop.shop;
		const late = {...open, host: {...open.host, now: () => Date.now() + 3_600_000}};
		const stop = new AbortController();
		const ending = (async () => {
			let expired = 0;
			while (!stop.signal.aborted) {
				expired += await sweep(late);
				await new Promise((resolve) => setTimeout(resolve, 100));
			}
			return expired;
		})();
		await inParallel([...Array(IS_FULL ? 400 : 80).keys()], 20, async (index) => {
			const token = tokens[index % tokens.length] ?? '';
			const {status, body} = await insist(token, makeCart(index));
			if (status !== 201 || index % 4 > 0) return;
			await shop.request('POST', `/api/orders/${(body['order'] as {id: string}).id}/cancel`, {token});
		});
		stop.abort();
		expect(await ending).toBeGreaterThan(10);
		for (const slug of ['lamp', 'kurta']) expect((await shop.soldOf(slug)) + (await shop.stockOf(slug))).toBe(100);
		await sweep(late);
		expect([await shop.stockOf('lamp'), await shop.stockOf('kurta')]).toEqual([100, 100]);
	});
});
