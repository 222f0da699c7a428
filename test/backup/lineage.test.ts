import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {assertLineage, ensureLineage, readLineage} from '../../src/backup/lineage.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';
import {sampleManifest} from './sample-manifest.js';

describe('the lineage of a database', () => {
	let state: FreshDatabase;
	beforeAll(async () => {
		state = await freshDatabase();
	});
	afterAll(() => state?.drop());

	it('is not given by reading, given once by asking, and the same for ever, also to fifty who ask at once', async () => {
		const db = state.mongo.db(state.name);
		expect(await readLineage(db, 'shop')).toBeUndefined();
		const given = new Set(await Promise.all(Array.from({length: 50}, () => ensureLineage(db, 'shop'))));
		expect(given.size).toBe(1);
		expect(given).toContain(await readLineage(db, 'shop'));
		expect(given).not.toContain(await ensureLineage(db, 'other'));
	});

	it('lets a backup of the database through', () => {
		expect(() => assertLineage(sampleManifest({}), {name: 'shop', lineage: 'ours'}, undefined)).not.toThrow();
	});

	it.each([
		['of another lineage', 'theirs', undefined],
		['where none was given', undefined, undefined],
		['under an override that names a third database', 'ours', 'third'],
	])('refuses a backup %s', (_what, lineage, fromOther) => {
		expect(() => assertLineage(sampleManifest({}), {name: 'shop', lineage}, fromOther)).toThrow(
			expect.objectContaining({code: 'BACKUP_FOREIGN', exitCode: 4}),
		);
	});

	it('is overridden by the name of the database the backup is of', () => {
		const manifest = sampleManifest({database: {name: 'staging', lineage: 'theirs'}});
		expect(() => assertLineage(manifest, {name: 'shop', lineage: 'ours'}, 'staging')).not.toThrow();
	});
});
