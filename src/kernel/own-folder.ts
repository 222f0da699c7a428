import {mkdir, readdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {errorCode, errorMessage, SastaError} from './errors.js';

/** Makes `.sastaops/`, for its owner alone, which ignores itself, so that it never shows up as a change. */
export async function makeOwnFolder(folder: string): Promise<void> {
	await mkdir(folder, {recursive: true, mode: 0o700});
	if ((await readdir(folder)).includes('.gitignore')) return;
	await writeFile(join(folder, '.gitignore'), '*\n');
}

/**
 * The same below `root`, before a command writes anything there.
 * @throws SastaError JOURNAL_UNWRITABLE
 */
export async function ignoreOwnFolder(root: string): Promise<void> {
	const folder = join(root, '.sastaops');
	try {
		await makeOwnFolder(folder);
	} catch (error) {
		if (errorCode(error) === undefined) throw error;
		throw new SastaError('JOURNAL_UNWRITABLE', `Cannot write in ${folder}: ${errorMessage(error)}`, {
			cause: error,
			hint: 'Mend it, and run it again',
		});
	}
}
