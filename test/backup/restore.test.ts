import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {createBackup} from '../../src/backup/create.js';
import type {BackupManifest} from '../../src/backup/manifest.js';
import {rehearseBackup, scratchName} from '../../src/backup/rehearse.js';
import {type RestoreRequest, restoreBackup} from '../../src/backup/restore.js';
import {readManifest} from '../../src/backup/store.js';
import {verifyBackup} from '../../src/backup/verify.js';
import {SastaError} from '../../src/kernel/errors.js';
import {makeTestHost} from '../support/host.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';
import {fillShop} from './shop-data.js';

describe('restoreBackup', () => {
	let shop: FreshDatabase;
	let target: FreshDatabase;
	let store: string;
	let manifest: BackupManifest;

	beforeAll(async () => {
		[shop, target] = await Promise.all([freshDatabase(), freshDatabase()]);
		await fillShop(shop, 500);
		store = await mkdtemp(join(tmpdir(), 'sastaops-restore-'));
		manifest = await createBackup(
			{
				mongo: shop.mongo,
				database: shop.name,
				lineage: 'ours',
				store,
				id: 'one',
				engine: 'builtin',
				mongodump: [],
				timeoutMs: 60_000,
			},
			makeTestHost(),
		);
	});
	afterAll(async () => {
		await Promise.all([shop?.drop(), target?.drop(), rm(store, {recursive: true, force: true})]);
	});

	function request(changes: Partial<RestoreRequest> = {}): RestoreRequest {
		return {
			mongo: target.mongo,
			manifest,
			store,
			toDatabase: target.name,
			engine: 'builtin',
			mongorestore: [],
			timeoutMs: 60_000,
			...changes,
		};
	}

	it('refuses a database that holds anything, and leaves it as it is', async () => {
		const before = await shop.mongo.db(shop.name).collection('orders').countDocuments();
		await expect(restoreBackup(request({toDatabase: shop.name}), makeTestHost())).rejects.toMatchObject({
			code: 'TARGET_NOT_EMPTY',
			exitCode: 4,
		});
		expect(await shop.mongo.db(shop.name).collection('orders').countDocuments()).toBe(before);
	});

	it('leaves out what it is told to', async () => {
		const {documents} = await restoreBackup(request({exclude: ['orders']}), makeTestHost());
		expect(documents).toBe(52);
		const names = await target.mongo.db(target.name).listCollections({}, {nameOnly: true}).toArray();
		expect(names.map(({name}) => name)).not.toContain('orders');
		await target.mongo.db(target.name).dropDatabase();
	});

	it('stops with the reason when told to stop, in verification as in restoring', async () => {
		const reason = new SastaError('INTERRUPTED', 'Interrupted');
		const stop = new AbortController();
		stop.abort(reason);
		const host = makeTestHost({signal: stop.signal});
		await expect(verifyBackup({store, backup: manifest, depth: 'full'}, host)).rejects.toBe(reason);

		const later = new AbortController();
		const fault = async (point: string) => {
			if (point === 'backup.restore.before') later.abort(reason);
		};
		await expect(restoreBackup(request(), makeTestHost({fault, signal: later.signal}))).rejects.toBe(reason);
		await target.mongo.db(target.name).dropDatabase();
	});

	it('in a rehearsal leaves no scratch database, also when it fails', async () => {
		const fault = async (point: string) => {
			if (point === 'backup.restore.after') throw new SastaError('CUT', 'cut');
		};
		await expect(rehearseBackup(request(), makeTestHost({fault}))).rejects.toMatchObject({code: 'CUT'});
		const {differences, scratch} = await rehearseBackup(request(), makeTestHost());
		expect(differences).toEqual([]);
		expect((await readManifest(store, 'one')).rehearsed).not.toBeNull();
		const {databases} = await target.mongo.db('admin').admin().listDatabases();
		const left = databases.filter(({name}) => name.startsWith(scratch.slice(0, -8)));
		expect(left).toEqual([]);
	});

	it('names scratch databases within what MongoDB allows', () => {
		const name = scratchName('ü'.repeat(31), makeTestHost());
		expect(Buffer.byteLength(name)).toBeLessThanOrEqual(63);
		expect(name).toMatch(/^ü+__rehearsal_[0-9a-f]{8}$/);
	});
});
