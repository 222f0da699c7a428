import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, expect, it} from 'vitest';
import {openCollections} from '../../../src/app/documents.js';
import type {Database} from '../../../src/local/database.js';
import {type Mongo, openMongo} from '../../../src/ports/mongo.js';
import {makeTestHost} from '../../support/host.js';
import {privateServer} from '../../support/mongo.js';
import {chooseSeed, IS_FULL, inParallel, makeRandom} from '../../support/sweep.js';
import {type Answer, register, requester} from '../open-test-shop.js';
import {buyer, makeKey, shelf} from './open-checkout.js';
import {type ServedShop, serveShop} from './serve-shop.js';

const ROUNDS = IS_FULL ? 10 : 1;
const random = makeRandom(chooseSeed('kill'));

let server: Database;
let mongo: Mongo;
let storagePath: string;
const started: ServedShop[] = [];
beforeAll(async () => {
	storagePath = await mkdtemp(join(tmpdir(), 'sastaops-test-mongo-'));
	server = await privateServer({storagePath});
	mongo = await openMongo(server.uri, makeTestHost());
});
afterEach(async () => {
	for (const shop of started.splice(0)) await shop.kill();
});
afterAll(async () => {
	await mongo.close();
	await server.stop();
	await rm(storagePath, {recursive: true, force: true});
});

type Purchase = {readonly key: string; readonly token: string; readonly items: object[]; answer?: Answer};

async function start(): Promise<ServedShop> {
	const shop = await serveShop({uri: server.uri, name: 'sastabazar'});
	started.push(shop);
	return shop;
}

/**
 * Kills the shop. A transaction that it leaves open holds its documents for a minute, until the server ends it; a server
 * that starts again ends it at once, and nobody wants to wait for a minute in every test.
 */
async function kill(shop: ServedShop): Promise<void> {
	await shop.kill();
	if (IS_FULL) return;
	const port = Number(new URL(server.uri).port);
	await server.stop();
	server = await privateServer({storagePath, port});
}

function makePurchase(token: string, index: number): Purchase {
	const lamp = {slug: 'lamp', quantity: 1 + Math.floor(random() * 3)};
	const kurta = {slug: 'kurta', quantity: 1 + Math.floor(random() * 3)};
	return {key: makeKey(), token, items: index % 2 ? [lamp, kurta] : [kurta, lamp]};
}

/** Asks until there is an answer that is final, or nobody there. */
async function buy(url: string, purchase: Purchase): Promise<void> {
	for (;;) {
		let answer: Answer;
		try {
			answer = await buyer(requester(url))(purchase.token, purchase.items, purchase.key);
		} catch {
			return;
		}
		const {code} = (answer.body['error'] ?? {}) as {code?: string};
		if (answer.status < 500 && code !== 'IN_FLIGHT') {
			purchase.answer = answer;
			return;
		}
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}

it(
	'keeps stock and orders whole through kill -9 in the middle of checkouts and in the middle of the sweep',
	async () => {
		const {orders, idempotency, ...collections} = openCollections(mongo.db('sastabazar'));
		const {stock, stockOf, soldOf} = shelf({orders, idempotency, ...collections});
		const expectWhole = async () => {
			for (const slug of ['lamp', 'kurta']) expect((await soldOf(slug)) + (await stockOf(slug))).toBe(100);
		};
		let shop = await start();

		for (let round = 0; round < ROUNDS; round++) {
			// Of this round: ten of them take longer than a token is good for.
			const token = await register(requester(shop.url), `asha-${round}@example.in`);
			await orders.deleteMany({});
			await stock({lamp: 100, kurta: 100});
			const purchases = Array.from({length: 60}, (_, index) => makePurchase(token, index));
			const buying = inParallel(purchases, 20, (purchase) => buy(shop.url, purchase));
			await expect
				.poll(() => purchases.filter(({answer}) => answer).length, {interval: 5, timeout: 20_000})
				.toBeGreaterThan(2);
			await new Promise((resolve) => setTimeout(resolve, random() * 150));
			await shop.kill();
			await buying;
			await kill(shop);
			const answered = purchases.filter(({answer}) => answer?.status === 201);
			expect(answered.length).toBeLessThan(purchases.length);
			await expectWhole();

			// Those of the dead run out by themselves, after half a minute.
			if (!IS_FULL) await idempotency.updateMany({}, {$set: {'lease.until': new Date(0)}});
			shop = await start();
			// Who had no answer asks again with the same key; who had one gets the same.
			await inParallel(purchases, 20, (purchase) => buy(shop.url, purchase));
			await expectWhole();
			const bought = purchases.filter(({answer}) => answer !== undefined && answer.status < 300);
			const ids = bought.map(({answer}) => (answer?.body['order'] as {id: string} | undefined)?.id);
			const stored = await orders.find().toArray();
			expect(new Set(ids)).toEqual(new Set(stored.map(({_id}) => _id.toHexString())));
			expect(ids).toHaveLength(stored.length);
			expect(stored.every(({provider}) => provider !== undefined)).toBe(true);
			expect(purchases.every(({answer}) => [200, 201, 409].includes(answer?.status ?? 0))).toBe(true);

			await orders.updateMany({}, {$set: {reservedUntil: new Date(Date.now() - 120_000)}});
			await kill(shop);
			shop = await start();
			await expect
				.poll(() => orders.countDocuments({status: 'expired'}), {interval: 5, timeout: 20_000})
				.toBeGreaterThan(0);
			await kill(shop);
			await expectWhole();
			shop = await start();
			await expect
				.poll(() => orders.countDocuments({status: 'pending'}), {timeout: IS_FULL ? 100_000 : 20_000})
				.toBe(0);
			expect([await stockOf('lamp'), await stockOf('kurta')]).toEqual([100, 100]);
			await idempotency.deleteMany({});
		}
	},
	IS_FULL ? 3_000_000 : 120_000,
);
