import type {Db} from 'mongodb';
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {type LintFinding, lintMigrations} from '../../src/migrate/lint.js';
import {migrationRows} from '../../src/migrate/rows.js';
import {migrationStatus} from '../../src/migrate/status.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';
import {makeCatalogue, source} from './support/files.js';

let fresh: FreshDatabase;
let db: Db;
const NOW = Date.parse('2026-11-01T00:00:00Z');
const DAY = 86_400_000;

beforeAll(async () => {
	fresh = await freshDatabase();
	db = fresh.mongo.db(fresh.name);
});
afterAll(() => fresh.drop());
beforeEach(() => db.dropDatabase());

const up = (body: string) => `export async function up({db, collection}) {\n${body}\n}`;

async function lint(files: Record<string, string>, withDatabase: Db | undefined = db): Promise<LintFinding[]> {
	const catalogue = await makeCatalogue(files);
	return lintMigrations({catalogue, pending: catalogue.migrations, db: withDatabase, nowMs: NOW});
}

const summary = (findings: readonly LintFinding[]) => findings.map(({rule, severity}) => `${severity} ${rule}`);

describe('by the source', () => {
	it.each([
		["await collection('a').drop();", 'expand', ['error drops']],
		["await collection('a').drop();", 'contract', ['warning drops']],
		["await db.dropCollection('a');", 'expand', ['error drops']],
		['await db.dropDatabase();', 'expand', ['error drops']],
		["await collection('a').dropIndex('n_1');", 'expand', ['error drops']],
		["await collection('a').rename('b');", 'expand', ['error drops']],
		["await db['renameCollection']('a', 'b');", 'expand', ['error drops']],
		["await db.command({drop: 'a'});", 'expand', ['error drops']],
		["await db.command({dropIndexes: 'a', index: '*'});", 'expand', ['error drops']],
		["await collection('a').updateMany({n: 1}, {$unset: {n: ''}});", 'expand', ['error unsets']],
		["await collection('a').updateMany({n: 1}, {'$unset': {n: ''}});", 'contract', ['warning unsets']],
		["await collection('a').updateMany({n: 1}, [{$unset: 'n'}]);", 'expand', ['error unsets']],
		["await collection('a').updateMany({}, {$set: {n: 1}});", 'expand', ['warning unfiltered']],
		["await collection('a').deleteMany({});", 'expand', ['error unfiltered']],
		["await collection('a').deleteMany();", 'contract', ['error unfiltered']],
		["const all = {}; await collection('a').deleteMany(all);", 'expand', ['error unfiltered']],
		["await collection('a').deleteMany({n: 1});", 'expand', []],
		["// drop() and $unset in a comment\nawait collection('a').insertOne({text: 'drop() $unset'});", 'expand', []],
		["const {x} = await import('../src/app.js');", 'expand', ['error app-import']],
		["const {x} = await import('node:crypto');", 'expand', []],
	] as const)('%s in %s: %j', async (body, phase, expected) => {
		expect(summary(await lint({'0001-a.ts': source(up(body), phase)}))).toEqual(expected);
	});

	it('names the line', async () => {
		const [finding] = await lint({'0001-a.ts': source(up("\nawait collection('a').drop();"))});
		expect(finding).toMatchObject({migration: '0001-a', line: 6});
	});

	it('does not look at the way back', async () => {
		const way = "export const title = 'x';\nexport const phase = 'expand';\nexport async function up() {}\n";
		const back = [
			"export async function down({collection}) { await collection('a').drop(); }",
			"export const down = async ({collection}) => { await collection('a').updateMany({}, {$unset: {n: ''}}); };",
		];
		expect(await lint({'0001-a.ts': way + back[0], '0002-b.ts': way + back[1]})).toEqual([]);
	});

	it('finds what an import of its own folder would hide from the checksum', async () => {
		const files = {
			'0001-a.ts': source(
				`import {price} from './shop/price.mjs';\n${up('await collection("a").insertOne({price});')}`,
			),
			'shop/price.mjs': 'export const price = 1;',
		};
		expect(summary(await lint(files))).toEqual(['error app-import']);
	});

	it('takes an accepted rule for information, with the reason', async () => {
		const accept = "export const accept = {drops: 'empty since 1.1'};\n";
		const [finding] = await lint({'0001-a.ts': source(accept + up("await collection('a').drop();"))});
		expect(finding).toMatchObject({severity: 'info', message: expect.stringContaining('empty since 1.1')});
	});
});

describe('by the data', () => {
	const unique = up("await collection('users').createIndex({email: 1}, {unique: true});");

	it('finds values that stand in several documents under a unique index, a missing field being one of them', async () => {
		await db.collection('users').insertMany([{email: 'a'}, {email: 'a'}, {email: 'b'}, {n: 1}, {email: null}]);
		const [finding, ...others] = await lint({'0001-a.ts': source(unique)});
		expect(others).toEqual([]);
		expect(finding).toMatchObject({
			rule: 'unique-over-duplicates',
			severity: 'error',
			message: expect.stringContaining('2 values stand'),
		});
	});

	it('passes a unique index over unique data', async () => {
		await db.collection('users').insertMany([{email: 'a'}, {email: 'b'}]);
		expect(await lint({'0001-a.ts': source(unique)})).toEqual([]);
	});

	it.each([
		['sparse', '{unique: true, sparse: true}', [{n: 1}, {n: 2}, {email: 'a'}], 0],
		[
			'partial',
			'{unique: true, partialFilterExpression: {active: true}}',
			[{email: 'a', active: true}, {email: 'a'}],
			0,
		],
		[
			'partial',
			'{unique: true, partialFilterExpression: {active: true}}',
			[
				{email: 'a', active: true},
				{email: 'a', active: true},
			],
			1,
		],
	])('looks only at what a %s index holds (%s)', async (_kind, options, documents, expected) => {
		await db.collection('users').insertMany(documents);
		const findings = await lint({
			'0001-a.ts': source(up(`await collection('users').createIndex({email: 1}, ${options});`)),
		});
		expect(findings).toHaveLength(expected);
	});

	it.each([
		["await db.createIndex('users', {email: 1}, {unique: true});"],
		["await collection('users').createIndexes([{key: {email: 1}, unique: true}]);"],
		["await db.command({createIndexes: 'users', indexes: [{key: {email: 1}, name: 'e', unique: true}]});"],
		[
			"const users = collection('users');\nconst options = {unique: true};\nawait users.createIndex({email: 1}, options);",
		],
	])('reads %s', async (body) => {
		await db.collection('users').insertMany([{email: 'a'}, {email: 'a'}]);
		expect(summary(await lint({'0001-a.ts': source(up(body))}))).toEqual(['error unique-over-duplicates']);
	});

	it.each([
		["await collection('users').createIndex({email: 1}, makeOptions());"],
		['const name = process.env.NAME;\nawait collection(name).createIndex({email: 1}, {unique: true});'],
		["await db.command({collMod: 'users', validator: makeValidator()});"],
	])('says that it cannot read %s', async (body) => {
		expect(summary(await lint({'0001-a.ts': source(up(body))}))).toEqual(['warning not-readable']);
	});

	it('counts the documents that a TTL index will delete', async () => {
		await db.collection('carts').insertMany([40, 31, 29, 1].map((days) => ({at: new Date(NOW - days * DAY)})));
		const ttl = up("await collection('carts').createIndex({at: 1}, {expireAfterSeconds: 30 * 24 * 60 * 60});");
		const [finding] = await lint({'0001-a.ts': source(ttl)});
		expect(finding).toMatchObject({
			rule: 'ttl-deletes',
			severity: 'error',
			message: expect.stringContaining('delete 2 documents'),
		});

		await db.collection('carts').deleteMany({at: {$lt: new Date(NOW - 30 * DAY)}});
		expect(summary(await lint({'0001-a.ts': source(ttl)}))).toEqual(['warning ttl-deletes']);
	});

	it('counts the victims of a shortened TTL', async () => {
		await db.collection('carts').insertOne({at: new Date(NOW - DAY)});
		const shorter = up("await db.command({collMod: 'carts', index: {keyPattern: {at: 1}, expireAfterSeconds: 3600}});");
		expect(summary(await lint({'0001-a.ts': source(shorter)}))).toEqual(['error ttl-deletes']);
	});

	it.each([
		["await db.command({collMod: 'orders', validator: {$jsonSchema: {required: ['total']}}});"],
		["await db.createCollection('orders', {validator: {total: {$exists: true}}});"],
	])('counts the documents that a validator would refuse: %s', async (body) => {
		await db.collection('orders').insertMany([{total: 1}, {n: 1}, {n: 2}]);
		const findings = await lint({'0001-a.ts': source(up(body))});
		expect(findings).toMatchObject([
			{
				rule: 'validator-stricter-than-data',
				severity: 'error',
				message: expect.stringContaining('2 documents of orders'),
			},
		]);
	});

	it('never passes data it did not see', async () => {
		const catalogue = await makeCatalogue({'0001-a.ts': source(unique)});
		const findings = await lintMigrations({catalogue, pending: catalogue.migrations, nowMs: NOW});
		expect(summary(findings)).toEqual(['warning data-not-seen']);
	});
});

describe('a contract migration', () => {
	const expand = source(
		"export const steps = [{name: 'x', backfill: {collection: 'orders', update: {$set: {b: 1}}}}];",
	);
	const contract = source(up("await collection('orders').updateOne({n: 1}, {$set: {c: 1}});"), 'contract');

	it('must not come with the expand migration of its collection', async () => {
		await db.collection('orders').insertOne({n: 1});
		const findings = await lint({'0001-a.ts': expand, '0002-b.ts': contract});
		expect(findings).toMatchObject([{rule: 'contract-with-expand', severity: 'error', migration: '0002-b'}]);
	});

	it('counts what the release has applied already as part of it', async () => {
		await db.collection('orders').insertOne({n: 1});
		const catalogue = await makeCatalogue({'0001-a.ts': expand, '0002-b.ts': contract});
		const [first, second] = catalogue.migrations;
		if (!first || !second) throw new Error('two migrations');
		await migrationRows(db).insertOne({
			_id: first.id,
			state: 'applied',
			release: '1.2.0',
			checksum: first.checksum,
		} as never);
		const status = await migrationStatus(db, catalogue);
		const lintFor = (release: string) =>
			lintMigrations({catalogue, pending: [second], db, status, release, nowMs: NOW});

		expect(summary(await lintFor('1.2.0'))).toEqual(['error contract-with-expand']);
		expect(await lintFor('1.3.0')).toEqual([]);
	});

	it('may come with one of another collection, and with any in a shop that holds no data yet', async () => {
		const other = source(up("await collection('users').updateOne({n: 1}, {$set: {c: 1}});"), 'contract');
		await db.collection('users').insertOne({n: 1});
		expect(await lint({'0001-a.ts': expand, '0002-b.ts': other})).toEqual([]);
		expect(await lint({'0001-a.ts': expand, '0002-b.ts': contract})).toEqual([]);
	});
});
