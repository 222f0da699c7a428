import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import {type CollectionContent, compareContent, databaseContent} from '../../src/backup/content.js';
import {makeTestHost} from '../support/host.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';
import {fillShop} from './shop-data.js';

describe('the content of a database', () => {
	const host = makeTestHost();
	let shop: FreshDatabase;
	let before: CollectionContent[];

	beforeEach(async () => {
		shop = await freshDatabase();
		await fillShop(shop, 300);
		before = await databaseContent(shop.mongo.db(shop.name), host);
	});
	afterEach(() => shop.drop());

	async function differencesAfter(change: (db: ReturnType<FreshDatabase['mongo']['db']>) => Promise<unknown>) {
		const db = shop.mongo.db(shop.name);
		await change(db);
		return compareContent(before, await databaseContent(db, host)).map(({collection, what}) => `${collection} ${what}`);
	}

	it('does not change by itself, nor with the maintenance switch', async () => {
		expect(
			await differencesAfter((db) => db.collection('sastaops_control').updateOne({}, {$set: {maintenance: false}})),
		).toEqual([]);
	});

	it('tells one changed field', async () => {
		expect(await differencesAfter((db) => db.collection('orders').updateOne({}, {$set: {userId: 99}}))).toEqual([
			'orders content',
		]);
	});

	it('tells an int32 from a double of the same value', async () => {
		expect(
			await differencesAfter((db) => db.collection('products').updateOne({}, [{$set: {price: {$toDouble: '$price'}}}])),
		).toEqual(['products content']);
	});

	it('tells a missing document, collection, index and a collection that is too many', async () => {
		expect(
			await differencesAfter(async (db) => {
				await db.collection('orders').deleteOne({});
				await db.dropCollection('oddities');
				await db.collection('products').dropIndex('slug_1');
				await db.createCollection('surplus');
			}),
		).toEqual(['oddities missing', 'orders documents', 'orders content', 'products indexes', 'surplus unexpected']);
	});

	it('tells an index with its keys in another order, and another validator', async () => {
		expect(
			await differencesAfter(async (db) => {
				await db.collection('orders').dropIndex('by_user');
				await db.collection('orders').createIndex({createdAt: -1, userId: 1}, {name: 'by_user'});
				await db.command({collMod: 'products', validator: {}});
			}),
		).toEqual(['orders indexes', 'products options']);
	});
});
