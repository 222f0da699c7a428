import {afterAll, beforeAll, expect, it} from 'vitest';
import {type Collections, openCollections} from '../../../src/app/documents.js';
import {type FreshDatabase, freshDatabase} from '../../support/mongo.js';
import {chooseSeed, IS_FULL, makeRandom} from '../../support/sweep.js';
import {register, requester} from '../open-test-shop.js';
import {buyer, makeKey, shelf} from './open-checkout.js';
import {type ServedShop, serveShop} from './serve-shop.js';

const BUYERS = IS_FULL ? 2000 : 120;
const random = makeRandom(chooseSeed('crowd'));

let database: FreshDatabase;
let shop: ServedShop;
let collections: Collections;
let tokens: string[];
beforeAll(async () => {
	database = await freshDatabase();
	collections = openCollections(database.mongo.db(database.name));
	shop = await serveShop(database);
	const names = ['asha', 'ravi', 'meera', 'kabir', 'zoya'];
	tokens = await Promise.all(names.map((name) => register(requester(shop.url), `${name}@example.in`)));
});
afterAll(async () => {
	await shop.stop();
	await database.drop();
});

function makeCart(index: number) {
	const lamp = {slug: 'lamp', quantity: 1 + Math.floor(random() * 3)};
	const kurta = {slug: 'kurta', quantity: 1 + Math.floor(random() * 3)};
	if (index % 3 > 0) return [index % 2 ? lamp : kurta];
	return index % 2 ? [lamp, kurta] : [kurta, lamp];
}

/** As a patient client does it: told to wait, or cut off, it waits and asks again with the same key. */
async function insist(index: number): Promise<number> {
	const buy = buyer(requester(shop.url));
	const key = makeKey();
	const cart = makeCart(index);
	for (;;) {
		const answer = await buy(tokens[index % tokens.length] ?? '', cart, key).catch(() => undefined);
		const {code} = (answer?.body['error'] ?? {}) as {code?: string};
		if (answer && answer.status !== 503 && code !== 'IN_FLIGHT') return answer.status;
		const afterMs = answer ? Number(answer.headers.get('retry-after')) * 1000 : 1000;
		expect(afterMs).toBeGreaterThan(0);
		await new Promise((resolve) => setTimeout(resolve, afterMs * (0.5 + random())));
	}
}

it('hashes passwords at the full cost, since this is the shop that `serve` starts', async () => {
	const users = await database.mongo.db(database.name).collection('users').find().toArray();
	expect(users).toHaveLength(5);
	for (const {passwordHash} of users) expect(passwordHash).toMatch(/^scrypt\$32768\$8\$3\$/);
});

it(
	`sells what there is to the unit to ${BUYERS} buyers at once`,
	async () => {
		const {stock, stockOf, soldOf} = shelf(collections);
		await stock({lamp: 100, kurta: 100});
		const startedAt = performance.now();
		const statuses = await Promise.all([...Array(BUYERS).keys()].map(insist));
		process.stderr.write(`${BUYERS} buyers in ${Math.round(performance.now() - startedAt)} ms\n`);

		expect(new Set(statuses)).toEqual(new Set([201, 409]));
		for (const slug of ['lamp', 'kurta']) {
			const left = await stockOf(slug);
			expect(left).toBeGreaterThanOrEqual(0);
			// Whoever wanted three or less was refused only because there were fewer.
			expect(left).toBeLessThan(3);
			expect((await soldOf(slug)) + left).toBe(100);
		}
		const orders = await collections.orders.find().toArray();
		expect(orders).toHaveLength(statuses.filter((status) => status === 201).length);
		expect(new Set(orders.map(({provider}) => provider?.orderId)).size).toBe(orders.length);
		expect(orders.every(({provider}) => provider !== undefined)).toBe(true);
	},
	IS_FULL ? 900_000 : 120_000,
);
