import {describe, expect, it} from 'vitest';
import {makeChoice} from '../../src/load/workload/choice.js';
import {SHOP_OPERATIONS} from '../../src/load/workload/shop.js';
import {countsOf, makeOrder, makeProduct, makeUser} from '../../src/load/workload/shop-data.js';

describe('the operation of an arrival', () => {
	it('is chosen by the weights', () => {
		const choose = makeChoice(SHOP_OPERATIONS, 3);
		const counts = SHOP_OPERATIONS.map(() => 0);
		for (let index = 0; index < 20_000; index++) counts[choose(index)] = (counts[choose(index)] ?? 0) + 1;
		for (const [at, {name, weight}] of SHOP_OPERATIONS.entries())
			expect(Math.abs((counts[at] ?? 0) / 20_000 - weight / 100), name).toBeLessThan(0.01);
	});

	it('is the same whoever asks, and another for another seed', () => {
		const [one, two, other] = [
			makeChoice(SHOP_OPERATIONS, 3),
			makeChoice(SHOP_OPERATIONS, 3),
			makeChoice(SHOP_OPERATIONS, 4),
		];
		const chosen = (choose: (index: number) => number) => Array.from({length: 200}, (_, index) => choose(index));
		expect(chosen(one)).toEqual(chosen(two).toReversed().toReversed());
		expect(two(150)).toBe(one(150));
		expect(chosen(other)).not.toEqual(chosen(one));
	});
});

describe('the data', () => {
	const size = {documents: 1000, seed: 7};

	it('is the same for the same seed, in whatever order it is made', () => {
		const forwards = [0, 1, 2].map((index) => makeUser(index, 7));
		const backwards = [2, 1, 0].map((index) => makeUser(index, 7)).toReversed();
		expect(backwards).toEqual(forwards);
		expect(makeUser(1, 8)).not.toEqual(makeUser(1, 7));
		expect(makeOrder(5, size)).toEqual(makeOrder(5, size));
	});

	it('is as large as was asked for, with ids and slugs that meet once only', () => {
		const {products, users, orders} = countsOf(size);
		expect(products + users + orders).toBe(1000);
		const all = Array.from({length: products}, (_, index) => makeProduct(index, 7));
		expect(new Set(all.map(({slug}) => slug)).size).toBe(products);
		expect(new Set(all.map(({_id}) => String(_id))).size).toBe(products);
	});
});
