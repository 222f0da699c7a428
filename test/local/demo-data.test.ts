import {Double, Int32, ObjectId} from 'mongodb';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {fillShop, fingerprint} from '../../src/local/demo-data.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';

const SIZE = {products: 10, users: 10, orders: 50};

let one: FreshDatabase;
let other: FreshDatabase;
beforeAll(async () => {
	[one, other] = await Promise.all([freshDatabase(), freshDatabase()]);
	for (const {mongo, name} of [one, other]) await fillShop(mongo.db(name), SIZE);
});
afterAll(() => Promise.all([one.drop(), other.drop()]));

it('is the same for the same documents', async () => {
	expect(await fingerprint(one.mongo.db(one.name))).toBe(await fingerprint(other.mongo.db(other.name)));
});

it.each<[string, object, object]>([
	['one paisa', {$inc: {totalPaise: 1}}, {$inc: {totalPaise: -1}}],
	['a field more', {$set: {extra: true}}, {$unset: {extra: ''}}],
	['a type that prints alike', {$set: {status: new Int32(1)}}, {$set: {status: new Double(1)}}],
])('notices %s in one order', async (_name, change, back) => {
	const db = one.mongo.db(one.name);
	const orders = db.collection<{_id: ObjectId}>('orders');
	const {_id} = (await orders.findOne({}, {skip: 20})) ?? {_id: new ObjectId()};
	const before = await fingerprint(db);
	await orders.updateOne({_id}, change);
	const changed = await fingerprint(db);
	expect(changed).not.toBe(before);
	await orders.updateOne({_id}, back);
	expect(await fingerprint(db)).not.toBe(changed);
});

it('notices an order that is missing', async () => {
	const db = other.mongo.db(other.name);
	const before = await fingerprint(db);
	await db.collection('orders').deleteOne({});
	expect(await fingerprint(db)).not.toBe(before);
});
