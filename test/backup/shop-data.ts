import {BSON} from 'mongodb';
import type {FreshDatabase} from '../support/mongo.js';

/** A small shop with everything a dump can lose: every BSON type, indexes of several kinds, a validator, a view, emptiness. */
export async function fillShop({mongo, name}: Pick<FreshDatabase, 'mongo' | 'name'>, orders = 1000): Promise<void> {
	const db = mongo.db(name);
	await db.createCollection('products', {
		validator: {$jsonSchema: {bsonType: 'object', required: ['slug']}},
		validationAction: 'error',
	});
	await db.collection('products').createIndex({slug: 1}, {unique: true});
	await db
		.collection('products')
		.insertMany(
			Array.from({length: 50}, (_, number) => ({slug: `product-${number}`, price: new BSON.Int32(9900 + number)})),
		);
	await db.collection('orders').createIndexes([
		{key: {userId: 1, createdAt: -1}, name: 'by_user'},
		{key: {createdAt: 1}, expireAfterSeconds: 864_000_000},
		{key: {status: 1}, sparse: true},
	]);
	await db.collection('orders').insertMany(
		Array.from({length: orders}, (_, number) => ({
			userId: number % 17,
			createdAt: new Date(1_700_000_000_000 + number * 1000),
			paise: BSON.Long.fromNumber(number * 100),
			lines: [{slug: `product-${number % 50}`, quantity: 1 + (number % 3)}],
			note: 'x'.repeat(number % 200),
		})),
	);
	await db.collection('oddities').insertOne(everyType());
	await db.createCollection('empty');
	await db.createCollection('cheap', {viewOn: 'products', pipeline: [{$match: {price: {$lt: 9910}}}]});
	await db.collection('sastaops_control').insertOne({maintenance: true});
	await db.collection('sastaops_migrations').insertOne({name: '0001-first', checksum: 'abc'});
}

export function everyType(): BSON.Document {
	return {
		double: new BSON.Double(1.5),
		integer: new BSON.Int32(2),
		long: BSON.Long.fromString('9007199254740993'),
		wholeDouble: new BSON.Double(3),
		decimal: BSON.Decimal128.fromString('1.10'),
		text: 'ünïcode ₹',
		nul: 'a\0b',
		binary: new BSON.Binary(Buffer.from([1, 2, 3]), 5),
		uuid: new BSON.UUID(),
		expression: /^a.*b$/i,
		date: new Date(0),
		stamp: new BSON.Timestamp({t: 7, i: 9}),
		nothing: null,
		yes: true,
		least: new BSON.MinKey(),
		most: new BSON.MaxKey(),
		code: new BSON.Code('return 1'),
		nested: {array: [[], {}, [1, [2]]], deep: {deeper: {deepest: 1}}},
		'10': 'number-like names',
		'2': 'keep their order',
	};
}
