import {ObjectId} from 'mongodb';
import {UnexpectedAnswer} from '../failure.js';
import type {Random} from '../random.js';
import {
	CATEGORIES,
	categoryOf,
	countsOf,
	emailOf,
	makeOrder,
	makeProduct,
	makeUser,
	productId,
	slugOf,
	userId,
} from './shop-data.js';
import {ask, type Operation, type OperationContext, type Query, type Size, type Workload} from './workload.js';

/** As many as the shop's own pages show, and one more to know whether there is a next. */
const PAGE = 21;

const LISTED = {_id: 0, slug: 1, name: 1, category: 1, pricePaise: 1, stock: 1};

/**
 * What a shop asks of its database, in the shares of a shop whose visitors look more than they buy: 45 % browse a
 * category, 30 % look at a product, 5 % log in, 10 % look at their orders, 10 % buy.
 */
export const SHOP_OPERATIONS: readonly Operation[] = [
	reading('browse', 45, (random) => ({
		collection: 'products',
		filter: {category: categoryOf(random.below(CATEGORIES))},
		sort: {slug: 1},
		projection: LISTED,
		limit: PAGE,
	})),
	reading('product', 30, (random, size) => ({
		collection: 'products',
		filter: {slug: slugOf(popular(random, countsOf(size).products))},
		projection: LISTED,
		limit: 1,
	})),
	reading('login', 5, (random, size) => ({
		collection: 'users',
		filter: {email: emailOf(random.below(countsOf(size).users))},
		limit: 1,
	})),
	reading(
		'history',
		10,
		(random, size) => ({
			collection: 'orders',
			filter: {userId: userId(random.below(countsOf(size).users))},
			sort: {createdAt: -1},
			limit: PAGE,
		}),
		// Somebody who has not bought anything has no orders.
		false,
	),
	{name: 'checkout', weight: 10, run: checkOut},
];

export function shopWorkload(indexes: Workload['indexes']): Workload {
	return {
		name: 'shop',
		operations: SHOP_OPERATIONS,
		indexes,
		collections(size) {
			const {products, users, orders} = countsOf(size);
			return [
				{collection: 'products', count: products, documentAt: (index) => makeProduct(index, size.seed)},
				{collection: 'users', count: users, documentAt: (index) => makeUser(index, size.seed)},
				{collection: 'orders', count: orders, documentAt: (index) => makeOrder(index, size)},
			];
		},
	};
}

function reading(
	name: string,
	weight: number,
	query: (random: Random, size: Size) => Query,
	mustFind = true,
): Operation {
	return {
		name,
		weight,
		query,
		async run({db, random, size}) {
			const found = await ask(db, query(random, size));
			if (mustFind && found.length === 0) throw new UnexpectedAnswer(`${name} found nothing`);
		},
	};
}

/** Takes the units out of the stock, where there are enough, and writes the order: what a reservation is without its payment. */
async function checkOut({db, random, size}: OperationContext): Promise<void> {
	const counts = countsOf(size);
	const product = popular(random, counts.products);
	const quantity = 1 + random.below(3);
	const {matchedCount} = await db
		.collection('products')
		.updateOne({_id: productId(product), stock: {$gte: quantity}}, {$inc: {stock: -quantity}});
	if (matchedCount === 0) throw new UnexpectedAnswer(`checkout found no ${quantity} units of ${slugOf(product)}`);
	const {_id, ...order} = makeOrder(random.below(0x7fff_ffff), size);
	await db.collection('orders').insertOne({...order, _id: new ObjectId(), createdAt: new Date()});
}

/** Some are looked at far more than others: half of all looks go to an eighth of them. */
function popular(random: Random, count: number): number {
	return Math.floor(count * random.next() ** 3);
}
