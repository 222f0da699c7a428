import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {loadCatalogue} from '../../src/migrate/catalogue.js';
import {makeTestHost} from '../support/host.js';
import {makeCatalogue, makeFolder, source} from './support/files.js';

const UP = 'export async function up() {}';

it('takes a folder that is not there for an empty catalogue', async () => {
	const {migrations} = await loadCatalogue('/nowhere/at/all', makeTestHost());
	expect(migrations).toEqual([]);
});

it('orders migrations by number, not by text', async () => {
	const {migrations} = await makeCatalogue({
		'10-c.js': source(UP),
		'9-b.mjs': source(UP),
		'0001-a.ts': source(UP),
		'README.md': 'not a script',
		'types.d.ts': 'not a migration',
	});
	expect(migrations.map(({id}) => id)).toEqual(['0001-a', '9-b', '10-c']);
});

it('loads TypeScript, resolves its relative imports, and leaves nothing beside it', async () => {
	const folder = await makeFolder({
		'0001-typed.ts': source(
			"import type {MigrationContext} from 'sastaops';\nimport {word} from './parts/word.mjs';\nexport const operator: string = word;\nexport async function up({db}: MigrationContext): Promise<void> { await db.command({ping: 1}); }",
		),
		'parts/word.mjs': "export const word = 'restart the workers';",
	});

	const {migrations} = await loadCatalogue(folder, makeTestHost());

	expect(migrations[0]?.migration.operator).toBe('restart the workers');
	expect((await readdir(folder)).sort()).toEqual(['0001-typed.ts', 'parts']);
});

it('gives the same checksum to CRLF and LF, and another one to a changed byte', async () => {
	const checksums = await Promise.all(
		[source(UP), source(UP).replaceAll('\n', '\r\n'), source(`${UP} `)].map(
			async (text) => (await makeCatalogue({'0001-a.js': text})).migrations[0]?.checksum,
		),
	);
	expect(checksums[1]).toBe(checksums[0]);
	expect(checksums[2]).not.toBe(checksums[0]);
});

it('lists every problem of every file at once', async () => {
	const files = {
		'0001-a.ts':
			"export const title = '';\nexport const phase = 'expand';\nexport const irreversible = 'x';\nexport function up() {}",
		'0002-b.ts': "export const title = 'b';\nexport const phase = 'later';\nexport function up() {}",
		'0003-c.ts': source("export const steps = [{name: 'Bad Name', run() {}}];"),
		'0004-d.ts': source("export const steps = [{name: 'x', backfill: {collection: 'orders'}}];"),
		'0005-e.ts': source("export const steps = [{name: 'x', run() {}}, {name: 'x', run() {}}];"),
		'0006-f.ts': source("export const up = 'not a function';"),
		'0007-g.ts': source(`${UP}\nexport const steps = [{name: 'x', run() {}}];`),
		'0008-h.ts': "export const title = 'h';\nexport const phase = 'expand';\nexport function up() {}",
	};

	const error = await makeCatalogue(files).catch((thrown: unknown) => thrown);

	expect(error).toMatchObject({code: 'MIGRATION_INVALID', exitCode: 2});
	const details = (error as {details: string[]}).details;
	for (const id of Object.keys(files).map((name) => name.slice(0, -3))) {
		expect(
			details.some((detail) => detail.startsWith(`${id}: `)),
			id,
		).toBe(true);
	}
	expect(details).toContain("0008-h: needs one of down and irreversible = 'the reason'");
});

it.each([
	['a file that cannot be ordered', {'add-gstin.ts': source(UP)}, 'SCRIPT_NAME'],
	['TypeScript that does not parse', {'0001-a.ts': 'export const title = ;'}, 'SCRIPT_UNREADABLE'],
	['a file that throws when loaded', {'0001-a.js': "throw new Error('no')"}, 'SCRIPT_UNREADABLE'],
	[
		'an import that is not there',
		{'0001-a.ts': source(`import {x} from './gone.js';\n${UP}\nx();`)},
		'SCRIPT_UNREADABLE',
	],
])('refuses %s', async (_name, files, code) => {
	const folder = await makeFolder(files);
	await expect(loadCatalogue(folder, makeTestHost())).rejects.toMatchObject({code, exitCode: 2});
	expect((await readdir(folder)).map((name) => join(folder, name)).length).toBe(1);
});
