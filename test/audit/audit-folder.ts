import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import type {AuditOptions} from '../../src/audit/audit.js';
import type {AuditResult} from '../../src/audit/result.js';
import type {Host} from '../../src/kernel/host.js';
import {runAudit} from '../support/audit/run-audit.js';

/** Writes files into a folder, by their paths in it. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
	for (const [name, text] of Object.entries(files)) {
		await mkdir(dirname(join(folder, name)), {recursive: true});
		await writeFile(join(folder, name), text);
	}
}

/** An audit of what lies in a folder, in this process; `env` is added to what every child needs. */
export function auditFolder(
	folder: string,
	words: readonly string[],
	{env = {}, ...options}: Partial<AuditOptions> & {readonly env?: Host['env']} = {},
): Promise<AuditResult> {
	return runAudit({...options, words}, folder, {PATH: process.env['PATH'], HOME: folder, ...env});
}

/** `tls.protocol fail`, for every check that says more than pass and skip. */
export function toldBy({checks}: AuditResult): string[] {
	return checks
		.filter(({verdict}) => verdict !== 'pass' && verdict !== 'skip')
		.map(({id, verdict}) => `${id} ${verdict}`);
}

/** The subjects of a check's findings, those without one as `–`. */
export function subjectsOf({checks}: AuditResult, id: string): string[] {
	return checks.filter((check) => check.id === id).flatMap(({findings}) => findings.map(({subject}) => subject ?? '–'));
}
