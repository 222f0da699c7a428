import {type Db, ObjectId} from 'mongodb';
import {afterAll, beforeAll, beforeEach, expect, it} from 'vitest';
import {SastaError} from '../../src/kernel/errors.js';
import {applySeeds, undoSeeds} from '../../src/migrate/apply-seeds.js';
import {type LoadedSeed, loadSeeds, planSeeds} from '../../src/migrate/seeds.js';
import {makeTestHost} from '../support/host.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';
import {makeFolder} from './support/files.js';
import {makeTestLease} from './support/lease.js';

let fresh: FreshDatabase;
let db: Db;

beforeAll(async () => {
	fresh = await freshDatabase();
	db = fresh.mongo.db(fresh.name);
});
afterAll(() => fresh.drop());
beforeEach(() => db.dropDatabase());

const CATEGORIES = `export const title = 'Categories';
export const collection = 'categories';
export const key = 'slug';
export const documents = [{slug: 'tea', name: 'Tea', rank: 1}, {slug: 'rice', name: 'Rice', rank: 2}];`;

async function makeSeeds(text = CATEGORIES): Promise<LoadedSeed[]> {
	return loadSeeds(await makeFolder({'010-categories.ts': text}), makeTestHost());
}

const request = (seeds: readonly LoadedSeed[], lease = makeTestLease()) => ({
	db,
	lease,
	seeds,
	run: 'run-1',
	signal: new AbortController().signal,
});
const all = () =>
	db
		.collection('categories')
		.find({}, {projection: {_id: 0}})
		.sort({slug: 1})
		.toArray();

it('counts what is new, changed and as it should be', async () => {
	await db.collection('categories').insertMany([{slug: 'tea', name: 'Chai', rank: 1}]);
	expect(await planSeeds(db, await makeSeeds())).toEqual([
		{id: '010-categories', title: 'Categories', collection: 'categories', added: 1, changed: 1, same: 0},
	]);
});

it('makes the documents be there, and a second time changes nothing', async () => {
	await db.collection('categories').insertOne({slug: 'tea', name: 'Chai', rank: 1, views: 7});
	const seeds = await makeSeeds();
	expect(await applySeeds(request(seeds), makeTestHost())).toEqual([{id: '010-categories', added: 1, changed: 1}]);
	expect(await all()).toEqual([
		{slug: 'rice', name: 'Rice', rank: 2},
		{slug: 'tea', name: 'Tea', rank: 1, views: 7},
	]);
	expect(await applySeeds(request(seeds), makeTestHost())).toEqual([{id: '010-categories', added: 0, changed: 0}]);
});

it('leaves alone what is there when it is told to keep it', async () => {
	await db.collection('categories').insertOne({slug: 'tea', name: 'Chai'});
	await applySeeds(request(await makeSeeds(`${CATEGORIES}\nexport const existing = 'keep';`)), makeTestHost());
	expect((await all()).find(({slug}) => slug === 'tea')).toEqual({slug: 'tea', name: 'Chai'});
});

it('takes out what a run added and nothing else, however the run was cut', async () => {
	const other = {_id: new ObjectId(), slug: 'salt', name: 'Salt'};
	await db.collection('categories').insertOne(other);
	const seeds = await makeSeeds();
	// Cut between the first and the second document: the third check of the lease is the one before the second insert.
	const lease = makeTestLease();
	const cut = {
		token: 1,
		assertHeld: async () => {
			await lease.assertHeld();
			if (lease.checks === 3) throw new SastaError('LEASE_LOST', 'cut');
		},
	};
	await expect(applySeeds({...request(seeds), lease: cut}, makeTestHost())).rejects.toThrow('cut');
	expect(await all()).toHaveLength(2);

	expect(await undoSeeds({db, lease: makeTestLease(2), run: 'run-1'}, makeTestHost())).toEqual({
		removed: 1,
		leftChanged: 0,
	});
	expect(await db.collection('categories').find().toArray()).toEqual([other]);
	expect(await undoSeeds({db, lease: makeTestLease(2), run: 'run-1'}, makeTestHost())).toEqual({
		removed: 0,
		leftChanged: 0,
	});
});

it('after a cut goes on, and still knows everything the run added', async () => {
	const seeds = await makeSeeds();
	let checks = 0;
	const cut = {
		token: 1,
		assertHeld: async () => {
			if (++checks === 3) throw new SastaError('LEASE_LOST', 'cut');
		},
	};
	await expect(applySeeds({...request(seeds), lease: cut}, makeTestHost())).rejects.toThrow('cut');
	await applySeeds(request(seeds), makeTestHost());
	expect(await all()).toHaveLength(2);
	expect((await undoSeeds({db, lease: makeTestLease(), run: 'run-1'}, makeTestHost())).removed).toBe(2);
	expect(await all()).toEqual([]);
});

it('does not take out a document that somebody else put under the same key meanwhile', async () => {
	const seeds = await makeSeeds();
	let checks = 0;
	const lease = {
		token: 1,
		assertHeld: async () => {
			// The plan is made, the ids are written down, nothing is inserted yet.
			if (++checks === 2) await db.collection('categories').insertOne({slug: 'tea', name: 'Theirs'});
		},
	};
	await applySeeds({...request(seeds), lease}, makeTestHost());
	await undoSeeds({db, lease: makeTestLease(), run: 'run-1'}, makeTestHost());
	expect(await all()).toEqual([{slug: 'tea', name: 'Theirs'}]);
});

it('writes nothing when the lease is lost', async () => {
	const lease = makeTestLease();
	lease.lose();
	await expect(applySeeds(request(await makeSeeds(), lease), makeTestHost())).rejects.toMatchObject({
		code: 'LEASE_LOST',
	});
	expect(await db.collections()).toEqual([]);
});

it.each([
	['a document without its key', "[{name: 'Tea'}]", 'has no slug'],
	['two documents of the same key', "[{slug: 'a'}, {slug: 'a'}]", 'has the key of an earlier one'],
	['documents that are no list', '7', 'documents'],
])('refuses %s', async (_name, documents, detail) => {
	const text = CATEGORIES.replace(/\[.*\]/, documents);
	await expect(makeSeeds(text)).rejects.toMatchObject({
		code: 'SEED_INVALID',
		exitCode: 2,
		details: [expect.stringContaining(detail)],
	});
});
