import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {onTestFinished} from 'vitest';
import {type Catalogue, type LoadedMigration, loadCatalogue} from '../../../src/migrate/catalogue.js';
import {makeTestHost} from '../../support/host.js';

/** A folder with these files, gone when the test is. */
export async function makeFolder(files: Readonly<Record<string, string>>): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'sastaops-migrate-'));
	onTestFinished(() => rm(folder, {recursive: true, force: true}));
	for (const [name, content] of Object.entries(files)) {
		await mkdir(join(folder, name, '..'), {recursive: true});
		await writeFile(join(folder, name), content);
	}
	return folder;
}

export async function makeCatalogue(files: Readonly<Record<string, string>>): Promise<Catalogue> {
	return loadCatalogue(await makeFolder(files), makeTestHost());
}

/** The one migration of a file. */
export async function makeMigration(source: string, name = '0001-change.ts'): Promise<LoadedMigration> {
	const {migrations} = await makeCatalogue({[name]: source});
	const [migration] = migrations;
	if (migration === undefined) throw new Error('no migration');
	return migration;
}

/** A source with what each migration must have, and the given rest. */
export function source(rest: string, phase: 'expand' | 'contract' = 'expand'): string {
	return `export const title = 'A change';\nexport const phase = '${phase}';\nexport const irreversible = 'a test';\n${rest}\n`;
}
