import {afterEach, beforeEach, describe, expect, it, onTestFinished} from 'vitest';
import {ensureIndexes, readIndexes} from '../../../src/app/boot/indexes.js';
import {openShop} from '../../../src/app/shop.js';
import {openMongo} from '../../../src/ports/mongo.js';
import {makeTestHost} from '../../support/host.js';
import {type FreshDatabase, freshDatabase, privateServer} from '../../support/mongo.js';
import {testSettings} from '../test-settings.js';

let database: FreshDatabase;
beforeEach(async () => {
	database = await freshDatabase();
});
afterEach(() => database.drop());

const db = () => database.mongo.db(database.name);
const start = () => openShop({settings: testSettings(database)}, makeTestHost());

describe('the indexes, on starting', () => {
	it('are made by many instances at once', async () => {
		await Promise.all(Array.from({length: 4}, () => ensureIndexes(db())));
		expect((await readIndexes(db())).missing).toEqual([]);
	});

	it('that stand in the way are named, all at once, and never dropped', async () => {
		await db().collection('users').createIndex({email: 1}, {name: 'mail'});
		await db().collection('sessions').createIndex({expiresAt: 1}, {expireAfterSeconds: 3600});
		await expect(start()).rejects.toMatchObject({
			code: 'INDEX_CONFLICT',
			exitCode: 4,
			details: [
				expect.stringContaining('users.mail: it is not unique'),
				expect.stringContaining('sessions.expiresAt_1: it deletes documents after 3600 s'),
			],
		});
		expect((await db().collection('users').indexes()).map(({name}) => name)).toEqual(['_id_', 'mail']);
		expect(await readIndexes(db())).toMatchObject({missing: expect.arrayContaining(['users.email_1'])});
	});

	it('that duplicates forbid stop the shop, which names them', async () => {
		await db()
			.collection('products')
			.insertMany([{slug: 'lamp'}, {slug: 'lamp'}]);
		await expect(start()).rejects.toMatchObject({
			code: 'INDEX_DUPLICATES',
			message: expect.stringContaining('products'),
			details: [expect.stringContaining('lamp')],
		});
	});
});

describe('the user of the database, on starting', () => {
	it('is refused when it may not write, and told of when it may too much', async () => {
		const server = await privateServer({auth: {user: 'root', password: 'a secret'}});
		onTestFinished(() => server.stop());
		const administrator = await openMongo(server.uri, makeTestHost());
		const uriOf = (user: string) => server.uri.replace('root:', `${user}:`);
		await administrator.db('admin').command({
			createUser: 'reader',
			pwd: 'a secret',
			roles: [{role: 'read', db: 'sastabazar'}],
		});
		await administrator.db('admin').command({
			createUser: 'shop',
			pwd: 'a secret',
			roles: [{role: 'readWrite', db: 'sastabazar'}],
		});
		await administrator.close();
		const open = (user: string) =>
			openShop({settings: testSettings({uri: uriOf(user), name: 'sastabazar'})}, makeTestHost());

		await expect(open('reader')).rejects.toMatchObject({code: 'PRIVILEGES_MISSING', exitCode: 4});

		const shop = await open('shop');
		expect(shop.shop.databaseWarnings).toEqual([]);
		await shop.close();

		const strong = await open('root');
		expect(strong.shop.databaseWarnings).toEqual([expect.stringContaining('may do more than a shop needs')]);
		await strong.close();
	});
});
