import {type Admin, type MongoClient as Client, Collection, Db, type Document, MongoClient} from 'mongodb';
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {SastaError} from '../../src/kernel/errors.js';
import {guardDb, readOnlyDb} from '../../src/migrate/guard.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';

let fresh: FreshDatabase;
let raw: Db;

beforeAll(async () => {
	fresh = await freshDatabase();
	raw = fresh.mongo.db(fresh.name);
});
afterAll(() => fresh.drop());
beforeEach(async () => {
	await raw.dropDatabase();
	await raw.collection('items').insertMany([
		{_id: 1 as never, n: 1},
		{_id: 2 as never, n: 2},
	]);
});

const lost = async () => {
	throw new SastaError('LEASE_LOST', 'lost');
};

type Use = (db: Db) => unknown;
const items = (db: Db): Collection => db.collection('items');

const WRITES: Record<string, Use> = {
	'collection.insertOne': (db) => items(db).insertOne({n: 3}),
	'collection.insertMany': (db) => items(db).insertMany([{n: 3}]),
	'collection.updateOne': (db) => items(db).updateOne({n: 1}, {$set: {n: 9}}),
	'collection.updateMany': (db) => items(db).updateMany({}, {$set: {n: 9}}),
	'collection.replaceOne': (db) => items(db).replaceOne({n: 1}, {n: 9}),
	'collection.deleteOne': (db) => items(db).deleteOne({n: 1}),
	'collection.deleteMany': (db) => items(db).deleteMany({}),
	'collection.bulkWrite': (db) => items(db).bulkWrite([{deleteOne: {filter: {n: 1}}}]),
	'collection.findOneAndUpdate': (db) => items(db).findOneAndUpdate({n: 1}, {$set: {n: 9}}),
	'collection.findOneAndReplace': (db) => items(db).findOneAndReplace({n: 1}, {n: 9}),
	'collection.findOneAndDelete': (db) => items(db).findOneAndDelete({n: 1}),
	'collection.createIndex': (db) => items(db).createIndex({n: 1}),
	'collection.createIndexes': (db) => items(db).createIndexes([{key: {n: 1}}]),
	'collection.dropIndex': (db) => items(db).dropIndex('n_1'),
	'collection.dropIndexes': (db) => items(db).dropIndexes(),
	'collection.createSearchIndex': (db) => items(db).createSearchIndex({definition: {}}),
	'collection.createSearchIndexes': (db) => items(db).createSearchIndexes([{definition: {}}]),
	'collection.updateSearchIndex': (db) => items(db).updateSearchIndex('x', {}),
	'collection.dropSearchIndex': (db) => items(db).dropSearchIndex('x'),
	'collection.rename': (db) => items(db).rename('things'),
	'collection.drop': (db) => items(db).drop(),
	'collection.aggregate with $out': (db) =>
		items(db)
			.aggregate([{$out: 'copy'}])
			.toArray(),
	'collection.aggregate with $merge': (db) =>
		items(db)
			.aggregate([{$merge: {into: 'copy'}}])
			.hasNext(),
	'collection.aggregate with a later $out': (db) => items(db).aggregate([]).out('copy').toArray(),
	'collection.aggregate with an added stage': (db) => items(db).aggregate([]).addStage({$out: 'copy'}).next(),
	'collection.aggregate by for await': async (db) => {
		for await (const _ of items(db).aggregate([{$out: 'copy'}])) break;
	},
	'collection.aggregate by stream': async (db) =>
		items(db)
			.aggregate([{$out: 'copy'}])
			.stream(),
	'collection.initializeOrderedBulkOp': (db) => items(db).initializeOrderedBulkOp().insert({n: 3}).execute(),
	'collection.initializeUnorderedBulkOp': (db) => items(db).initializeUnorderedBulkOp().insert({n: 3}).execute(),
	'db.createCollection': (db) => db.createCollection('more'),
	'db.dropCollection': (db) => db.dropCollection('items'),
	'db.dropDatabase': (db) => db.dropDatabase(),
	'db.renameCollection': (db) => db.renameCollection('items', 'things'),
	'db.createIndex': (db) => db.createIndex('items', {n: 1}),
	'db.removeUser': (db) => db.removeUser('somebody'),
	'db.setProfilingLevel': (db) => db.setProfilingLevel('all'),
	'db.command insert': (db) => db.command({insert: 'items', documents: [{n: 3}]}),
	'db.command collMod': (db) => db.command({collMod: 'items', validator: {}}),
	'db.command unheard of': (db) => db.command({someNewCommand: 1}),
	'db.command aggregate with $out': (db) => db.command({aggregate: 'items', pipeline: [{$out: 'copy'}], cursor: {}}),
	'db.runCursorCommand that writes': async (db) => db.runCursorCommand({insert: 'items', documents: [{n: 3}]}),
	'db.aggregate with $merge': (db) => db.aggregate([{$documents: [{n: 3}]}, {$merge: {into: 'items'}}]).toArray(),
	'db.collections()': async (db) => (await db.collections())[0]?.deleteMany({}),
	'db.admin().command': (db) => db.admin().command({createUser: 'x', pwd: 'x', roles: []}),
	'db.admin().removeUser': (db) => db.admin().removeUser('x'),
	'collection.db': (db) => items(db).db.collection('items').deleteMany({}),
	'db.client.db': (db) => db.client.db(db.databaseName).collection('items').deleteMany({}),
	'db.client.bulkWrite': (db) =>
		db.client.bulkWrite([{name: 'deleteMany', namespace: `${db.databaseName}.items`, filter: {}}]),
	'a renamed collection': async (db) => (await db.createCollection('a')).insertOne({}),
};

const READS: Record<string, Use> = {
	'collection.find': (db) => items(db).find().toArray(),
	'collection.findOne': (db) => items(db).findOne(),
	'collection.countDocuments': (db) => items(db).countDocuments(),
	'collection.estimatedDocumentCount': (db) => items(db).estimatedDocumentCount(),
	'collection.distinct': (db) => items(db).distinct('n'),
	'collection.indexes': (db) => items(db).indexes(),
	'collection.listIndexes': (db) => items(db).listIndexes().toArray(),
	'collection.aggregate': (db) =>
		items(db)
			.aggregate([{$match: {n: 1}}])
			.toArray(),
	'collection.aggregate by for await': async (db) => {
		for await (const item of items(db).aggregate([])) return item;
		return undefined;
	},
	'db.listCollections': (db) => db.listCollections().toArray(),
	'db.stats': (db) => db.stats(),
	'db.command find': (db) => db.command({find: 'items'}),
	'db.command aggregate': (db) => db.command({aggregate: 'items', pipeline: [], cursor: {}}),
	'db.admin().ping': (db) => db.admin().ping(),
	'collection names': async (db) => [items(db).collectionName, db.databaseName].length,
	'a session': async (db) => {
		const session = db.client.startSession();
		await items(db).findOne({}, {session});
		await session.endSession();
		return true;
	},
};

describe('guardDb', () => {
	it.each(Object.entries(WRITES))('asks before a write by %s, which then does not happen', async (_name, use) => {
		const before = await snapshot();
		const writing = (async () => use(guardDb(raw, lost)))();
		await expect(writing).rejects.toMatchObject({
			code: expect.stringMatching(/^(LEASE_LOST|MIGRATION_WRITE_REFUSED)$/),
		});
		expect(await snapshot()).toEqual(before);
	});

	it.each(Object.entries(READS))('lets %s read without asking', async (_name, use) => {
		const result = await use(guardDb(raw, lost));
		expect(result).toBeDefined();
	});

	it('writes when the lease is held, and asks every time', async () => {
		let asked = 0;
		const db = guardDb(raw, async () => {
			asked++;
		});
		await items(db).insertOne({n: 3});
		await items(db)
			.aggregate([{$match: {n: 3}}])
			.out('copy')
			.toArray();
		await db.client.withSession(async (session) => items(db).updateOne({n: 3}, {$set: {n: 4}}, {session}));
		expect(asked).toBe(3);
		expect(await raw.collection('copy').countDocuments()).toBe(1);
		expect(await raw.collection('items').countDocuments({n: 4})).toBe(1);
	});

	it('knows every method the driver has: a new one is looked at before the driver is updated', () => {
		const admin = (raw.admin() as Admin).constructor;
		const methods = Object.fromEntries(
			[Collection, Db, admin, MongoClient].map(({name, prototype}) => [name, methodsOf(prototype)]),
		);
		expect(methods).toMatchSnapshot();
	});
});

it('readOnlyDb refuses every write, whoever holds the lease', async () => {
	await expect(items(readOnlyDb(raw)).insertOne({})).rejects.toMatchObject({code: 'MIGRATION_WRITE_REFUSED'});
	expect(await items(readOnlyDb(raw)).countDocuments()).toBe(2);
});

async function snapshot(): Promise<Document> {
	const client: Client = fresh.mongo.client;
	const names = (await raw.listCollections({}, {nameOnly: true}).toArray()).map(({name}) => name).sort();
	const contents: Document = {};
	for (const name of names) {
		contents[name] = {
			documents: await client.db(fresh.name).collection(name).find().sort({_id: 1}).toArray(),
			indexes: await client.db(fresh.name).collection(name).indexes(),
		};
	}
	return contents;
}

function methodsOf(prototype: object): string[] {
	return Object.entries(Object.getOwnPropertyDescriptors(prototype))
		.filter(([name, {value}]) => typeof value === 'function' && name !== 'constructor' && !name.startsWith('_'))
		.map(([name]) => name)
		.sort();
}
