import {writeFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Answer, Block} from '../kernel/report.js';

type Left = {readonly isClean: boolean; readonly database: string};

/** Says what was left behind, and how it goes. */
export function leftBlock({isClean, database}: Left): readonly Block[] {
	if (isClean) return [];
	const text = `The database ${database} could not be removed`;
	return [{kind: 'items', items: [{mark: 'warn', text, lines: ['Remove it: sastaops db-load clean']}]}];
}

export function nextOf({isClean}: Left): {readonly next?: string} {
	return isClean ? {} : {next: 'sastaops db-load clean'};
}

/** Writes the answer as a page, where one is wanted. @throws SastaError REPORT_UNWRITABLE */
export async function writePage(path: string | undefined, {extra}: Answer, host: Pick<Host, 'cwd'>): Promise<void> {
	if (path !== undefined && extra?.html !== undefined) await writeResult(path, await extra.html(), host);
}

/** @throws SastaError REPORT_UNWRITABLE */
export async function writeResult(path: string, text: string, {cwd}: Pick<Host, 'cwd'>): Promise<void> {
	try {
		await writeFile(resolve(cwd, path), text);
	} catch (cause) {
		throw new SastaError('REPORT_UNWRITABLE', `The report cannot be written to ${path}: ${errorMessage(cause)}`, {
			exitCode: EXIT.refused,
			cause,
			hint: 'Give another place',
		});
	}
}
