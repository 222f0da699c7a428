import {base, en, en_IN, Faker} from '@faker-js/faker';
import {type Document, ObjectId} from 'mongodb';
import {makeRandom, seedOf} from '../random.js';
import type {Size} from './workload.js';

export const CATEGORIES = 40;

/** Enough that no load sells a product out. */
const STOCK = 1_000_000_000;

/** Orders are half of all documents, customers three eighths, products an eighth. */
export function countsOf({documents}: Size): {products: number; users: number; orders: number} {
	const products = Math.max(CATEGORIES, Math.round(documents / 8));
	const users = Math.max(1, Math.round((documents * 3) / 8));
	return {products, users, orders: Math.max(1, documents - products - users)};
}

export function slugOf(product: number): string {
	return `product-${product}`;
}

export function emailOf(user: number): string {
	return `customer-${user}@example.com`;
}

export function categoryOf(category: number): string {
	return `category-${category}`;
}

export function productId(index: number): ObjectId {
	return idOf(1, index);
}

export function userId(index: number): ObjectId {
	return idOf(2, index);
}

export function makeProduct(index: number, seed: number): Document {
	const faker = fakerFor(seed, index);
	return {
		_id: productId(index),
		slug: slugOf(index),
		name: faker.commerce.productName(),
		category: categoryOf(index % CATEGORIES),
		description: faker.commerce.productDescription(),
		pricePaise: faker.number.int({min: 4_900, max: 4_999_900}),
		stock: STOCK,
	};
}

export function makeUser(index: number, seed: number): Document {
	const faker = fakerFor(seed, index);
	return {
		_id: userId(index),
		email: emailOf(index),
		name: faker.person.fullName(),
		address: {
			street: faker.location.streetAddress(),
			city: faker.location.city(),
			pin: faker.location.zipCode(),
		},
		// As long as a real one; nobody can log in with it.
		passwordHash: faker.string.hexadecimal({length: 96, prefix: ''}),
		createdAt: momentOf(faker.number.float()),
	};
}

export function makeOrder(index: number, size: Size): Document {
	const random = makeRandom(seedOf(size.seed ^ 0x0bde5, index));
	const {products, users} = countsOf(size);
	const lines = Array.from({length: 1 + random.below(4)}, () => {
		const product = random.below(products);
		const quantity = 1 + random.below(3);
		const unitPaise = 4_900 + random.below(500_000);
		return {
			productId: productId(product),
			slug: slugOf(product),
			name: `Product ${product}`,
			quantity,
			unitPaise,
			linePaise: quantity * unitPaise,
		};
	});
	return {
		_id: idOf(3, index),
		userId: userId(random.below(users)),
		lines,
		totalPaise: lines.reduce((sum, {linePaise}) => sum + linePaise, 0),
		currency: 'INR',
		status: 'paid',
		createdAt: momentOf(random.next()),
	};
}

/** Some time of the year before a fixed day, so that the same seed makes the same data for ever. */
function momentOf(share: number): Date {
	return new Date(Date.UTC(2026, 0, 1) - Math.floor(share * 365 * 86_400_000));
}

/** Ordered by number, as ids of a real shop are by time. */
function idOf(kind: number, index: number): ObjectId {
	return new ObjectId(`5a57a0${kind.toString(16).padStart(2, '0')}${index.toString(16).padStart(16, '0')}`);
}

let shared: Faker | undefined;

/** One generator, seeded anew for each document: the document of a number is the same whoever makes it. */
function fakerFor(seed: number, index: number): Faker {
	shared ??= new Faker({locale: [en_IN, en, base]});
	shared.seed(seedOf(seed, index));
	return shared;
}
