import type {Db} from 'mongodb';
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {SastaError} from '../../src/kernel/errors.js';
import type {Host} from '../../src/kernel/host.js';
import {applyMigration} from '../../src/migrate/apply.js';
import type {LoadedMigration} from '../../src/migrate/catalogue.js';
import {revertMigration} from '../../src/migrate/revert.js';
import {MIGRATIONS_COLLECTION, migrationRows} from '../../src/migrate/rows.js';
import {makeTestHost} from '../support/host.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';
import {makeMigration, source} from './support/files.js';
import {makeTestLease, type TestLease} from './support/lease.js';

let fresh: FreshDatabase;
let db: Db;

beforeAll(async () => {
	fresh = await freshDatabase();
	db = fresh.mongo.db(fresh.name);
});
afterAll(() => fresh.drop());
beforeEach(() => db.dropDatabase());

const INSERT = "export async function up({collection}) { await collection('orders').insertOne({n: 1}); }";

const row = (id = '0001-change') => migrationRows(db).findOne({_id: id});

function request(
	migration: LoadedMigration,
	lease: TestLease = makeTestLease(),
	signal = new AbortController().signal,
) {
	return {db, lease, migration, run: 'run-1', release: '1.2.0', signal};
}

function hostCutAt(point: string): Host {
	return makeTestHost({
		fault: async (passed) => {
			if (passed === point) throw new SastaError('LEASE_LOST', 'as if the process had ended here');
		},
	});
}

describe('applyMigration', () => {
	it('writes "running" before anything runs and "applied" after, with checksum, token, run and release', async () => {
		const migration = await makeMigration(
			source(
				"export async function up({db}) { await db.collection('seen').insertOne(await db.collection('sastaops_migrations').findOne()); }",
			),
		);
		await applyMigration(request(migration, makeTestLease(7)), makeTestHost());

		expect(await db.collection('seen').findOne()).toMatchObject({state: 'running', finishedAt: null});
		expect(await row()).toMatchObject({
			state: 'applied',
			checksum: migration.checksum,
			token: 7,
			run: 'run-1',
			release: '1.2.0',
			phase: 'expand',
			finishedAt: expect.any(Date),
		});
	});

	it('does nothing the second time', async () => {
		const migration = await makeMigration(source(INSERT));
		await applyMigration(request(migration), makeTestHost());
		const second = await applyMigration(request(migration, makeTestLease(2)), makeTestHost());
		expect(second.outcome).toBe('already');
		expect(await db.collection('orders').countDocuments()).toBe(1);
	});

	it.each([
		['migration.running.before', 0, 'applied'],
		['migration.running.after', 0, 'dirty'],
		['migration.step.before', 0, 'dirty'],
		['migration.step.after', 1, 'dirty'],
		['migration.applied.before', 1, 'dirty'],
		['migration.applied.after', 1, 'already'],
	])('cut at %s, a migration that cannot be run again is never run twice', async (point, documents, outcome) => {
		const migration = await makeMigration(source(INSERT));
		await expect(applyMigration(request(migration), hostCutAt(point))).rejects.toThrow();
		expect(await db.collection('orders').countDocuments()).toBe(documents);

		const again = applyMigration(request(migration, makeTestLease(2)), makeTestHost());

		if (outcome === 'dirty') {
			const ways = [
				expect.stringContaining('resume'),
				expect.stringContaining('mark-applied'),
				expect.stringContaining('restore'),
			];
			await expect(again).rejects.toMatchObject({code: 'MIGRATION_DIRTY', exitCode: 5, details: ways});
		} else expect((await again).outcome).toBe(outcome);
		expect(await db.collection('orders').countDocuments()).toBeLessThanOrEqual(1);
	});

	it('runs an interrupted idempotent migration again', async () => {
		const migration = await makeMigration(
			source(
				"export const idempotent = true;\nexport async function up({collection}) { await collection('orders').updateOne({n: 1}, {$set: {n: 1}}, {upsert: true}); }",
			),
		);
		await expect(applyMigration(request(migration), hostCutAt('migration.applied.before'))).rejects.toThrow();
		const {outcome} = await applyMigration(request(migration, makeTestLease(2)), makeTestHost());
		expect(outcome).toBe('resumed');
		expect(await db.collection('orders').countDocuments()).toBe(1);
		expect(await row()).toMatchObject({state: 'applied', token: 2});
	});

	it('goes on at the step that was cut, and does not repeat finished ones', async () => {
		const migration = await makeMigration(
			source(`const step = (name) => ({name, run: ({collection}) => collection('log').insertOne({name})});
export const steps = [step('one'), step('two'), step('three')];`),
		);
		let passed = 0;
		const host = makeTestHost({
			fault: async (point) => {
				if (point === 'migration.step.before' && ++passed === 2) throw new SastaError('LEASE_LOST', 'cut');
			},
		});
		await expect(applyMigration(request(migration), host)).rejects.toThrow();
		expect(await row()).toMatchObject({state: 'running', step: 'two', doneSteps: ['one']});

		await applyMigration(request(migration, makeTestLease(2)), makeTestHost());

		const names = (await db.collection('log').find().sort({_id: 1}).toArray()).map(({name}) => name);
		expect(names).toEqual(['one', 'two', 'three']);
	});

	it('refuses to go on when the file was changed since the cut', async () => {
		const steps = "export const steps = [{name: 'one', run: async () => undefined}];";
		await expect(
			applyMigration(request(await makeMigration(source(steps))), hostCutAt('migration.step.before')),
		).rejects.toThrow();
		const changed = await makeMigration(source(`${steps} `));
		await expect(applyMigration(request(changed, makeTestLease(2)), makeTestHost())).rejects.toMatchObject({
			code: 'MIGRATION_DIRTY',
		});
	});

	it('records what a migration threw, and names the ways out', async () => {
		const migration = await makeMigration(
			source("export const up = async () => { throw new Error('mongodb://a:sesame@db/ is away'); };"),
		);
		const failed = applyMigration(request(migration), makeTestHost());
		await expect(failed).rejects.toMatchObject({
			code: 'MIGRATION_FAILED',
			exitCode: 5,
			details: expect.arrayContaining([expect.stringContaining('mark-applied')]),
		});
		expect(await row()).toMatchObject({state: 'failed', error: 'mongodb://a:***@db/ is away'});
	});

	it('leaves a unique index over duplicates as failed, naming the duplicate', async () => {
		await db.collection('users').insertMany([{email: 'a@shop.example'}, {email: 'a@shop.example'}]);
		const migration = await makeMigration(
			source("export const up = ({collection}) => collection('users').createIndex({email: 1}, {unique: true});"),
		);
		await expect(applyMigration(request(migration), makeTestHost())).rejects.toMatchObject({
			code: 'MIGRATION_FAILED',
			message: expect.stringContaining('a@shop.example'),
		});
		expect((await row())?.state).toBe('failed');
	});

	it('stops at the next write when the lease is lost, and leaves the row for the next run', async () => {
		const lease = makeTestLease();
		const migration = await makeMigration(
			source(
				"export async function up({collection, log}) { await collection('orders').insertOne({n: 1}); log('between'); await collection('orders').insertOne({n: 2}); }",
			),
		);
		const host = makeTestHost({emit: () => lease.lose()});
		await expect(applyMigration(request(migration, lease), host)).rejects.toMatchObject({code: 'LEASE_LOST'});
		expect(await db.collection('orders').countDocuments()).toBe(1);
		expect((await row())?.state).toBe('running');
	});

	it('does not touch a row that a newer run has', async () => {
		const migration = await makeMigration(source(INSERT.replace('export', 'export const idempotent = true;\nexport')));
		await expect(
			applyMigration(request(migration, makeTestLease(9)), hostCutAt('migration.running.after')),
		).rejects.toThrow();
		await expect(applyMigration(request(migration, makeTestLease(8)), makeTestHost())).rejects.toMatchObject({
			code: 'LEASE_LOST',
		});
		expect(await db.collection('orders').countDocuments()).toBe(0);
		expect(await row()).toMatchObject({token: 9, state: 'running'});
	});

	it('stops between steps when told to, with what was given as the reason', async () => {
		const stop = new AbortController();
		const migration = await makeMigration(
			source(
				"export const steps = [{name: 'one', run: async ({log}) => log('stop')}, {name: 'two', run: ({collection}) => collection('orders').insertOne({})}];",
			),
		);
		const reason = new SastaError('INTERRUPTED', 'Interrupted', {exitCode: 130});
		const host = makeTestHost({emit: () => stop.abort(reason)});
		await expect(applyMigration(request(migration, makeTestLease(), stop.signal), host)).rejects.toBe(reason);
		expect(await row()).toMatchObject({state: 'running', doneSteps: ['one']});
		expect(await db.collection('orders').countDocuments()).toBe(0);
	});

	it('ends a migration that never returns, and refuses what it writes later', async () => {
		const migration = await makeMigration(
			source(
				"export async function up({collection}) { await new Promise((resolve) => setTimeout(resolve, 400)); await collection('orders').insertOne({}); }",
			),
		);
		const late = applyMigration({...request(migration), timeoutMs: 100}, makeTestHost());
		await expect(late).rejects.toMatchObject({
			code: 'MIGRATION_FAILED',
			message: expect.stringContaining('within 0.1 s'),
		});
		expect((await row())?.state).toBe('failed');
		await new Promise((resolve) => setTimeout(resolve, 500));
		expect(await db.collection('orders').countDocuments()).toBe(0);
	});

	it('leaves a migration alone that ends in time', async () => {
		const {outcome} = await applyMigration(
			{...request(await makeMigration(source(INSERT))), timeoutMs: 30_000},
			makeTestHost(),
		);
		expect(outcome).toBe('applied');
	});

	it("gives migrations the driver's own types", async () => {
		const migration = await makeMigration(
			source(
				"export const up = ({collection, bson}) => collection('orders').insertOne({total: bson.Decimal128.fromString('1.10')});",
			),
		);
		await applyMigration(request(migration), makeTestHost());
		expect(String((await db.collection('orders').findOne())?.['total'])).toBe('1.10');
	});
});

describe('revertMigration', () => {
	const reversible = (down: string, more = '') =>
		`export const title = 'x';\nexport const phase = 'expand';\n${more}\n${INSERT}\nexport const down = ${down};`;
	const DELETE = "({collection}) => collection('orders').deleteMany({n: 1})";

	it('takes a migration back, after which it can be applied again', async () => {
		const migration = await makeMigration(reversible(DELETE));
		await applyMigration(request(migration), makeTestHost());
		await revertMigration(request(migration), makeTestHost());
		expect(await row()).toMatchObject({state: 'reverted', doneSteps: [], cursor: {}});
		expect(await db.collection('orders').countDocuments()).toBe(0);

		const {outcome} = await applyMigration(request(migration), makeTestHost());
		expect(outcome).toBe('applied');
		expect(await db.collection('orders').countDocuments()).toBe(1);
	});

	it('takes one back that was cut half-way', async () => {
		const migration = await makeMigration(reversible(DELETE));
		await expect(applyMigration(request(migration), hostCutAt('migration.applied.before'))).rejects.toThrow();
		await revertMigration(request(migration, makeTestLease(2)), makeTestHost());
		expect(await db.collection('orders').countDocuments()).toBe(0);
		expect((await row())?.state).toBe('reverted');
	});

	it('refuses an irreversible one with its reason, and changes nothing', async () => {
		const migration = await makeMigration(source(INSERT));
		await applyMigration(request(migration), makeTestHost());
		await expect(revertMigration(request(migration), makeTestHost())).rejects.toMatchObject({
			code: 'MIGRATION_IRREVERSIBLE',
			exitCode: 4,
			message: expect.stringContaining('a test'),
		});
		expect((await row())?.state).toBe('applied');
	});

	it.each([
		['', 'MIGRATION_DIRTY'],
		['export const idempotent = true;', undefined],
	])('a cut way back is taken again only by an idempotent migration (%j)', async (more, code) => {
		const migration = await makeMigration(reversible(DELETE, more));
		await applyMigration(request(migration), makeTestHost());
		await expect(revertMigration(request(migration), hostCutAt('migration.revert.before'))).rejects.toThrow();
		expect(await row()).toMatchObject({state: 'running', direction: 'down'});

		const again = revertMigration(request(migration, makeTestLease(2)), makeTestHost());
		if (code) await expect(again).rejects.toMatchObject({code});
		else expect((await again).outcome).toBe('reverted');
	});

	it('a cut way back bars the way up', async () => {
		const migration = await makeMigration(reversible(DELETE, 'export const idempotent = true;'));
		await applyMigration(request(migration), makeTestHost());
		await expect(revertMigration(request(migration), hostCutAt('migration.revert.before'))).rejects.toThrow();
		await expect(applyMigration(request(migration, makeTestLease(2)), makeTestHost())).rejects.toMatchObject({
			code: 'MIGRATION_DIRTY',
		});
	});
});

it('keeps its rows in the shop’s database, where a restore takes them back in time', async () => {
	await applyMigration(request(await makeMigration(source(INSERT))), makeTestHost());
	expect(await db.collection(MIGRATIONS_COLLECTION).countDocuments()).toBe(1);
});
