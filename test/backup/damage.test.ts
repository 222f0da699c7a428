import {copyFile, mkdtemp, readFile, rm, symlink, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {createBackup} from '../../src/backup/create.js';
import type {BackupManifest} from '../../src/backup/manifest.js';
import {restoreBackup} from '../../src/backup/restore.js';
import {backupPaths, listStore, readManifest} from '../../src/backup/store.js';
import {verifyBackup} from '../../src/backup/verify.js';
import {isSastaError} from '../../src/kernel/errors.js';
import {makeTestHost} from '../support/host.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';
import {makeRandom} from './random.js';
import {fillShop} from './shop-data.js';

const FLIPS = 500;

describe('a damaged backup', () => {
	const host = makeTestHost();
	let shop: FreshDatabase;
	let store: string;
	let manifest: BackupManifest;
	let archive: Buffer;
	let manifestText: Buffer;

	beforeAll(async () => {
		shop = await freshDatabase();
		await fillShop(shop, 3000);
		store = await mkdtemp(join(tmpdir(), 'sastaops-damage-'));
		manifest = await createBackup(
			{
				mongo: shop.mongo,
				database: shop.name,
				lineage: 'ours',
				store,
				id: 'good',
				engine: 'builtin',
				mongodump: [],
				timeoutMs: 60_000,
			},
			host,
		);
		const paths = backupPaths(store, 'good');
		[archive, manifestText] = await Promise.all([readFile(paths.archive), readFile(paths.manifest)]);
	});
	afterAll(async () => {
		await Promise.all([shop?.drop(), rm(store, {recursive: true, force: true})]);
	});

	/** The problems `verify` finds once the files hold these bytes; the code of its error where it refuses to begin. */
	async function problemsWith(archiveBytes: Buffer, manifestBytes: Buffer, depth: 'hash' | 'full' = 'full') {
		const paths = backupPaths(store, 'good');
		await Promise.all([writeFile(paths.archive, archiveBytes), writeFile(paths.manifest, manifestBytes)]);
		try {
			return (await verifyBackup({store, backup: 'good', depth}, host)).problems.map(({message}) => message);
		} catch (error) {
			if (isSastaError(error, 'BACKUP_CORRUPT')) return [error.code];
			throw error;
		}
	}

	it('is whole to begin with', async () => {
		expect(await problemsWith(archive, manifestText)).toEqual([]);
	});

	it('is found when cut at every 4 KiB, at 0, at 1, inside the header and at the last byte', async () => {
		const lengths = [0, 1, 9, 30, archive.length - 1];
		for (let length = 4096; length < archive.length; length += 4096) lengths.push(length);
		for (const length of lengths) {
			expect(await problemsWith(archive.subarray(0, length), manifestText), `cut at ${length}`).not.toEqual([]);
		}
	});

	it(`is found after each of ${FLIPS} single flipped bits of the archive`, async () => {
		const random = makeRandom();
		for (let flip = 0; flip < FLIPS; flip++) {
			const bit = random.below(archive.length * 8);
			const problems = await problemsWith(flipped(archive, bit), manifestText);
			expect(problems, `bit ${bit}, seed ${random.seed}`).not.toEqual([]);
		}
	});

	it(`is found after each of ${FLIPS} single flipped bits of the manifest`, async () => {
		const random = makeRandom();
		for (let flip = 0; flip < FLIPS; flip++) {
			const bit = random.below(manifestText.length * 8);
			const problems = await problemsWith(archive, flipped(manifestText, bit), 'hash');
			expect(problems, `bit ${bit}, seed ${random.seed}`).toEqual(['BACKUP_CORRUPT']);
		}
		expect((await listStore(store)).damaged).toEqual(['good']);
	});

	it('is found when bytes follow its end', async () => {
		const problems = await problemsWith(Buffer.concat([archive, Buffer.from('tail')]), manifestText);
		expect(problems.join()).toMatch(/bytes/);
	});

	it('is refused by restore before anything is written', async () => {
		const target = await freshDatabase();
		try {
			const random = makeRandom();
			for (let time = 0; time < 3; time++) {
				await problemsWith(flipped(archive, random.below(archive.length * 8)), manifestText);
				await expect(
					restoreBackup(
						{
							mongo: target.mongo,
							manifest,
							store,
							toDatabase: target.name,
							engine: 'builtin',
							mongorestore: [],
							timeoutMs: 60_000,
						},
						host,
					),
				).rejects.toMatchObject({code: 'BACKUP_CORRUPT', exitCode: 1});
				expect(await target.mongo.db(target.name).listCollections().toArray()).toEqual([]);
			}
		} finally {
			await target.drop();
		}
	});

	it('is found when the archive is gone, a link, or another backup under its name', async () => {
		await problemsWith(archive, manifestText);
		const paths = backupPaths(store, 'good');
		await rm(paths.archive);
		expect(await problemsOnly()).toMatch(/missing/);
		await symlink(backupPaths(store, 'elsewhere').archive, paths.archive);
		expect(await problemsOnly()).toMatch(/no file/);
		await rm(paths.archive);
		await copyFile(paths.manifest, backupPaths(store, 'copy').manifest);
		await expect(readManifest(store, 'copy')).rejects.toMatchObject({
			code: 'BACKUP_CORRUPT',
			details: ['it is the manifest of good'],
		});
	});

	it('is told apart by size alone when hash is enough', async () => {
		await problemsWith(archive, manifestText);
		await truncate(backupPaths(store, 'good').archive, 100);
		const {problems} = await verifyBackup({store, backup: 'good', depth: 'hash'}, host);
		expect(problems[0]?.message).toMatch(/the file has 100 bytes/);
	});

	async function problemsOnly(): Promise<string> {
		return (await verifyBackup({store, backup: 'good', depth: 'full'}, host)).problems
			.map(({message}) => message)
			.join();
	}
});

function flipped(bytes: Buffer, bit: number): Buffer {
	const copy = Buffer.from(bytes);
	const at = bit >> 3;
	copy[at] = (copy[at] ?? 0) ^ (1 << (bit & 7));
	return copy;
}
