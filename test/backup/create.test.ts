import {execFileSync, spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {type CreateRequest, createBackup} from '../../src/backup/create.js';
import {listStore, readManifest} from '../../src/backup/store.js';
import {verifyBackup} from '../../src/backup/verify.js';
import {SastaError} from '../../src/kernel/errors.js';
import {openMongo} from '../../src/ports/mongo.js';
import {makeTestHost} from '../support/host.js';
import {type FreshDatabase, freshDatabase, privateServer} from '../support/mongo.js';
import {archiveOf} from './archive/sample.js';
import {type FakeMongodump, makeFakeMongodump} from './fakes.js';
import {fillShop} from './shop-data.js';

let shop: FreshDatabase;
let folder: string;
let store: string;

beforeAll(async () => {
	shop = await freshDatabase();
	await fillShop(shop, 200);
});
afterAll(() => shop?.drop());
beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'sastaops-create-'));
	store = join(folder, 'store');
});
afterEach(() => rm(folder, {recursive: true, force: true}));

function request(changes: Partial<CreateRequest> = {}): CreateRequest {
	return {
		mongo: shop.mongo,
		database: shop.name,
		lineage: 'ours',
		store,
		id: 'one',
		engine: 'builtin',
		mongodump: [],
		timeoutMs: 60_000,
		...changes,
	};
}

async function withFake(fake: FakeMongodump, changes: Partial<CreateRequest> = {}): Promise<CreateRequest> {
	return request({engine: 'mongodump', mongodump: await makeFakeMongodump(folder, fake), ...changes});
}

async function filesLeft(): Promise<string[]> {
	return existsSync(store) ? (await readdir(store)).filter((name) => name !== '.gitignore') : [];
}

describe('createBackup', () => {
	it('refuses a database without collections, whose name is likely wrong', async () => {
		await expect(createBackup(request({database: `${shop.name}_x`}), makeTestHost())).rejects.toMatchObject({
			code: 'BACKUP_EMPTY',
			exitCode: 4,
		});
		expect(await filesLeft()).toEqual([]);
	});

	it('keeps the folder it makes out of any repository, and leaves one that was there as it is', async () => {
		await createBackup(request(), makeTestHost());
		expect(await readFile(join(store, '.gitignore'), 'utf8')).toBe('*\n');

		const theirs = join(folder, 'theirs');
		await mkdir(theirs);
		await createBackup(request({store: theirs}), makeTestHost());
		expect(await readdir(theirs)).not.toContain('.gitignore');
	});

	it('never overwrites a backup', async () => {
		await createBackup(request(), makeTestHost());
		await expect(createBackup(request(), makeTestHost())).rejects.toMatchObject({code: 'BACKUP_EXISTS'});
		expect((await verifyBackup({store, backup: 'one', depth: 'full'}, makeTestHost())).problems).toEqual([]);
	});

	it.each(['..', '../one', 'a/b', 'a\\b', '', '.hidden', 'a\0b'])('refuses the id %j', async (id) => {
		await expect(createBackup(request({id}), makeTestHost())).rejects.toMatchObject({code: 'BACKUP_ID', exitCode: 2});
	});

	it('uses the built-in engine where mongodump is missing, and says so', async () => {
		const host = makeTestHost();
		const manifest = await createBackup(request({engine: 'auto', mongodump: ['no-such-mongodump']}), host);
		expect(manifest.tool.name).toBe('builtin');
		expect(host.events).toContainEqual(expect.objectContaining({message: expect.stringContaining('built-in engine')}));
	});

	it('is for its owner alone', async () => {
		await createBackup(request(), makeTestHost());
		const modes = execFileSync('stat', ['-c', '%a', store, ...(await filesLeft()).map((file) => join(store, file))]);
		expect(modes.toString().trim().split('\n')).toEqual(['700', '600', '600']);
	});

	it('leaves the maintenance switch out', async () => {
		const {collections} = await createBackup(request(), makeTestHost());
		expect(collections.map(({name}) => name)).toEqual([
			'cheap',
			'empty',
			'oddities',
			'orders',
			'products',
			'sastaops_migrations',
		]);
	});
});

describe('a mongodump that lies', () => {
	it('by leaving a collection out is refused, and the collection named', async () => {
		const archive = await archiveOf({orders: Array.from({length: 200}, (_, _id) => ({_id}))}, shop.name);
		const error = await failure(await withFake({does: 'write', archive}));
		expect(error.code).toBe('BACKUP_FAILED');
		expect(error.details.join('\n')).toMatch(/products: is missing; the database has 50 documents/);
		expect(await filesLeft()).toEqual([]);
	});

	it('by one document is refused', async () => {
		const archive = await archiveOf(
			{
				...Object.fromEntries(['empty', 'oddities', 'products', 'sastaops_migrations'].map((name) => [name, []])),
				orders: Array.from({length: 199}, (_, _id) => ({_id})),
			},
			shop.name,
		);
		const error = await failure(await withFake({does: 'write', archive}));
		expect(error.details.join('\n')).toMatch(/orders: holds 199 documents where there should be 200/);
	});

	it('by dumping another database is refused', async () => {
		const archive = await archiveOf({orders: []}, 'other');
		expect((await failure(await withFake({does: 'write', archive}))).details.join()).toMatch(/of the database other/);
	});

	it('by writing no archive at all is refused', async () => {
		const error = await failure(await withFake({does: 'write', archive: Buffer.alloc(0)}));
		expect(error.details.join()).toMatch(/middle of a block/);
	});
});

describe('a mongodump that fails', () => {
	it('gets its password from a private file and shows it nowhere', async () => {
		const host = makeTestHost();
		const uri = 'mongodb://admin:s3cret-pass@127.0.0.1:1/?directConnection=true';
		const archive = await archiveOf({orders: []}, shop.name);
		const fake: FakeMongodump = {does: 'die late and print its configuration', archive};
		const error = await failure(await withFake(fake, {mongo: {...shop.mongo, uri}}), host);
		const argv = await readFile(join(folder, 'fake-mongodump.argv'), 'utf8');
		expect(error.code).toBe('MONGODUMP_FAILED');
		expect(error.details.join('\n')).toContain('connecting with');
		for (const text of [argv, error.message, ...error.details, JSON.stringify(host.events)]) {
			expect(text).not.toContain('s3cret-pass');
		}
		const config = /--config=([^"]+)/.exec(argv)?.[1] ?? '';
		expect(config).not.toBe('');
		expect(existsSync(config)).toBe(false);
		expect(await filesLeft()).toEqual([]);
	});

	it('by hanging is ended, by force where it must be, and nothing is left', async () => {
		const started = performance.now();
		const error = await failure(await withFake({does: 'hang'}, {timeoutMs: 4000}));
		expect(error).toMatchObject({code: 'MONGODUMP_FAILED', message: expect.stringContaining('did not end in time')});
		expect(performance.now() - started).toBeLessThan(20_000);
		expect(await isFakeAlive()).toBe(false);
		expect(await filesLeft()).toEqual([]);
	}, 30_000);

	it('is ended when we are told to stop', async () => {
		const stop = new AbortController();
		const reason = new SastaError('INTERRUPTED', 'Interrupted');
		const running = createBackup(await withFake({does: 'write for ever'}), makeTestHost({signal: stop.signal}));
		running.catch(() => undefined);
		await waitFor(() => existsSync(join(folder, 'fake-mongodump.pid')));
		stop.abort(reason);
		await expect(running).rejects.toBe(reason);
		expect(await isFakeAlive()).toBe(false);
		expect(await filesLeft()).toEqual([]);
	});

	it('does not outlive us when we are killed', async () => {
		const [program = '', script = ''] = await makeFakeMongodump(folder, {does: 'write for ever'});
		const parent = spawn(process.execPath, [
			'-e',
			`const child = require('child_process').spawn(${JSON.stringify(program)}, [${JSON.stringify(script)}]); child.stdout.resume();`,
		]);
		await waitFor(() => existsSync(join(folder, 'fake-mongodump.pid')));
		parent.kill('SIGKILL');
		await waitFor(async () => !(await isFakeAlive()));
	});
});

describe('a backup that is cut', () => {
	const points = [
		'backup.dump.before',
		'backup.dump.after',
		'backup.rename.before',
		'backup.rename.after',
		'backup.manifest.before',
	];

	it.each(points)('at %s is no backup and leaves nothing', async (point) => {
		const fault = async (passed: string) => {
			if (passed === point) throw new SastaError('CUT', 'cut');
		};
		await expect(createBackup(request(), makeTestHost({fault}))).rejects.toMatchObject({code: 'CUT'});
		expect(await filesLeft()).toEqual([]);
	});

	it('by a crash is told by list, and the next try cleans up', async () => {
		await mkdir(store, {recursive: true});
		for (const file of ['one.archive.gz', 'one.archive.gz.partial', 'one.manifest.json.partial']) {
			await writeFile(join(store, file), 'half');
		}
		expect(await listStore(store)).toEqual({
			manifests: [],
			damaged: [],
			leftovers: ['one.archive.gz', 'one.archive.gz.partial', 'one.manifest.json.partial'],
		});
		await createBackup(request(), makeTestHost());
		expect(await listStore(store)).toMatchObject({manifests: [{id: 'one'}], leftovers: []});
	});

	it('by a fault behind the manifest is a backup', async () => {
		const fault = async (passed: string) => {
			if (passed === 'backup.manifest.after') throw new SastaError('CUT', 'cut');
		};
		await expect(createBackup(request(), makeTestHost({fault}))).rejects.toMatchObject({code: 'CUT'});
		expect((await readManifest(store, 'one')).id).toBe('one');
		expect((await verifyBackup({store, backup: 'one', depth: 'full'}, makeTestHost())).problems).toEqual([]);
	});
});

const canMount = process.getuid?.() === 0;
if (!canMount && process.env['CI']) throw new Error('the test of a full disk needs root, to mount a small tmpfs');

describe.skipIf(!canMount)('a full disk (needs root, for a small tmpfs)', () => {
	it.each(['builtin', 'mongodump'] as const)(
		'stops %s, is named with need and room, and leaves old backups whole',
		async (engine) => {
			await mkdir(store);
			execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', store]);
			try {
				await createBackup(request({id: 'old'}), makeTestHost());
				const fake: FakeMongodump = {does: 'write for ever'};
				if (engine === 'builtin') await fillNoise(shop);
				const error = await failure(engine === 'builtin' ? request() : await withFake(fake));
				expect(error).toMatchObject({code: 'BACKUP_DISK_FULL', exitCode: 4});
				expect(error.message).toMatch(/one\.archive\.gz\.partial needs up to .+B, and .+B are free/);
				expect(await listStore(store)).toMatchObject({manifests: [{id: 'old'}], damaged: [], leftovers: []});
				expect((await verifyBackup({store, backup: 'old', depth: 'full'}, makeTestHost())).problems).toEqual([]);
			} finally {
				execFileSync('umount', [store]);
				await shop.mongo
					.db(shop.name)
					.dropCollection('noise')
					.catch(() => undefined);
			}
		},
	);
});

describe('writes during a backup', () => {
	it('cannot be told of a server that is no replica set, and nothing is claimed', async () => {
		const server = await privateServer({standalone: true});
		try {
			const mongo = await openMongo(server.uri, makeTestHost());
			await fillShop({mongo, name: 'shop'}, 50);
			const manifest = await createBackup(request({mongo, database: 'shop'}), makeTestHost());
			await mongo.close();
			expect(manifest).toMatchObject({writes: 'unknown', consistent: false});
		} finally {
			await server.stop();
		}
	});

	it('are seen, and a backup that says it stands for one instant does', async () => {
		const other = await freshDatabase();
		const db = other.mongo.db(other.name);
		const stop = new AbortController();
		try {
			await fillShop(other, 4000);
			const writer = writePairs(db, stop.signal);
			const fault = async (point: string) => {
				if (point === 'backup.dump.before') await delay(100);
			};
			const manifest = await createBackup(request({mongo: other.mongo, database: other.name}), makeTestHost({fault}));
			stop.abort();
			await writer;
			expect(manifest.writes).toBe('seen');
			const count = (wanted: string) => manifest.collections.find(({name}) => name === wanted)?.documents ?? 0;
			// Each pair is one transaction: an instant has as many of the one as of the other.
			const isEven = count('payments') === count('invoices');
			expect(count('payments')).toBeGreaterThan(0);
			// A server that ignores the instant it is asked for must be found out.
			expect(manifest.consistent && !isEven).toBe(false);
		} finally {
			stop.abort();
			await other.drop();
		}
	});
});

async function failure(asked: CreateRequest, host = makeTestHost()): Promise<SastaError> {
	try {
		await createBackup(asked, host);
	} catch (error) {
		if (error instanceof SastaError) return error;
		throw error;
	}
	throw new Error('the backup was made');
}

async function isFakeAlive(): Promise<boolean> {
	const pid = Number(await readFile(join(folder, 'fake-mongodump.pid'), 'utf8'));
	try {
		process.kill(pid, 0);
		// A zombie still has its pid.
		return !/^State:\s+Z/m.test(await readFile(`/proc/${pid}/status`, 'utf8'));
	} catch {
		return false;
	}
}

async function waitFor(condition: () => boolean | Promise<boolean>): Promise<void> {
	for (let waited = 0; waited < 10_000; waited += 50) {
		if (await condition()) return;
		await delay(50);
	}
	throw new Error('waited in vain');
}

async function fillNoise({mongo, name}: FreshDatabase): Promise<void> {
	const {randomBytes} = await import('node:crypto');
	await mongo
		.db(name)
		.collection<{bytes: Buffer}>('noise')
		.insertMany(Array.from({length: 20}, () => ({bytes: randomBytes(50_000)})));
}

async function writePairs(db: ReturnType<FreshDatabase['mongo']['db']>, signal: AbortSignal): Promise<void> {
	await Promise.all([db.createCollection('payments'), db.createCollection('invoices')]);
	while (!signal.aborted) {
		await db.client.withSession((session) =>
			session.withTransaction(async () => {
				await db.collection('invoices').insertOne({at: 1}, {session});
				await db.collection('payments').insertOne({at: 1}, {session});
			}),
		);
	}
}
