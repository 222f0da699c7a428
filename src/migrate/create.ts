import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Phase} from './author.js';
import {listNumberedFiles} from './script-folder.js';

/**
 * Writes the next migration file, from the template, and gives its path.
 * @throws SastaError MIGRATION_NAME when no file name can be made of the name
 */
export async function createMigration({
	folder,
	name,
	phase,
	template,
}: {
	readonly folder: string;
	readonly name: string;
	readonly phase: Phase;
	/** Path of the file to start from. */
	readonly template: string;
}): Promise<string> {
	const words = name.toLowerCase().match(/[a-z0-9]+/g);
	if (!words) {
		throw new SastaError('MIGRATION_NAME', `No file name can be made of "${name}"`, {
			exitCode: EXIT.usage,
			hint: 'Say what it does in a few words: sastaops db migrate create "add order gstin"',
		});
	}
	const newest = (await listNumberedFiles(folder)).at(-1)?.number ?? 0;
	const file = join(folder, `${String(newest + 1).padStart(4, '0')}-${words.join('-')}.ts`);
	const text = (await readFile(template, 'utf8'))
		.replace("title = 'What it does'", `title = '${capitalize(words.join(' '))}'`)
		.replace("phase: Phase = 'expand'", `phase: Phase = '${phase}'`);
	await mkdir(folder, {recursive: true});
	// Never over a file that somebody made in the same moment.
	await writeFile(file, text, {flag: 'wx'});
	return file;
}

function capitalize(text: string): string {
	return text.charAt(0).toUpperCase() + text.slice(1);
}
