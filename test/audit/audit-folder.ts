import {mkdir, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {type AuditOptions, openAudit} from '../../src/audit/audit.js';
import type {AuditResult} from '../../src/audit/result.js';
import {loadConfig} from '../../src/kernel/config/load.js';
import type {Host} from '../../src/kernel/host.js';
import {makeTestHost} from '../support/host.js';

/** Writes files into a folder, by their paths in it. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
	for (const [name, text] of Object.entries(files)) {
		await mkdir(dirname(join(folder, name)), {recursive: true});
		await writeFile(join(folder, name), text);
	}
}

/** An audit of what lies in a folder, in this process; `env` is all of the environment it sees. */
export async function auditFolder(
	folder: string,
	words: readonly string[],
	{env = {}, ...options}: Partial<AuditOptions> & {readonly env?: Host['env']} = {},
): Promise<AuditResult> {
	const host = makeTestHost({cwd: folder, env: {PATH: process.env['PATH'], HOME: folder, ...env}});
	const audit = await openAudit(
		{
			loaded: await loadConfig(host),
			words,
			domain: undefined,
			api: undefined,
			httpPort: undefined,
			rules: [],
			family: undefined,
			proxy: undefined,
			allowPrivate: false,
			caFiles: [],
			headers: {},
			permissions: {active: false, staging: false, knowsItIsLive: false},
			budget: undefined,
			perSecond: undefined,
			failOn: undefined,
			version: '0.0.0',
			...options,
		},
		host,
	);
	return audit.run();
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
