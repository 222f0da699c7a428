import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {createIndexes} from '../../src/database/index-create.js';
import {findDuplicates, readCollectionIndexes} from '../../src/database/index-facts.js';
import {planIndexes} from '../../src/database/index-plan.js';
import {listIndexes, type NeededIndex} from '../../src/database/indexes.js';
import type {Database} from '../../src/local/database.js';
import {type Mongo, openMongo} from '../../src/ports/mongo.js';
import {makeTestHost} from '../support/host.js';
import {privateServer} from '../support/mongo.js';

let server: Database;
let mongo: Mongo;
beforeAll(async () => {
	server = await privateServer({testCommands: true});
	mongo = await openMongo(server.uri, makeTestHost());
}, 60_000);
afterAll(async () => {
	await mongo?.close();
	await server?.stop();
});
beforeEach(async () => {
	await db().dropDatabase();
	await users().insertMany([{email: 'a'}, {email: 'b'}]);
});

const db = () => mongo.db('shop');
const users = () => db().collection('users');
const EMAIL: NeededIndex = {keys: {email: 1}, unique: true};

async function create(needed: readonly NeededIndex[], replace?: string, host = makeTestHost()) {
	const facts = await readCollectionIndexes(db(), 'users', needed);
	const {indexes} = planIndexes([facts], () => undefined);
	return createIndexes({db: db(), lease: {assertHeld: async () => undefined}, indexes, replace}, host);
}

/** The next `createIndexes` fail with these codes, one after the other. */
async function failBuilds(mode: object | string, errorCode: number) {
	await mongo
		.db('admin')
		.command({configureFailPoint: 'failCommand', mode, data: {failCommands: ['createIndexes'], errorCode}});
}

describe('making indexes', () => {
	it('tells each with its time, and takes one that came meanwhile for there', async () => {
		const facts = await readCollectionIndexes(db(), 'users', [EMAIL]);
		const {indexes} = planIndexes([facts], () => undefined);
		await users().createIndex({email: 1}, {unique: true});
		const host = makeTestHost();
		const lease = {assertHeld: async () => undefined};
		expect(await createIndexes({db: db(), lease, indexes, replace: undefined}, host)).toMatchObject([
			{subject: 'users.email_1', outcome: 'there'},
		]);
		expect(host.events.map((event) => (event.type === 'step' ? event.state : event.type))).toEqual([
			'start',
			'already',
		]);
	});

	it('stops at the first that fails, and begins none after it', async () => {
		await users().insertOne({email: 'a'});
		expect(await create([EMAIL, {keys: {name: 1}}])).toMatchObject([{outcome: 'failed'}]);
		expect((await listIndexes(db(), 'users')).map(({name}) => name)).toEqual(['_id_']);
	});

	it('touches nothing when another run has taken the lease', async () => {
		const facts = await readCollectionIndexes(db(), 'users', [EMAIL]);
		const {indexes} = planIndexes([facts], () => undefined);
		const lease = {assertHeld: () => Promise.reject(new Error('lost'))};
		await expect(createIndexes({db: db(), lease, indexes, replace: undefined}, makeTestHost())).rejects.toThrow('lost');
		expect(await listIndexes(db(), 'users')).toHaveLength(1);
	});

	it('says when it is stopped that the server goes on, and how that is ended', async () => {
		const controller = new AbortController();
		const host = makeTestHost({signal: controller.signal});
		await mongo.db('admin').command({
			configureFailPoint: 'failCommand',
			mode: {times: 1},
			data: {failCommands: ['createIndexes'], blockConnection: true, blockTimeMS: 1500},
		});
		setTimeout(() => controller.abort(new Error('Ctrl-C')), 300);
		await expect(create([EMAIL], undefined, host)).rejects.toThrow('Ctrl-C');
		expect(host.events).toContainEqual(
			expect.objectContaining({type: 'log', message: expect.stringContaining('db.users.dropIndex("email_1")')}),
		);
	});
});

describe('replacing an index', () => {
	beforeEach(() => users().createIndex({email: 1}, {name: 'mail'}));

	it('goes by the name alone: another stays', async () => {
		expect(await create([EMAIL], 'other')).toMatchObject([{outcome: 'failed'}]);
		expect((await listIndexes(db(), 'users')).map(({name}) => name)).toEqual(['_id_', 'mail']);
	});

	it('drops first where the server takes no second one on the same fields', async () => {
		await failBuilds({times: 1}, 85);
		expect(await create([EMAIL], 'mail')).toMatchObject([{outcome: 'replaced'}]);
		expect(await listIndexes(db(), 'users')).toMatchObject([{name: '_id_'}, {name: 'email_1', unique: true}]);
	});

	it('keeps the old one when the new one cannot be made', async () => {
		await users().insertOne({email: 'a'});
		expect(await create([EMAIL], 'mail')).toMatchObject([{outcome: 'failed'}]);
		expect((await listIndexes(db(), 'users')).map(({name}) => name)).toEqual(['_id_', 'mail']);
	});

	it('makes the old one again when it had to go and the new one cannot be made', async () => {
		await users().insertOne({email: 'a'});
		await failBuilds({times: 1}, 85);
		expect(await create([EMAIL], 'mail')).toMatchObject([{outcome: 'failed'}]);
		expect((await listIndexes(db(), 'users')).map(({name}) => name)).toEqual(['_id_', 'mail']);
	});

	it('names the command when neither is there in the end', async () => {
		await failBuilds('alwaysOn', 85);
		try {
			await expect(create([EMAIL], 'mail')).rejects.toMatchObject({
				code: 'INDEX_LOST',
				exitCode: 5,
				hint: 'In mongosh: db.users.createIndex({"email":1}, {"name":"mail","v":2})',
			});
		} finally {
			await mongo.db('admin').command({configureFailPoint: 'failCommand', mode: 'off'});
		}
	});
});

describe('doubles', () => {
	const doubles = (index: NeededIndex) => findDuplicates(db(), 'users', index, new AbortController().signal);

	it.each([
		['none', [], EMAIL, 0],
		['a value', [{email: 'a'}], EMAIL, 1],
		[
			'letters that a collation takes for the same',
			[{email: 'A'}],
			{...EMAIL, collation: {locale: 'en', strength: 2}},
			1,
		],
		['letters that none does', [{email: 'A'}], EMAIL, 0],
		['missing fields, which count as null', [{}, {email: null}], EMAIL, 1],
		['missing fields of a sparse index', [{}, {}], {...EMAIL, sparse: true}, 0],
		['of two fields only one', [{email: 'a', shop: 2}], {keys: {email: 1, shop: 1}, unique: true}, 0],
		['six values, of which five are looked for', 'abcdef', EMAIL, 5],
	] as const)('are found: %s', async (_, documents, index, values) => {
		const more = typeof documents === 'string' ? [...documents, ...documents].map((email) => ({email})) : documents;
		if (more.length > 0) await users().insertMany(more.map((document) => ({...document})));
		expect(await doubles(index)).toMatchObject({values});
	});

	it('are told to be of documents without the field', async () => {
		await users().insertMany([{}, {}]);
		expect(await doubles(EMAIL)).toEqual({values: 1, isMissing: true});
	});

	it('are looked for in memory where the tier allows no disk, and are unknown where that is too slow', async () => {
		const fail = (mode: object | string, errorCode: number) =>
			mongo
				.db('admin')
				.command({configureFailPoint: 'failCommand', mode, data: {failCommands: ['aggregate'], errorCode}});
		await fail({times: 1}, 8000);
		expect(await doubles(EMAIL)).toMatchObject({values: 0});
		await fail({times: 1}, 50);
		expect(await doubles(EMAIL)).toBe('unknown');
	});
});
