import {afterAll, beforeAll, expect, it} from 'vitest';
import {makeShopEvents} from '../../../src/app/events.js';
import {openSecurityLog, type SecurityRecord} from '../../../src/app/observe/security-log.js';
import {makeTestHost} from '../../support/host.js';
import {type FreshDatabase, freshDatabase} from '../../support/mongo.js';
import {openTestShop} from '../open-test-shop.js';

let database: FreshDatabase;
beforeAll(async () => {
	database = await freshDatabase();
});
afterAll(() => database.drop());

it('keeps each event, marked in the log, without secrets', async () => {
	const lines: Record<string, unknown>[] = [];
	const shop = await openTestShop({}, {log: (line) => void lines.push(JSON.parse(line))});
	const {events} = shop.shop.shop;
	events.emit({
		type: 'security',
		kind: 'signature.refused',
		detail: {address: '203.0.113.9', signature: 'abcdef', note: 'token=abcdef'},
	});
	expect(lines.at(-1)).toMatchObject({
		security: true,
		kind: 'signature.refused',
		address: '203.0.113.9',
		signature: '***',
	});
	// Stopping stores what is left.
	await shop.shop.close();
	const records = await shop.database.mongo
		.db(shop.database.name)
		.collection<SecurityRecord>('security_events')
		.find()
		.toArray();
	expect(records).toMatchObject([
		{
			kind: 'signature.refused',
			detail: {address: '203.0.113.9', signature: '***', note: 'token=***'},
			at: expect.any(Date),
		},
	]);
	const [index] = (await shop.database.mongo.db(shop.database.name).collection('security_events').indexes()).filter(
		({key}) => 'at' in key,
	);
	expect(index).toMatchObject({expireAfterSeconds: 90 * 86_400});
	await shop.database.drop();
});

it('keeps a hundred of a kind in a while, and how many more there were', async () => {
	const db = database.mongo.db(database.name);
	const events = makeShopEvents();
	const security = openSecurityLog({db, events, instance: 'one', logger: undefined, host: makeTestHost()});
	for (let i = 0; i < 5000; i++)
		events.emit({type: 'security', kind: 'rate.limited', detail: {address: `10.0.0.${i}`}});
	events.emit({type: 'security', kind: 'login.failed', detail: {address: '10.0.0.1'}});
	await security.flush();
	const collection = db.collection<SecurityRecord>('security_events');
	expect(await collection.countDocuments({kind: 'rate.limited'})).toBe(101);
	expect(await collection.countDocuments({kind: 'login.failed'})).toBe(1);
	expect(await collection.findOne({'detail.suppressed': {$exists: true}})).toMatchObject({detail: {suppressed: 4900}});
	await security.flush();
	expect(await collection.countDocuments()).toBe(102);
	security.close();
});

it('holds what could not be stored, bounded, and stores nothing twice', async () => {
	const db = database.mongo.db(`${database.name}_down`);
	const events = makeShopEvents();
	const collection = db.collection<SecurityRecord>('security_events');
	// A validator that no record passes stands for a database that says no.
	await db.createCollection('security_events', {validator: {never: {$exists: true}}});
	const security = openSecurityLog({db, events, instance: 'one', logger: undefined, host: makeTestHost()});
	for (let round = 0; round < 40; round++) {
		for (let i = 0; i < 100; i++) events.emit({type: 'security', kind: 'login.failed', detail: {round, i}});
		await expect(security.flush()).rejects.toThrow();
	}
	await db.command({collMod: 'security_events', validator: {}});
	await security.flush();
	expect(await collection.countDocuments()).toBe(2000);
	security.close();
	await db.dropDatabase();
});
