import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {writeFileDurably} from '../../kernel/durable-file.js';
import {SastaError} from '../../kernel/errors.js';
import {readIfThere} from '../../kernel/read-if-there.js';
import type {MadeFile} from './make-files.js';
import {isStamped} from './stamp.js';

export type WrittenFile = {readonly path: string; readonly state: 'written' | 'same'};

/**
 * Puts the files into a folder: all of them, or none where one stands in the way that we did not write, or that was
 * changed since. @throws SastaError FILE_NOT_OURS
 */
export async function writeFiles(
	files: readonly Pick<MadeFile, 'name' | 'text'>[],
	{folder, isForced}: {folder: string; isForced: boolean},
): Promise<WrittenFile[]> {
	const there = await Promise.all(files.map(({name}) => readIfThere(join(folder, name))));
	const foreign = files.filter(({text}, index) => {
		const before = there[index];
		return before !== undefined && before !== text && !isStamped(before);
	});
	if (foreign.length > 0 && !isForced) {
		throw new SastaError(
			'FILE_NOT_OURS',
			`${foreign.map(({name}) => join(folder, name)).join(', ')}: not written by this command, or changed by hand since`,
			{hint: 'Nothing was written. Move it away, choose another --out, or overwrite it with --force'},
		);
	}
	await mkdir(folder, {recursive: true});
	const written: WrittenFile[] = [];
	for (const [index, {name, text}] of files.entries()) {
		const path = join(folder, name);
		if (there[index] === text) written.push({path, state: 'same'});
		else {
			// Prometheus and Alertmanager run as users of their own: there are no secrets in these files.
			await writeFileDurably(path, text, {mode: 0o644});
			written.push({path, state: 'written'});
		}
	}
	return written;
}
