import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Migration} from './author.js';
import {parseMigration} from './parse-migration.js';
import {importScript, readScript, type Script} from './script.js';
import {listNumberedFiles, type NumberedFile} from './script-folder.js';

/** One file of migrations/, loaded. */
export type LoadedMigration = NumberedFile & Script & {readonly migration: Migration};

export type Catalogue = {
	readonly folder: string;
	/** By number. */
	readonly migrations: readonly LoadedMigration[];
};

/**
 * Loads every migration of a folder; one that is not there is an empty catalogue.
 * @throws SastaError MIGRATION_INVALID with every problem of every file; SCRIPT_NAME, SCRIPT_UNREADABLE
 */
export async function loadCatalogue(folder: string, host: Pick<Host, 'randomHex'>): Promise<Catalogue> {
	const migrations: LoadedMigration[] = [];
	const problems: string[] = [];
	for (const numbered of await listNumberedFiles(folder)) {
		const script = await readScript(numbered.file);
		const parsed = parseMigration(await importScript(script, host));
		if (parsed.migration === undefined)
			problems.push(...parsed.problems.map((problem) => `${numbered.id}: ${problem}`));
		else migrations.push({...numbered, ...script, migration: parsed.migration});
	}
	if (problems.length > 0) {
		throw new SastaError('MIGRATION_INVALID', `${folder} holds files that are no migrations yet`, {
			exitCode: EXIT.usage,
			details: problems,
			hint: 'A good start is made by: sastaops db migrate create <name>',
		});
	}
	return {folder, migrations};
}
