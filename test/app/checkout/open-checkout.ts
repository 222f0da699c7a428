import {randomBytes} from 'node:crypto';
import {type Collections, openCollections} from '../../../src/app/documents.js';
import type {SettingName} from '../../../src/app/settings.js';
import {type Answer, openTestShop, type TestShop, type TestShopOptions} from '../open-test-shop.js';
import {makeTestProvider, type TestProvider} from './test-provider.js';

export type Wish = {readonly slug: unknown; readonly quantity: unknown};

export type CheckoutShop = TestShop & {
	readonly provider: TestProvider;
	readonly collections: Collections;
	/** With a key of its own where none is given. */
	buy(token: string, items: readonly unknown[], key?: string): Promise<Answer>;
	stock(products: Readonly<Record<string, number>>): Promise<void>;
	stockOf(slug: string): Promise<number>;
	/** Units in orders that hold them, by slug. */
	soldOf(slug: string): Promise<number>;
};

/** A shop with a provider inside the test. */
export async function openCheckout(
	variables: Partial<Record<SettingName, string>> = {},
	options: Pick<TestShopOptions, 'database'> = {},
): Promise<CheckoutShop> {
	const provider = makeTestProvider();
	const shop = await openTestShop(variables, {payments: provider, ...options});
	const collections = openCollections(shop.database.mongo.db(shop.database.name));
	return {...shop, provider, collections, ...shelf(collections), buy: buyer(shop.request)};
}

export function makeKey(): string {
	return `key-${randomBytes(8).toString('hex')}`;
}

export function buyer(request: TestShop['request']): CheckoutShop['buy'] {
	return (token, items, key = makeKey()) =>
		request('POST', '/api/checkout', {body: {items}, token, headers: {'idempotency-key': key}});
}

/** What lies there and what was sold, read from the database. */
export function shelf({products, orders}: Collections): Pick<CheckoutShop, 'stock' | 'stockOf' | 'soldOf'> {
	return {
		async stock(wanted) {
			for (const [slug, stock] of Object.entries(wanted)) {
				const $set = {name: `The ${slug}`, category: 'home', pricePaise: 10_000 + slug.length, stock};
				await products.updateOne({slug}, {$set}, {upsert: true});
			}
		},
		async stockOf(slug) {
			return (await products.findOne({slug}))?.stock ?? Number.NaN;
		},
		async soldOf(slug) {
			const holding = await orders.find({stock: 'taken', 'lines.slug': slug}).toArray();
			return holding
				.flatMap(({lines}) => lines)
				.filter((line) => line.slug === slug)
				.reduce((sum, {quantity}) => sum + quantity, 0);
		},
	};
}

/** The id of the order that an answer is about. */
export function orderIdOf({body}: Answer): string {
	return (body['order'] as {id: string}).id;
}
