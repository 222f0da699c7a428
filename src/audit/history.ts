import {mkdir, readdir, readFile, rm} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {writeFileDurably} from '../kernel/durable-file.js';
import {errorCode, errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import {ignoreOwnFolder} from '../kernel/own-folder.js';
import {auditDocumentSchema, type SavedAudit} from './report/saved.js';

/** How many audits are kept, of all targets together. */
const KEPT = 100;

const NAME = /^(\d{8}T\d{9}Z)-([\w.-]+)\.json$/;

/** One kept audit; the newest first in lists. */
export type HistoryEntry = {readonly file: string; readonly audit: SavedAudit};

/** Keeps an audit, the document of `--json`, and drops the oldest beyond a hundred. */
export async function keepAudit(
	root: string,
	json: string,
	{startedMs, targetName}: {readonly startedMs: number; readonly targetName: string},
): Promise<string> {
	await ignoreOwnFolder(root);
	const folder = folderOf(root);
	await mkdir(folder, {recursive: true, mode: 0o700});
	const stamp = new Date(startedMs).toISOString().replaceAll(/[-:.]/g, '');
	const file = join(folder, `${stamp}-${targetName.replaceAll(/[^\w.-]/g, '_').slice(0, 100)}.json`);
	await writeFileDurably(file, `${json}\n`);
	const names = (await readdir(folder)).filter((name) => NAME.test(name)).sort();
	await Promise.all(
		names.slice(0, Math.max(0, names.length - KEPT)).map((name) => rm(join(folder, name), {force: true})),
	);
	return file;
}

/** The kept audits, the newest first; a file that cannot be read is passed over and named. */
export async function readHistory(
	root: string,
	{target, limit}: {readonly target: string | undefined; readonly limit: number},
): Promise<{readonly entries: readonly HistoryEntry[]; readonly unreadable: readonly string[]}> {
	const names = await readdir(folderOf(root)).catch((error: unknown) => {
		if (errorCode(error) === 'ENOENT') return [];
		throw error;
	});
	const entries: HistoryEntry[] = [];
	const unreadable: string[] = [];
	for (const name of names
		.filter((known) => NAME.test(known))
		.sort()
		.reverse()) {
		if (entries.length >= limit) break;
		const file = join(folderOf(root), name);
		try {
			const audit = await readAudit(file, root);
			if (target === undefined || audit.target?.name === target) entries.push({file, audit});
		} catch (error) {
			if (!(error instanceof SastaError)) throw error;
			unreadable.push(file);
		}
	}
	return {entries, unreadable};
}

/** One JSON report of an audit. @throws SastaError AUDIT_REPORT_UNREADABLE */
export async function readAudit(path: string, cwd: string): Promise<SavedAudit> {
	const file = resolve(cwd, path);
	try {
		return auditDocumentSchema.parse(JSON.parse(await readFile(file, 'utf8')));
	} catch (error) {
		const why =
			errorCode(error) === 'ENOENT'
				? 'it is not there'
				: error instanceof SyntaxError
					? 'it is no JSON'
					: errorCode(error) === undefined
						? 'it is no report of an audit'
						: errorMessage(error);
		throw new SastaError('AUDIT_REPORT_UNREADABLE', `${path} cannot be compared with: ${why}`, {
			exitCode: EXIT.usage,
			cause: error,
			hint: 'Give a file written by sastaops audit --json, or by --report with the ending .json',
		});
	}
}

function folderOf(root: string): string {
	return join(root, '.sastaops', 'audits');
}
