import {afterAll, beforeAll, expect, it} from 'vitest';
import {describeMigrations, previewBackfills} from '../../src/migrate/describe.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';
import {makeMigration, source} from './support/files.js';

let fresh: FreshDatabase;
beforeAll(async () => {
	fresh = await freshDatabase();
	const orders = fresh.mongo.db(fresh.name).collection('orders');
	await orders.insertMany(Array.from({length: 12}, (_, n) => ({n, status: n % 3 === 0 ? 'paid' : 'new'})));
	await orders.createIndex({status: 1});
});
afterAll(() => fresh.drop());

const backfill = (filter: string) =>
	source(
		`export const steps = [{name: 'mark', backfill: {collection: 'orders', filter: ${filter}, update: {$set: {x: 1}}}}];`,
	);
const db = () => fresh.mongo.db(fresh.name);

it('counts the documents of backfills, and believes an estimate where there is one', async () => {
	const migrations = await Promise.all([
		makeMigration(backfill("{status: 'paid'}")),
		makeMigration(
			source(
				"export const up = async () => undefined;\nexport const estimate = (db) => db.collection('orders').countDocuments();\nexport const operator = 'Restart the workers';",
			),
		),
		makeMigration(source('export const up = async () => undefined;')),
	]);
	const notes = await describeMigrations(migrations, db());
	expect(notes.map(({documents, operator}) => [documents, operator])).toEqual([
		[4, undefined],
		[12, 'Restart the workers'],
		[undefined, undefined],
	]);
	expect(notes[0]).toMatchObject({id: '0001-change', phase: 'expand', isReversible: false, irreversible: 'a test'});
});

it('does not let an estimate write', async () => {
	const migration = await makeMigration(
		source(
			"export const up = async () => undefined;\nexport const estimate = (db) => db.collection('orders').deleteMany({});",
		),
	);
	await expect(describeMigrations([migration], db())).rejects.toMatchObject({code: 'MIGRATION_WRITE_REFUSED'});
	expect(await db().collection('orders').countDocuments()).toBe(12);
});

it.each([
	["{status: 'paid'}", 4, /IXSCAN status_1/],
	['{n: {$gt: 5}}', 6, /^COLLSCAN$/],
])('shows how the server will find %s', async (filter, documents, plan) => {
	const [preview] = await previewBackfills(await makeMigration(backfill(filter)), db());
	expect(preview).toMatchObject({step: 'mark', collection: 'orders', documents});
	expect(preview?.plan).toMatch(plan);
});
