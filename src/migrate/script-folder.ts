import {readdir} from 'node:fs/promises';
import {resolve} from 'node:path';
import {errorCode, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';

export type NumberedFile = {
	/** The file's name without its extension: `0007-add-order-gstin`. */
	readonly id: string;
	readonly number: number;
	/** Absolute. */
	readonly file: string;
};

const SCRIPT = /\.(?:[cm]?ts|[cm]?js)$/;
const NUMBERED = /^(?<id>(?<number>\d+)-[a-z0-9]+(?:-[a-z0-9]+)*)\.m?[tj]s$/;

/**
 * The numbered files of a folder, by number and then name. A folder that is not there is empty; files that are no
 * scripts, and those with a leading dot, are not looked at.
 * @throws SastaError SCRIPT_NAME, listing every script whose name has no number or an odd shape
 */
export async function listNumberedFiles(folder: string): Promise<NumberedFile[]> {
	const names = (await readNames(folder)).filter(
		(name) => SCRIPT.test(name) && !name.startsWith('.') && !name.endsWith('.d.ts'),
	);
	const odd = names.filter((name) => !NUMBERED.test(name));
	if (odd.length > 0) {
		throw new SastaError('SCRIPT_NAME', `${folder} holds files whose names I cannot order`, {
			exitCode: EXIT.usage,
			details: odd,
			hint: 'Name them like 0007-add-order-gstin.ts: a number, then lower case words joined by hyphens',
		});
	}
	return names
		.map((name) => {
			const {id = name, number = '0'} = NUMBERED.exec(name)?.groups ?? {};
			return {id, number: Number(number), file: resolve(folder, name)};
		})
		.sort((a, b) => a.number - b.number || (a.id < b.id ? -1 : 1));
}

async function readNames(folder: string): Promise<string[]> {
	try {
		return await readdir(folder);
	} catch (error) {
		if (errorCode(error) === 'ENOENT') return [];
		throw error;
	}
}
