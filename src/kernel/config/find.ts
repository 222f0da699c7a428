import {readFile} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';
import {errorCode, errorMessage, SastaError} from '../errors.js';
import {EXIT} from '../exit-codes.js';

const FILE_NAMES = ['sastaops.yaml', 'sastaops.yml', 'sastaops.json'];

/**
 * The configuration file: the one named, else the nearest upwards from `cwd`, as far as the repository's top.
 * @throws SastaError CONFIG_NOT_FOUND for a named one that is not there, CONFIG_UNREADABLE
 */
export async function findConfig(
	cwd: string,
	named: string | undefined,
): Promise<{file: string; text: string} | undefined> {
	if (named !== undefined) {
		const file = resolve(cwd, named);
		const text = await readIfThere(file);
		if (text !== undefined) return {file, text};
		throw new SastaError('CONFIG_NOT_FOUND', `No configuration at ${file}`, {
			exitCode: EXIT.usage,
			hint: 'Check --config or SASTAOPS_CONFIG, or leave it out to use sastaops.yaml',
		});
	}
	for (let folder = cwd; ; folder = dirname(folder)) {
		for (const fileName of FILE_NAMES) {
			const file = join(folder, fileName);
			const text = await readIfThere(file);
			if (text !== undefined) return {file, text};
		}
		if ((await readIfThere(join(folder, '.git', 'HEAD'))) !== undefined || folder === dirname(folder)) return undefined;
	}
}

async function readIfThere(file: string): Promise<string | undefined> {
	try {
		return await readFile(file, 'utf8');
	} catch (error) {
		const code = errorCode(error);
		if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
		throw new SastaError('CONFIG_UNREADABLE', `Cannot read ${file}: ${errorMessage(error)}`, {
			exitCode: EXIT.usage,
			cause: error,
			hint: 'It must be a file that this user may read',
		});
	}
}
