import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {errorCode} from '../kernel/errors.js';

/** Makes `.sastaops/`, which ignores itself, so that it never shows up as a change. */
export async function ignoreOwnFolder(root: string): Promise<void> {
	const folder = join(root, '.sastaops');
	await mkdir(folder, {recursive: true, mode: 0o700});
	try {
		await writeFile(join(folder, '.gitignore'), '*\n', {flag: 'wx'});
	} catch (error) {
		if (errorCode(error) !== 'EEXIST') throw error;
	}
}
