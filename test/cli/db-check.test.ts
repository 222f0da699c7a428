import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {probeName} from '../../src/database/checks/probe.js';
import type {DatabaseFinding} from '../../src/database/finding.js';
import type {Database} from '../../src/local/database.js';
import {openMongo} from '../../src/ports/mongo.js';
import {makeFolder} from '../migrate/support/files.js';
import {makeTestHost} from '../support/host.js';
import {type FreshDatabase, freshDatabase, privateServer} from '../support/mongo.js';

let fresh: FreshDatabase;
let folder = '';
beforeAll(async () => {
	fresh = await freshDatabase();
	folder = await mkdtemp(join(tmpdir(), 'sastaops-db-'));
	await writeFile(join(folder, 'sastaops.yaml'), configOf(fresh.uri));
});
afterAll(async () => {
	await fresh.drop();
	await rm(folder, {recursive: true});
});
beforeEach(makeShop);
afterEach(() => db().dropDatabase());

const db = () => fresh.mongo.db(fresh.name);
const configOf = (uri: string) =>
	`database:\n  uri: ${uri}\n  name: ${fresh.name}\n  state: {name: ${fresh.name}_state}\n`;

async function makeShop(): Promise<void> {
	await db().collection('users').createIndex({email: 1}, {unique: true});
	await db().collection('products').createIndex({slug: 1}, {unique: true});
	await db().collection('products').createIndex({category: 1});
	await db().collection('orders').createIndex({userId: 1, createdAt: -1});
}

type Told = {id: string; verdict: string; findings: (DatabaseFinding & {id?: string})[]};

/** Runs the built binary, `--json` as its last word. */
async function sastaops(args: readonly string[], {cwd = folder, env = {}}: {cwd?: string; env?: object} = {}) {
	const {stdout, stderr, exitCode, signal} = await execa(
		'node',
		[join(process.cwd(), 'bin/sastaops.js'), ...args, '--json'],
		{cwd, env: {NODE_ENV: 'test', MONGODB_URI: undefined, ...env}, reject: false, stdin: 'ignore'},
	);
	const json = parse(stdout);
	const checks = (json['checks'] ?? []) as Told[];
	const find = (id: string) => checks.find((check) => check.id === id);
	return {stdout, stderr, exitCode, signal, json, find};
}

function parse(text: string): Record<string, unknown> {
	try {
		return JSON.parse(text);
	} catch {
		return {};
	}
}

const probes = async () =>
	(
		await db()
			.listCollections({name: /^sastaops_probe_/}, {nameOnly: true})
			.toArray()
	).map(({name}) => name);

describe('db check', () => {
	it('passes a database that is ready, with a warning for what is not the shop’s', async () => {
		const {exitCode, json, find, stderr} = await sastaops(['db', 'check', '--probe']);

		expect(stderr).not.toContain('Warning');

		// The server of the tests asks for no log-in, and there is no backup.
		expect({exitCode, verdict: json['verdict']}).toEqual({exitCode: 0, verdict: 'warn'});
		expect((json['checks'] as Told[]).filter(({verdict}) => verdict === 'warn').map(({id}) => id)).toEqual([
			'log-in',
			'backups',
		]);
		for (const id of ['server', 'name', 'indexes', 'queries', 'probe', 'state'])
			expect(find(id)?.verdict, id).toBe('pass');
		expect(await probes()).toEqual([]);
	});

	it('fails for a missing index and the scan that comes of it, and names the command', async () => {
		await db().collection('orders').dropIndex('userId_1_createdAt_-1');
		await db()
			.collection('orders')
			.insertMany(Array.from({length: 1200}, (_, n) => ({userId: `u${n % 9}`, createdAt: new Date(n)})));

		const {exitCode, json, find} = await sastaops(['db', 'check']);

		expect({exitCode, next: json['next']}).toEqual({exitCode: 1, next: 'sastaops db indexes create orders'});
		expect([find('indexes')?.verdict, find('queries')?.verdict]).toEqual(['fail', 'fail']);
	});

	it('passes large collections whose queries use their indexes, with what each costs', async () => {
		await db()
			.collection('orders')
			.insertMany(Array.from({length: 1200}, (_, n) => ({userId: `u${n % 40}`, createdAt: new Date(n)})));
		const {exitCode, find} = await sastaops(['db', 'check']);
		expect(exitCode).toBe(0);
		expect(find('queries')?.findings).toMatchObject([
			{verdict: 'pass', evidence: ['orders.userId_1_createdAt_-1: 30 keys and 30 documents read for 30']},
		]);
	});

	it('tells the index that another one makes needless', async () => {
		await db().collection('orders').createIndex({userId: 1});
		const {find} = await sastaops(['db', 'check']);
		expect(find('spare-indexes')?.findings).toContainEqual(
			expect.objectContaining({verdict: 'warn', subject: 'orders.userId_1'}),
		);
	});

	it('knows a name that is spelled otherwise', async () => {
		const {exitCode, find} = await sastaops(['db', 'check', '--name', fresh.name.toUpperCase()]);
		expect(exitCode).toBe(1);
		expect(find('name')?.findings[0]?.evidence).toEqual([`${fresh.name} is there: it differs in capital letters only`]);
	});

	it('is inconclusive for what is not told when it must be', async () => {
		expect(await sastaops(['db', 'check', '--strict'])).toMatchObject({exitCode: 3, json: {verdict: 'inconclusive'}});
	});

	it('fits a terminal of eighty columns, save commands', async () => {
		await db().collection('x'.repeat(180)).insertOne({a: 1});
		await db().collection('orders').dropIndexes();
		const {stdout} = await execa('node', [join(process.cwd(), 'bin/sastaops.js'), 'db', 'check'], {
			cwd: folder,
			env: {NODE_ENV: 'test', MONGODB_URI: undefined},
			reject: false,
			stdin: 'ignore',
		});
		expect(stdout).toContain('✖ indexes');
		expect(stdout.split('\n').filter((line) => line.length > 80 && !/mend/.test(line))).toEqual([]);
	});

	it('prints the role for declared and found collections', async () => {
		await db().collection('carts').insertOne({a: 1});
		const {exitCode, json} = await sastaops(['db', 'check', '--print-role']);
		expect({exitCode, collections: json['collections']}).toEqual({
			exitCode: 0,
			collections: ['carts', 'orders', 'products', 'users'],
		});
	});

	it.each([
		['no address', ['--uri', 'http://shop.example'], 2, 'USAGE'],
		['no name', ['--name', 'a b'], 2, 'USAGE'],
		[
			'nobody there',
			['--uri', 'mongodb://shop:sesame123@127.0.0.1:9/?serverSelectionTimeoutMS=300'],
			6,
			'DATABASE_UNREACHABLE',
		],
	])('refuses %s', async (_, args, exitCode, code) => {
		const result = await sastaops(['db', 'check', ...args]);
		expect({exitCode: result.exitCode, code: (result.json['error'] as {code?: string})?.code}).toEqual({
			exitCode,
			code,
		});
		expect(result.stdout + result.stderr).not.toContain('sesame123');
	});

	it('takes an address of the environment without a configuration, and warns of a password in argv', async () => {
		const cwd = await makeFolder({});
		const args = ['db', 'check', '--name', fresh.name];
		expect((await sastaops(args, {cwd, env: {MONGODB_URI: fresh.uri}})).exitCode).toBe(0);
		expect(await sastaops(args, {cwd})).toMatchObject({exitCode: 2, json: {error: {code: 'DATABASE_URI_MISSING'}}});
		const typed = 'mongodb://shop:sesame123@127.0.0.1:9/?serverSelectionTimeoutMS=300';
		expect((await sastaops([...args, '--uri', typed], {cwd})).stderr).toContain('MONGODB_URI');
	});
});

describe('a probe', () => {
	it.each(['int', 'term'])('that is stopped by %s leaves nothing', async (signal) => {
		const result = await sastaops(['db', 'check', '--probe'], {env: {SASTAOPS_FAULT: `database.probe@2=${signal}`}});
		expect(result.exitCode).toBe(signal === 'int' ? 130 : 143);
		expect(await probes()).toEqual([]);
	});

	it('that is killed leaves one, which a later probe names', async () => {
		const killed = await sastaops(['db', 'check', '--probe'], {env: {SASTAOPS_FAULT: 'database.probe@2=kill'}});
		expect(killed.signal).toBe('SIGKILL');
		expect(await probes()).toHaveLength(1);
		// One that is young may be at work.
		expect((await sastaops(['db', 'check', '--probe'])).find('probe')?.verdict).toBe('pass');

		const old = probeName(Date.now() - 3_600_000, 'abc');
		await db().createCollection(old);
		expect((await sastaops(['db', 'check', '--probe'])).find('probe')?.findings).toContainEqual(
			expect.objectContaining({verdict: 'warn', mend: [`db.${old}.drop()`]}),
		);
	});
});

describe('on a server that asks for a log-in', () => {
	let server: Database;
	let cwd = '';
	const addressOf = (user: string, password = 'sesame123') => server.uri.replace(/root:[^@]*@/, `${user}:${password}@`);

	beforeAll(async () => {
		server = await privateServer({auth: {user: 'root', password: 'sesame-root'}});
		cwd = await mkdtemp(join(tmpdir(), 'sastaops-db-'));
		const root = await openMongo(server.uri, makeTestHost());
		const shop = root.db('shop');
		await shop.collection('users').createIndex({email: 1}, {unique: true});
		await shop.collection('products').createIndex({slug: 1}, {unique: true});
		await shop.collection('products').createIndex({category: 1});
		await shop.collection('orders').createIndex({userId: 1, createdAt: -1});
		const make = (user: string, roles: object[]) =>
			root.db('admin').command({createUser: user, pwd: 'sesame123', roles});
		await make('writer', [{role: 'readWrite', db: 'shop'}]);
		await make('reader', [{role: 'read', db: 'shop'}]);
		await make('nobody', []);
		await root.close();
	}, 60_000);
	afterAll(async () => {
		await server?.stop();
		await rm(cwd, {recursive: true});
	});

	const check = (uri: string, more: {env?: object} = {}, ...args: string[]) =>
		sastaops(['db', 'check', '--name', 'shop', ...args], {cwd, env: {MONGODB_URI: uri, ...more.env}});

	it('judges users by what their roles allow, and tries it', async () => {
		const [root, writer, reader, nobody] = await Promise.all([
			check(addressOf('root', 'sesame-root'), {}, '--probe'),
			check(addressOf('writer'), {}, '--probe'),
			check(addressOf('reader'), {}, '--probe'),
			check(addressOf('nobody'), {}, '--probe'),
		]);
		const told = [root, writer, reader, nobody].map(({exitCode, find}) => [
			exitCode,
			find('privileges')?.verdict,
			find('probe')?.verdict,
		]);
		expect(told).toEqual([
			[1, 'fail', 'pass'],
			[0, 'warn', 'pass'],
			[1, 'fail', 'skip'],
			[1, 'fail', 'skip'],
		]);
		expect(writer.find('log-in')?.verdict).toBe('pass');
		expect(nobody.find('indexes')?.findings).toMatchObject([{verdict: 'skip', isUnavailable: true}]);
		expect(writer.stdout + writer.stderr).not.toContain('sesame123');
	});

	it('says with exit code 6 that the password is wrong, and does not say the password', async () => {
		const wrong = await check(addressOf('writer', 'open-sesame'));
		expect(wrong).toMatchObject({exitCode: 6, json: {error: {code: 'DATABASE_AUTH'}}});
		expect(wrong.stdout + wrong.stderr).not.toContain('open-sesame');
	});

	it('that dies during the probe names the collection it could not remove', async () => {
		const running = check(
			`${addressOf('writer')}&serverSelectionTimeoutMS=1000`,
			{env: {SASTAOPS_FAULT: 'database.probe@2=sleep:3000'}},
			'--probe',
		);
		const root = await openMongo(server.uri, makeTestHost());
		await expect
			.poll(
				() =>
					root
						.db('shop')
						.listCollections({name: /^sastaops_probe_/})
						.toArray(),
				{timeout: 20_000},
			)
			.toHaveLength(1);
		await root.close();
		await server.kill();

		const {exitCode, find} = await running;
		expect(exitCode).toBe(1);
		expect(find('probe')?.findings.map(({verdict, subject}) => [verdict, subject])).toEqual([
			['inconclusive', undefined],
			['fail', 'removal'],
		]);
	}, 60_000);
});
