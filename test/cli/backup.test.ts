import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {fillShop} from '../backup/shop-data.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';

const BINARY = join(import.meta.dirname, '../../bin/sastaops.js');

describe('sastaops backup', () => {
	let shop: FreshDatabase;
	let folder: string;
	let id: string;

	async function run(...args: string[]) {
		const result = await start(args);
		return {exitCode: result.exitCode, json: JSON.parse(result.stdout), stderr: result.stderr};
	}

	async function start(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
		return execa(process.execPath, [BINARY, ...args, '--json'], {
			cwd: folder,
			env: {MONGODB_URI: shop.uri, PATH: process.env['PATH'], ...env},
			extendEnv: false,
			reject: false,
		});
	}

	async function collectionsOf(database: string): Promise<string[]> {
		return (await shop.mongo.db(database).listCollections({}, {nameOnly: true}).toArray()).map(({name}) => name);
	}

	beforeAll(async () => {
		shop = await freshDatabase();
		await fillShop(shop, 100);
		folder = await mkdtemp(join(tmpdir(), 'sastaops-cli-backup-'));
		await writeFile(
			join(folder, 'sastaops.yaml'),
			[
				`database: {name: ${shop.name}, state: {name: ${shop.name}_state}}`,
				'backup: {engine: builtin, keep: {last: 1, daily: 0, weekly: 0}}',
			].join('\n'),
		);
		const created = await run('backup', 'create');
		expect(created).toMatchObject({exitCode: 0, json: {verdict: 'pass', command: 'backup create'}});
		id = created.json.backup.id;
	});
	afterAll(async () => {
		for (const suffix of ['_state', '_copy']) await shop.mongo.db(shop.name + suffix).dropDatabase();
		await Promise.all([shop.drop(), rm(folder, {recursive: true, force: true})]);
	});

	it('lists what it has made', async () => {
		const {exitCode, json} = await run('backup', 'list');
		expect(exitCode).toBe(0);
		expect(json).toMatchObject({verdict: 'pass', backups: [{id, verified: {depth: 'full'}}], leftovers: []});
	});

	it('verifies by id and by "latest", without a server', async () => {
		expect(await run('backup', 'verify', id)).toMatchObject({exitCode: 0, json: {depth: 'full', problems: []}});
		expect(await run('backup', 'verify', 'latest', '--depth', 'hash')).toMatchObject({exitCode: 0, json: {id}});
	});

	it.each([
		[['verify', 'nothing'], 4, 'BACKUP_NOT_FOUND'],
		[['verify', '../x'], 2, 'BACKUP_ID'],
		[['verify', 'latest', '--depth', 'deep'], 2, 'USAGE'],
		[['restore', 'latest'], 2, 'USAGE'],
	])('answers %j with exit code %i', async (args, exitCode, code) => {
		expect(await run('backup', ...args)).toMatchObject({exitCode, json: {error: {code}}});
	});

	it('refuses the live database, whatever is confirmed', async () => {
		const refused = await run('backup', 'restore', id, '--to', shop.name, '--drop', '--confirm', shop.name, '--yes');
		expect(refused).toMatchObject({exitCode: 4, json: {error: {code: 'RESTORE_LIVE'}}});
	});

	it('restores only when told so, never over data, and drops only what is named', async () => {
		const to = `${shop.name}_copy`;
		expect(await run('backup', 'restore', id, '--to', to, '--dry-run')).toMatchObject({
			exitCode: 0,
			json: {dryRun: true},
		});
		expect(await run('backup', 'restore', id, '--to', to)).toMatchObject({
			exitCode: 2,
			json: {error: {code: 'NEEDS_ANSWER'}},
		});
		expect(await collectionsOf(to)).toEqual([]);

		expect(await run('backup', 'restore', id, '--to', to, '--yes')).toMatchObject({
			exitCode: 0,
			json: {differences: []},
		});
		await shop.mongo.db(to).collection('later').insertOne({a: 1});

		expect(await run('backup', 'restore', id, '--to', to, '--yes')).toMatchObject({
			exitCode: 4,
			json: {error: {code: 'TARGET_NOT_EMPTY'}},
		});
		const unnamed = await run('backup', 'restore', id, '--to', to, '--drop', '--yes');
		expect(unnamed).toMatchObject({exitCode: 2, json: {error: {hint: expect.stringContaining(`--confirm ${to}`)}}});
		expect(await collectionsOf(to)).toContain('later');

		expect(await run('backup', 'restore', id, '--to', to, '--drop', '--confirm', to)).toMatchObject({exitCode: 0});
		expect(await collectionsOf(to)).not.toContain('later');
	});

	it('refuses a backup of another database until its name is given', async () => {
		const other = join(folder, 'other.yaml');
		await writeFile(
			other,
			`database: {name: ${shop.name}_other, state: {name: ${shop.name}_state}}\nbackup: {engine: builtin}`,
		);
		const args = ['backup', 'restore', id, '--to', `${shop.name}_third`, '--dry-run', '--config', other];
		expect(await run(...args)).toMatchObject({exitCode: 4, json: {error: {code: 'BACKUP_FOREIGN'}}});
		expect(await run(...args, '--from-other-database', shop.name)).toMatchObject({exitCode: 0});
	});

	it('rehearses, records it, and leaves no scratch database', async () => {
		expect(await run('backup', 'rehearse', 'latest')).toMatchObject({exitCode: 0, json: {differences: []}});
		const {databases} = await shop.mongo.client.db('admin').admin().listDatabases();
		expect(
			databases.filter(({name}) => name.includes('__rehearsal_') && name.startsWith(shop.name.slice(0, 30))),
		).toEqual([]);
		expect((await run('backup', 'list')).json.backups[0].rehearsed.at).toMatch(/^\d{4}-/);
	});

	it.each([
		'backup.dump.after',
		'backup.rename.before',
		'backup.rename.after',
		'backup.manifest.before',
		'backup.manifest.after',
	])('killed at %s never shows a backup that does not verify', async (point) => {
		const store = join(folder, 'killed');
		const env = {NODE_ENV: 'test', SASTAOPS_FAULT: `${point}=kill`, SASTAOPS_BACKUP_STORE: store};
		expect((await start(['backup', 'create'], env)).signal).toBe('SIGKILL');

		const listed = await start(['backup', 'list'], {SASTAOPS_BACKUP_STORE: store});
		const {backups, damaged, leftovers} = JSON.parse(listed.stdout);
		const isDone = point === 'backup.manifest.after';
		expect({backups: backups.length, damaged, leftovers: leftovers.length}).toEqual({
			backups: isDone ? 1 : 0,
			damaged: [],
			leftovers: isDone ? 0 : 1,
		});
		if (isDone) {
			const verified = await start(['backup', 'verify', backups[0].id], {SASTAOPS_BACKUP_STORE: store});
			expect(verified.exitCode).toBe(0);
		}
		await rm(store, {recursive: true});
	});

	it('prunes by the plan it shows, and answers 1 for a backup that is damaged', async () => {
		const {json: second} = await run('backup', 'create');
		expect(await run('backup', 'prune', '--dry-run')).toMatchObject({exitCode: 0, json: {remove: [id]}});
		expect(await run('backup', 'prune')).toMatchObject({exitCode: 2});
		const stored = async () => (await readdir(join(folder, 'backups'))).filter((file) => file !== '.gitignore');
		expect(await stored()).toHaveLength(4);
		expect(await run('backup', 'prune', '--yes')).toMatchObject({exitCode: 0, json: {remove: [id]}});
		expect((await stored()).every((file) => file.startsWith(second.backup.id))).toBe(true);

		const archive = join(folder, 'backups', second.backup.archive.file);
		const bytes = await readFile(archive);
		bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
		await writeFile(archive, bytes);
		expect(await run('backup', 'verify', 'latest')).toMatchObject({exitCode: 1, json: {verdict: 'fail'}});
		expect(await run('backup', 'restore', 'latest', '--to', `${shop.name}_third`, '--yes')).toMatchObject({
			exitCode: 1,
			json: {error: {code: 'BACKUP_CORRUPT'}},
		});
		expect(await collectionsOf(`${shop.name}_third`)).toEqual([]);
	});
});
