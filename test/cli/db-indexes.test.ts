import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {listIndexes} from '../../src/database/indexes.js';
import {makeFolder} from '../migrate/support/files.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';

let fresh: FreshDatabase;
let folder = '';
beforeAll(async () => {
	fresh = await freshDatabase();
	folder = await mkdtemp(join(tmpdir(), 'sastaops-db-'));
	await declare({users: [{keys: {email: 1}, unique: true}], orders: [{keys: {userId: 1, createdAt: -1}}]});
});
afterAll(async () => {
	await fresh.mongo.db(`${fresh.name}_state`).dropDatabase();
	await fresh.drop();
	await rm(folder, {recursive: true});
});
beforeEach(() => db().dropDatabase());

const db = () => fresh.mongo.db(fresh.name);
const namesIn = async (collection: string) => (await listIndexes(db(), collection)).map(({name}) => name).sort();

async function declare(indexes: object, cwd = folder): Promise<void> {
	await writeFile(
		join(cwd, 'sastaops.yaml'),
		`database:\n  uri: ${fresh.uri}\n  name: ${fresh.name}\n  state: {name: ${fresh.name}_state}\n  indexes: ${JSON.stringify(indexes)}\n`,
	);
}

async function sastaops(command: string, env: Readonly<Record<string, string>> = {}, cwd = folder) {
	const {stdout, stderr, exitCode, signal} = await execa(
		'node',
		[join(process.cwd(), 'bin/sastaops.js'), ...command.split(' '), '--json'],
		{cwd, env: {NODE_ENV: 'test', MONGODB_URI: undefined, ...env}, reject: false, stdin: 'ignore'},
	);
	return {stdout, stderr, exitCode, signal, json: JSON.parse(stdout || '{}') as Record<string, unknown>};
}

describe('db indexes', () => {
	it('goes the whole way: status, plan, dry run, create, status', async () => {
		await db().collection('orders').createIndex({old: 1});

		expect(await sastaops('db indexes status')).toMatchObject({
			exitCode: 1,
			json: {
				next: 'sastaops db indexes create',
				indexes: [
					{collection: 'users', state: 'missing'},
					{collection: 'orders', state: 'missing'},
				],
				extra: [{collection: 'orders', name: 'old_1'}],
			},
		});
		expect(await sastaops('db indexes plan')).toMatchObject({exitCode: 0, json: {verdict: 'pass'}});
		expect(await sastaops('db indexes create')).toMatchObject({exitCode: 2, json: {error: {code: 'NEEDS_ANSWER'}}});
		expect(await sastaops('db indexes create --dry-run')).toMatchObject({exitCode: 0});
		expect(await namesIn('users')).toEqual([]);

		expect(await sastaops('db indexes create users --yes')).toMatchObject({
			exitCode: 0,
			json: {made: [{subject: 'users.email_1', outcome: 'made'}]},
		});
		expect(await namesIn('orders')).toEqual(['_id_', 'old_1']);
		expect(await sastaops('db indexes create --yes')).toMatchObject({
			exitCode: 0,
			json: {made: [{subject: 'orders.userId_1_createdAt_-1'}]},
		});
		expect(await namesIn('orders')).toEqual(['_id_', 'old_1', 'userId_1_createdAt_-1']);
		expect(await sastaops('db indexes status')).toMatchObject({exitCode: 0, json: {verdict: 'pass'}});
		expect(await sastaops('db indexes create')).toMatchObject({exitCode: 0, json: {made: []}});
	});

	it('finds doubles before anything is begun, shows no value of them, and makes the others when asked', async () => {
		await db()
			.collection('users')
			.insertMany([{email: 'asha@example.in'}, {email: 'asha@example.in'}, {}, {}]);

		const refused = await sastaops('db indexes create --yes');
		expect(refused).toMatchObject({exitCode: 4, json: {error: {code: 'INDEX_BARRED'}}});
		expect(refused.stdout + refused.stderr).not.toContain('asha@');
		expect(refused.stdout).toContain('2 values of email in users stand more than once');
		expect(refused.stdout).toContain('documents without it count as one value');
		expect(await namesIn('orders')).toEqual([]);

		expect(await sastaops('db indexes plan')).toMatchObject({exitCode: 4});
		expect(await sastaops('db indexes create orders --yes')).toMatchObject({exitCode: 0});
	});

	it('counts only what the index would hold', async () => {
		const cwd = await makeFolder({});
		await declare(
			{
				users: [
					{keys: {gstin: 1}, unique: true, sparse: true},
					{keys: {phone: 1}, unique: true, partialFilterExpression: {verified: true}},
				],
			},
			cwd,
		);
		await db()
			.collection('users')
			.insertMany([{phone: 1}, {phone: 1}, {phone: 1, verified: true}, {gstin: 'a'}]);
		expect(await sastaops('db indexes create --yes', {}, cwd)).toMatchObject({exitCode: 0});
		expect(await namesIn('users')).toEqual(['_id_', 'gstin_1', 'phone_1']);
	});

	it('drops an index of other options only when its name is given twice', async () => {
		await db().collection('users').createIndex({email: 1}, {name: 'mail'});

		expect(await sastaops('db indexes create --yes')).toMatchObject({exitCode: 4});
		expect(await sastaops('db indexes create --replace mail --yes')).toMatchObject({exitCode: 2});
		expect(await sastaops('db indexes create --replace mail --confirm other --yes')).toMatchObject({exitCode: 4});
		expect(await sastaops('db indexes create --replace other --confirm other --yes')).toMatchObject({exitCode: 2});
		expect(await namesIn('users')).toEqual(['_id_', 'mail']);

		expect(await sastaops('db indexes create users --replace mail --confirm mail')).toMatchObject({
			exitCode: 0,
			json: {made: [{outcome: 'replaced'}]},
		});
		expect(await namesIn('users')).toEqual(['_id_', 'email_1']);
	});

	it('replaces an index that bears the very name of the declared one', async () => {
		await db().collection('users').createIndex({email: 1});
		const done = await sastaops('db indexes create users --replace email_1 --confirm email_1');
		expect(done).toMatchObject({exitCode: 0, json: {indexes: [{state: 'present'}]}});
		expect(await listIndexes(db(), 'users')).toMatchObject([{name: '_id_'}, {key: {email: 1}, unique: true}]);
	});

	it('goes on after Ctrl-C at the second index, which may be made all the same', async () => {
		const cut = await sastaops('db indexes create --yes', {SASTAOPS_FAULT: 'database.index@2=int'});
		// 0 where the server was faster than the signal.
		expect([130, 0]).toContain(cut.exitCode);
		expect(await namesIn('users')).toEqual(['_id_', 'email_1']);
		expect(await sastaops('db indexes create --yes')).toMatchObject({exitCode: 0, json: {verdict: 'pass'}});
		expect(await namesIn('orders')).toEqual(['_id_', 'userId_1_createdAt_-1']);
	});

	it('goes on after a kill between two indexes', async () => {
		const killed = await sastaops('db indexes create --yes', {SASTAOPS_FAULT: 'database.index@2=kill'});
		expect(killed.signal).toBe('SIGKILL');
		expect([await namesIn('users'), await namesIn('orders')]).toEqual([['_id_', 'email_1'], []]);
		expect(await sastaops('db indexes create --yes')).toMatchObject({exitCode: 0});
		expect(await namesIn('orders')).toEqual(['_id_', 'userId_1_createdAt_-1']);
	});

	it('lets one of two at a time', async () => {
		const runs = await Promise.all(
			[1, 2].map(() => sastaops('db indexes create --yes', {SASTAOPS_FAULT: 'database.index=sleep:1500'})),
		);
		expect(runs.map(({exitCode}) => exitCode).sort()).toEqual([0, 4]);
	});

	it.each([
		['db indexes status user', 2, 'USAGE'],
		['db indexes plan nonsense', 2, 'USAGE'],
	])('refuses "%s" with exit code %i', async (command, exitCode, code) => {
		expect(await sastaops(command)).toMatchObject({exitCode, json: {error: {code}}});
	});

	it('says with exit code 6 that the database is away', async () => {
		const away = {SASTAOPS_DATABASE_URI: 'mongodb://shop:sesame123@127.0.0.1:9/?serverSelectionTimeoutMS=300'};
		const {exitCode, stdout, stderr} = await sastaops('db indexes status', away);
		expect(exitCode).toBe(6);
		expect(stdout + stderr).not.toContain('sesame123');
	});
});
