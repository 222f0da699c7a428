import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {compareWithManifest, databaseContent} from '../../src/backup/content.js';
import {createBackup} from '../../src/backup/create.js';
import type {EngineName} from '../../src/backup/engine.js';
import type {BackupManifest} from '../../src/backup/manifest.js';
import {restoreBackup} from '../../src/backup/restore.js';
import {readManifest} from '../../src/backup/store.js';
import {verifyBackup} from '../../src/backup/verify.js';
import {makeTestHost} from '../support/host.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';
import {officialTools} from '../support/mongo-tools.js';
import {fillShop} from './shop-data.js';

const tools = officialTools();
const engines: EngineName[] = tools === undefined ? ['builtin'] : ['builtin', 'mongodump'];

describe.each(engines)('a backup written by %s', (engine) => {
	const host = makeTestHost();
	let shop: FreshDatabase;
	let store: string;
	let manifest: BackupManifest;

	beforeAll(async () => {
		shop = await freshDatabase();
		await fillShop(shop);
		store = await mkdtemp(join(tmpdir(), 'sastaops-backup-'));
		manifest = await createBackup(
			{
				mongo: shop.mongo,
				database: shop.name,
				lineage: 'a-lineage',
				store,
				id: `of-${engine}`,
				engine,
				mongodump: tools?.mongodump ?? ['mongodump'],
				timeoutMs: 60_000,
			},
			host,
		);
	});
	afterAll(async () => {
		await Promise.all([shop?.drop(), rm(store, {recursive: true, force: true})]);
	});

	it('describes the database as it is', async () => {
		expect(await readManifest(store, manifest.id)).toEqual(manifest);
		expect(manifest).toMatchObject({
			tool: {name: engine},
			writes: 'none',
			consistent: true,
			verified: {depth: 'full'},
			optime: {start: expect.stringMatching(/^\d+:\d+$/)},
		});
		expect(await compareWithManifest(shop.mongo.db(shop.name), manifest, host)).toEqual([]);
	});

	it('verifies offline', async () => {
		const {problems, bytesRead} = await verifyBackup({store, backup: manifest.id, depth: 'full'}, host);
		expect(problems).toEqual([]);
		expect(bytesRead).toBe(manifest.archive.uncompressedBytes);
	});

	it.each(engines)('comes back whole when restored by %s', async (restorer) => {
		const target = await freshDatabase();
		try {
			const {documents} = await restoreBackup(
				{
					mongo: target.mongo,
					manifest,
					store,
					toDatabase: target.name,
					engine: restorer,
					mongorestore: tools?.mongorestore ?? ['mongorestore'],
					timeoutMs: 60_000,
				},
				host,
			);
			expect(documents).toBe(manifest.collections.reduce((sum, {documents: count}) => sum + count, 0));
			expect(await compareWithManifest(target.mongo.db(target.name), manifest, host)).toEqual([]);
			expect(await databaseContent(target.mongo.db(target.name), host)).toEqual(
				await databaseContent(shop.mongo.db(shop.name), host),
			);
		} finally {
			await target.drop();
		}
	});
});
