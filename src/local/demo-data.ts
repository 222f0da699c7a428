import {createHash} from 'node:crypto';
import {BSON, type Db, ObjectId} from 'mongodb';

export type DataSize = {readonly products: number; readonly users: number; readonly orders: number};

export const DEMO_SIZE: DataSize = {products: 120, users: 800, orders: 4000};

const CATEGORIES = ['kitchen', 'textiles', 'books', 'toys', 'garden', 'lamps'];

/** Fills an empty shop with what a few months of trade leave: the same documents each time. */
export async function fillShop(db: Db, size: DataSize): Promise<void> {
	const products = numbers(size.products).map((number) => ({
		_id: idOf(1, number),
		slug: `product-${number}`,
		name: `Product ${number}`,
		category: CATEGORIES[number % CATEGORIES.length],
		pricePaise: 9900 + 100 * ((number * 37) % 900),
		stock: 1000,
	}));
	const users = numbers(size.users).map((number) => ({
		_id: idOf(2, number),
		email: `customer-${number}@shop.example`,
		name: `Customer ${number}`,
		passwordHash: 'nobody can log in with this',
		createdAt: new Date(SPRING_MS + number * HOUR_MS),
	}));
	const orders = numbers(size.orders).map((number) => {
		const product = products[(number * 7) % products.length];
		const user = users[(number * 13) % users.length];
		if (product === undefined || user === undefined) throw new Error('fillShop: no products or no users');
		const quantity = 1 + (number % 3);
		const linePaise = product.pricePaise * quantity;
		const boughtMs = SPRING_MS + number * HOUR_MS;
		const {_id: productId, slug, name, pricePaise: unitPaise} = product;
		return {
			_id: idOf(3, number),
			userId: user._id,
			lines: [{productId, slug, name, quantity, unitPaise, linePaise}],
			totalPaise: linePaise,
			currency: 'INR',
			status: 'paid',
			stock: 'taken',
			reservedUntil: new Date(boughtMs + 900_000),
			createdAt: new Date(boughtMs),
			updatedAt: new Date(boughtMs + 60_000),
			paidAt: new Date(boughtMs + 60_000),
		};
	});
	await db.collection('products').insertMany(products);
	await db.collection('users').insertMany(users);
	await db.collection('orders').insertMany(orders);
}

/**
 * SHA-256 over every document of the shop, byte by byte, its fields in their order. Made here, on purpose, without the
 * code that backs up and restores: a proof must not lean on what it proves.
 */
export async function fingerprint(db: Db): Promise<string> {
	const hash = createHash('sha256');
	for (const name of ['products', 'users', 'orders']) {
		hash.update(`${name}\n`);
		for await (const document of db.collection(name).find({}, EXACT).sort({_id: 1}))
			hash.update(BSON.serialize(document));
	}
	return hash.digest('hex');
}

/** Numbers as they are stored, so that 1 as an integer and 1 as a double differ. */
const EXACT = {promoteValues: false};

const SPRING_MS = Date.UTC(2026, 2, 1);
const HOUR_MS = 3_600_000;

function numbers(count: number): number[] {
	return Array.from({length: count}, (_, number) => number);
}

function idOf(kind: number, number: number): ObjectId {
	return new ObjectId(`${kind.toString(16).padStart(8, '0')}${number.toString(16).padStart(16, '0')}`);
}
