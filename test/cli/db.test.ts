import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {migrationRows} from '../../src/migrate/rows.js';
import {makeFolder, source} from '../migrate/support/files.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';

let fresh: FreshDatabase;
beforeAll(async () => {
	fresh = await freshDatabase();
});
afterAll(async () => {
	await fresh.mongo.db(stateName()).dropDatabase();
	await fresh.drop();
});
beforeEach(() => db().dropDatabase());

const db = () => fresh.mongo.db(fresh.name);
const stateName = () => `${fresh.name}_state`;

async function makeShop(files: Readonly<Record<string, string>>): Promise<string> {
	const folder = await makeFolder(files);
	const config = `database:\n  uri: ${fresh.uri}\n  name: ${fresh.name}\n  state: {name: ${stateName()}}\n`;
	await writeFile(join(folder, 'sastaops.yaml'), config);
	return folder;
}

/** Runs the built binary, `--json` as its last word. */
async function sastaops(cwd: string, command: string, env: Readonly<Record<string, string>> = {}) {
	const {stdout, stderr, exitCode, signal} = await execa(
		'node',
		[join(process.cwd(), 'bin/sastaops.js'), ...command.split(' '), '--json'],
		{
			cwd,
			env: {NODE_ENV: 'test', MONGODB_URI: undefined, ...env},
			reject: false,
			stdin: 'ignore',
		},
	);
	return {stdout, stderr, exitCode, signal, json: parse(stdout)};
}

function parse(text: string): Record<string, unknown> {
	try {
		return JSON.parse(text);
	} catch {
		return {};
	}
}

const INSERT = source("export async function up({collection}) { await collection('orders').insertOne({n: 1}); }");
const BACKFILL = source(
	"export const steps = [{name: 'count', backfill: {collection: 'orders', batchSize: 50, update: {$inc: {times: 1}}}}];",
);

describe('db migrate', () => {
	it('goes the whole way: create, status, dry run, up, down', async () => {
		const shop = await makeShop({});
		const created = await sastaops(shop, 'db migrate create Add order GSTIN');
		expect(created).toMatchObject({exitCode: 0, json: {file: join(shop, 'migrations', '0001-add-order-gstin.ts')}});
		await db()
			.collection('orders')
			.insertMany([{n: 1}, {n: 2}, {n: 3, gstin: 'x'}]);

		const before = await sastaops(shop, 'db migrate status');
		expect(before).toMatchObject({
			exitCode: 0,
			json: {next: 'sastaops db migrate up --dry-run', migrations: [{state: 'pending'}]},
		});

		const dry = await sastaops(shop, 'db migrate up --dry-run');
		expect(dry).toMatchObject({
			exitCode: 0,
			json: {pending: [{documents: 2, isReversible: true, backfills: [{plan: 'COLLSCAN'}]}]},
		});
		expect(await migrationRows(db()).countDocuments()).toBe(0);

		const applied = await sastaops(shop, 'db migrate up --yes');
		expect(applied).toMatchObject({
			exitCode: 0,
			json: {verdict: 'pass', done: [{id: '0001-add-order-gstin', state: 'applied'}]},
		});
		expect(await db().collection('orders').countDocuments({gstin: null})).toBe(2);

		const down = await sastaops(shop, `db migrate down --confirm ${fresh.name}`);
		expect(down).toMatchObject({exitCode: 0, json: {done: [{state: 'reverted'}]}});
		expect(
			await db()
				.collection('orders')
				.countDocuments({gstin: {$exists: true}}),
		).toBe(1);
	});

	it.each([
		['db migrate up', 2, 'NEEDS_ANSWER'],
		['db migrate up --timeout soon', 2, 'USAGE'],
		['db migrate down', 2, 'NEEDS_ANSWER'],
		['db migrate down --confirm another', 4, 'NOT_CONFIRMED'],
		['db migrate mark-applied 0002-b', 2, 'USAGE'],
		['db migrate mark-applied 0009-x --reason because --yes', 4, 'MIGRATION_UNKNOWN'],
		['db migrate resume', 4, 'NOTHING_TO_RESUME'],
		['db migrate up --to 0001-a --yes', 4, 'MIGRATION_UNKNOWN'],
	])('refuses "%s" with exit code %i and changes nothing', async (command, exitCode, code) => {
		const reversible = INSERT.replace("irreversible = 'a test'", 'down = async () => undefined');
		const shop = await makeShop({'migrations/0001-a.ts': reversible, 'migrations/0002-b.ts': INSERT});
		expect((await sastaops(shop, 'db migrate up --to 0001-a --yes')).exitCode).toBe(0);
		const {json, ...result} = await sastaops(shop, command);
		expect({...result, code: (json['error'] as {code?: string})?.code}).toMatchObject({exitCode, code});
		expect(await db().collection('orders').countDocuments()).toBe(1);
	});

	it('stops at a dirty state with exit code 5, and each way out leads out', async () => {
		const shop = await makeShop({'migrations/0001-a.ts': INSERT, 'migrations/0002-b.ts': INSERT});
		const killed = await sastaops(shop, 'db migrate up --yes', {SASTAOPS_FAULT: 'migration.step.after=kill'});
		expect(killed.signal).toBe('SIGKILL');

		for (const command of [
			'db migrate up --yes',
			'db migrate resume',
			'db migrate status',
			'db migrate up --dry-run',
		]) {
			expect((await sastaops(shop, command)).exitCode, command).toBe(5);
		}
		const marked = await sastaops(shop, 'db migrate mark-applied 0001-a --reason looked-at-it --yes');
		expect(marked.exitCode).toBe(0);
		expect(await migrationRows(db()).findOne({_id: '0001-a'})).toMatchObject({state: 'marked', reason: 'looked-at-it'});
		expect((await sastaops(shop, 'db migrate up --yes')).exitCode).toBe(0);
		expect(await db().collection('orders').countDocuments()).toBe(2);
	});

	it.each([
		'migration.running.before=kill',
		'migration.batch.before@2=kill',
		'migration.batch.written@2=kill',
		'migration.batch.after@2=kill',
		'migration.applied.before=kill',
		'migration.batch.after@2=term',
	])('after %s every document is changed once', async (fault) => {
		await db()
			.collection('orders')
			.insertMany(Array.from({length: 200}, (_, n) => ({n})));
		const shop = await makeShop({'migrations/0001-a.ts': BACKFILL});
		const cut = await sastaops(shop, 'db migrate up --yes', {SASTAOPS_FAULT: fault});
		expect(fault.endsWith('kill') ? cut.signal : cut.exitCode).toBe(fault.endsWith('kill') ? 'SIGKILL' : 143);

		const command = fault.startsWith('migration.running.before') ? 'db migrate up --yes' : 'db migrate resume';
		expect((await sastaops(shop, command)).exitCode).toBe(0);
		expect(await db().collection('orders').countDocuments({times: 1})).toBe(200);
		expect((await sastaops(shop, 'db migrate status')).json).toMatchObject({
			verdict: 'pass',
			migrations: [{state: 'applied'}],
		});
	});

	it('lets one of two runners through', async () => {
		const shop = await makeShop({'migrations/0001-a.ts': INSERT});
		const runs = await Promise.all(
			[1, 2].map(() => sastaops(shop, 'db migrate up --yes', {SASTAOPS_FAULT: 'migration.step.before=sleep:1500'})),
		);
		expect(runs.map(({exitCode}) => exitCode).sort()).toEqual([0, 4]);
		expect(await db().collection('orders').countDocuments()).toBe(1);
	});

	it('lint answers with exit code 1 for errors, and up refuses with 4', async () => {
		const shop = await makeShop({'migrations/0001-a.ts': source('export const up = ({db}) => db.dropDatabase();')});
		expect(await sastaops(shop, 'db migrate lint')).toMatchObject({
			exitCode: 1,
			json: {verdict: 'fail', findings: [{rule: 'drops'}]},
		});
		expect(await sastaops(shop, 'db migrate lint --no-database')).toMatchObject({exitCode: 1});
		expect(await sastaops(shop, 'db migrate up --yes')).toMatchObject({
			exitCode: 4,
			json: {error: {code: 'MIGRATION_LINT'}},
		});
		expect(await sastaops(shop, 'db migrate up --dry-run')).toMatchObject({exitCode: 4});
	});

	it('names a changed and a missing file, with exit code 1', async () => {
		const shop = await makeShop({'migrations/0001-a.ts': INSERT});
		await sastaops(shop, 'db migrate up --yes');
		await writeFile(join(shop, 'migrations/0001-a.ts'), `${INSERT}// changed`);
		expect(await sastaops(shop, 'db migrate status')).toMatchObject({
			exitCode: 1,
			json: {problems: [{kind: 'changed'}]},
		});
		const other = await makeShop({'migrations/0002-b.ts': INSERT});
		expect(await sastaops(other, 'db migrate status')).toMatchObject({
			exitCode: 1,
			json: {problems: [{kind: 'missing'}]},
		});
	});

	it('says with exit code 6 that the database is away', async () => {
		const shop = await makeShop({});
		const away = await sastaops(shop, 'db migrate status', {
			SASTAOPS_DATABASE_URI: 'mongodb://shop:sesame123@127.0.0.1:9/?serverSelectionTimeoutMS=300',
		});
		expect(away.exitCode).toBe(6);
		expect(away.stdout + away.stderr).not.toContain('sesame123');
	});
});

describe('db seed', () => {
	const SEED =
		"export const title = 'Tea';\nexport const collection = 'categories';\nexport const key = 'slug';\nexport const documents = [{slug: 'tea'}];";

	it('plans, writes, and then has nothing to do', async () => {
		const shop = await makeShop({'seeds/010-tea.ts': SEED});
		expect(await sastaops(shop, 'db seed --dry-run')).toMatchObject({exitCode: 0, json: {seeds: [{added: 1}]}});
		expect(await sastaops(shop, 'db seed')).toMatchObject({exitCode: 2});
		expect(await db().collection('categories').countDocuments()).toBe(0);
		expect(await sastaops(shop, 'db seed --yes')).toMatchObject({
			exitCode: 0,
			json: {applied: [{added: 1}], seeds: [{same: 1}]},
		});
		expect(await sastaops(shop, 'db seed')).toMatchObject({exitCode: 0, json: {seeds: [{same: 1}]}});
	});
});
