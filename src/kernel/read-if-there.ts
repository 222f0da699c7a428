import {readFile} from 'node:fs/promises';
import {errorCode} from './errors.js';

/** The text of a file; undefined where there is none. Rejects with the file system's error for all else. */
export async function readIfThere(path: string): Promise<string | undefined> {
	try {
		return await readFile(path, 'utf8');
	} catch (error) {
		if (errorCode(error) === 'ENOENT') return undefined;
		throw error;
	}
}
