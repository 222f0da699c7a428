import {mkdtemp, readFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {exportLostDocuments} from '../../../src/release/rollback/export-lost.js';
import {makeTestHost} from '../../support/host.js';
import {type FreshDatabase, freshDatabase} from '../../support/mongo.js';

let database: FreshDatabase;
beforeAll(async () => {
	database = await freshDatabase();
});
afterAll(() => database.drop());

it('exports collections whose names no file could have, each to a file of its own', async () => {
	const db = database.mongo.db(database.name);
	const names = [`${'न'.repeat(30)}अ`, `${'न'.repeat(30)}आ`, 'orders/2026'];
	for (const name of names) await db.collection(name).insertOne({name});
	const root = await mkdtemp(join(tmpdir(), 'sastaops-export-'));

	const lost = await exportLostDocuments({db, staged: 'restored_', run: 'run', root}, makeTestHost());

	expect(lost.documents).toBe(3);
	const files = lost.collections.map(({file}) => file);
	expect(new Set(files).size).toBe(3);
	for (const {name, file} of lost.collections)
		expect(JSON.parse(await readFile(join(root, lost.folder, file), 'utf8'))).toMatchObject({name});
});
