import {type Db, ObjectId} from 'mongodb';
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import type {Host} from '../../src/kernel/host.js';
import {applyMigration} from '../../src/migrate/apply.js';
import {MARK_FIELD} from '../../src/migrate/batch.js';
import type {LoadedMigration} from '../../src/migrate/catalogue.js';
import {migrationRows} from '../../src/migrate/rows.js';
import {openMongo} from '../../src/ports/mongo.js';
import {makeTestHost} from '../support/host.js';
import {freshDatabase, privateServer} from '../support/mongo.js';
import {makeMigration, source} from './support/files.js';
import {makeTestLease} from './support/lease.js';

const isFull = process.env['SASTAOPS_TEST_FULL'] === '1';

type World = {readonly db: Db; close(): Promise<void>};
type Server = {readonly name: string; readonly documents: number; open(): Promise<World>};

/** With transactions (a replica set), and without (a standalone server): the promise is the same. */
const SERVERS: readonly Server[] = [
	{
		name: 'a replica set',
		documents: 10_000,
		async open() {
			const {mongo, name, drop} = await freshDatabase();
			return {db: mongo.db(name), close: drop};
		},
	},
	{
		name: 'a standalone server',
		documents: isFull ? 10_000 : 3000,
		async open() {
			const server = await privateServer({standalone: true});
			const mongo = await openMongo(server.uri, makeTestHost());
			return {
				db: mongo.db('shop'),
				async close() {
					await mongo.close();
					await server.stop();
				},
			};
		},
	},
];

const BATCH = isFull ? 500 : 1500;
const COUNT_UP = source(
	`export const steps = [{name: 'count', backfill: {collection: 'orders', filter: {old: {$ne: true}}, batchSize: ${BATCH}, update: {$inc: {times: 1}}}}];`,
);

describe.each(SERVERS)('a backfill on $name', ({name, documents, open}) => {
	let world: World;
	let db: Db;
	beforeAll(async () => {
		world = await open();
		db = world.db;
	});
	afterAll(() => world.close());
	beforeEach(() => db.dropDatabase());

	const apply = (migration: LoadedMigration, host: Host, token: number, signal = new AbortController().signal) =>
		applyMigration({db, lease: makeTestLease(token), migration, run: 'run', signal}, host);

	it('touches each document exactly once although it is cut at every batch', async () => {
		await db.collection('orders').insertMany(Array.from({length: documents}, (_, n) => ({n, old: n % 10 === 0})));
		const migration = await makeMigration(COUNT_UP);
		const cuts: string[] = [];
		let token = 0;
		let outcome: string | undefined;
		while (outcome === undefined) {
			const host = makeHostCutOnce(cuts, name);
			outcome = await Promise.race([
				apply(migration, host, ++token).then((done) => done.outcome),
				host.cut.then(() => undefined),
			]);
		}

		// Every batch, the last and empty one too, was cut before and after; on a standalone server also inside.
		const batches = Math.ceil((documents * 0.9) / BATCH) + 1;
		expect(cuts.length).toBe(batches * 2 + (name === 'a replica set' ? 0 : batches - 1));
		expect(outcome).toBe('resumed');
		expect(await db.collection('orders').countDocuments({times: 1})).toBe(documents * 0.9);
		expect(await db.collection('orders').countDocuments({times: {$exists: true}})).toBe(documents * 0.9);
		expect(await db.collection('orders').countDocuments({[MARK_FIELD]: {$exists: true}})).toBe(0);
		expect((await migrationRows(db).findOne())?.cursor).toEqual({
			'count:orders': expect.objectContaining({changed: documents * 0.9, isFinished: true}),
		});
	}, 120_000);

	it('walks through ids of every type', async () => {
		const ids = ['b', 'a', 3, 1, new ObjectId(), new Date(), 'c', 2.5, new ObjectId()];
		await db.collection('orders').insertMany(ids.map((_id) => ({_id: _id as never})));
		await apply(await makeMigration(COUNT_UP.replace(`batchSize: ${BATCH}`, 'batchSize: 2')), makeTestHost(), 1);
		expect(await db.collection('orders').countDocuments({times: 1})).toBe(ids.length);
	});

	it('makes the update of each document by a function, and leaves alone what it returns nothing for', async () => {
		await db.collection('orders').insertMany(Array.from({length: 25}, (_, n) => ({n})));
		const migration = await makeMigration(
			source(
				"export const up = ({backfill}) => backfill({collection: 'orders', batchSize: 10, each: ({n}) => (n % 5 === 0 ? undefined : {$set: {twice: n * 2}})});",
			),
		);
		await apply(migration, makeTestHost(), 1);
		const changed = await db
			.collection('orders')
			.find({twice: {$exists: true}})
			.toArray();
		expect(changed).toHaveLength(20);
		expect(changed.every(({n, twice}) => twice === n * 2)).toBe(true);
	});

	it('updates by a pipeline', async () => {
		await db.collection('orders').insertMany([{paise: 100}, {paise: 250}]);
		const migration = await makeMigration(
			source(
				"export const up = ({backfill}) => backfill({collection: 'orders', update: [{$set: {rupees: {$divide: ['$paise', 100]}}}]});",
			),
		);
		await apply(migration, makeTestHost(), 1);
		const rupees = (await db.collection('orders').find().sort({paise: 1}).toArray()).map(({rupees}) => rupees);
		expect(rupees).toEqual([1, 2.5]);
	});

	it('stops at the edge of a batch when told to, and goes on from there', async () => {
		await db.collection('orders').insertMany(Array.from({length: 40}, (_, n) => ({n})));
		const migration = await makeMigration(COUNT_UP.replace(`batchSize: ${BATCH}`, 'batchSize: 10'));
		const stop = new AbortController();
		const host = makeTestHost({
			emit: (event) => event.type === 'progress' && event.done === 20 && stop.abort(new Error('stop')),
		});
		await expect(apply(migration, host, 1, stop.signal)).rejects.toThrow('stop');
		expect(await db.collection('orders').countDocuments({times: 1})).toBe(20);

		await apply(migration, makeTestHost(), 2);
		expect(await db.collection('orders').countDocuments({times: 1})).toBe(40);
	});
});

it('a paused run that wakes after another one took over writes nothing more', async () => {
	const {mongo, name, drop} = await freshDatabase();
	const db = mongo.db(name);
	await db.collection('orders').insertMany(Array.from({length: 30}, (_, n) => ({n})));
	const migration = await makeMigration(COUNT_UP.replace(`batchSize: ${BATCH}`, 'batchSize: 10'));
	let wake: () => void = () => undefined;
	const paused = new Promise<void>((resolve) => {
		wake = resolve;
	});
	let batches = 0;
	// It has passed the check of its lease, then sleeps: only the fence in the write itself can stop it.
	const sleeper = applyMigration(
		{db, lease: makeTestLease(1), migration, run: 'a', signal: new AbortController().signal},
		makeTestHost({
			fault: async (point) => {
				if (point === 'migration.batch.before' && ++batches === 2) await paused;
			},
		}),
	);
	const outcome = sleeper.catch((error: unknown) => error);
	await expect.poll(() => batches).toBe(2);
	await applyMigration(
		{db, lease: makeTestLease(2), migration, run: 'b', signal: new AbortController().signal},
		makeTestHost(),
	);
	wake();

	expect(await outcome).toMatchObject({code: 'LEASE_LOST', exitCode: 5});
	expect(await db.collection('orders').countDocuments({times: 1})).toBe(30);
	expect(await migrationRows(db).findOne()).toMatchObject({state: 'applied', run: 'b'});
	await drop();
});

/** A host that, at the first point it has not been cut at yet, stops answering for ever: as a killed process does. */
function makeHostCutOnce(cuts: string[], server: string): Host & {readonly cut: Promise<void>} {
	let tell: () => void = () => undefined;
	const cut = new Promise<void>((resolve) => {
		tell = resolve;
	});
	let batch = cuts.filter((point) => point.endsWith('.after')).length;
	// An abandoned transaction would keep its locks; killing real processes inside one is another test.
	const points = server === 'a replica set' ? ['before', 'after'] : ['before', 'written', 'after'];
	return {
		...makeTestHost(),
		cut,
		fault: async (point) => {
			const kind = points.find((suffix) => point === `migration.batch.${suffix}`);
			if (kind === undefined) return;
			const label = `${batch}.${kind}`;
			if (!cuts.includes(label)) {
				cuts.push(label);
				tell();
				await new Promise(() => undefined);
			}
			if (kind === 'after') batch++;
		},
	};
}
