import {readFile, writeFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {errorCode, errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer} from '../kernel/report.js';
import type {Session} from './session.js';

export type InitFlags = {readonly from?: readonly string[]; readonly openslo?: string};

/** Prints the section, or writes OpenSLO. */
export async function sloInit(session: Session, {from, openslo}: InitFlags): Promise<Answer> {
	const {cwd} = session.host;
	const read = from === undefined ? undefined : await readDocuments(from.map((file) => resolve(cwd, file)));
	if (openslo !== undefined) return writeDocuments(session, resolve(cwd, openslo), read);
	const {configSection} = await import('../slo/config-section.js');
	const section = configSection(read);
	return {
		report: {
			command: session.command,
			verdict: 'pass',
			exitCode: EXIT.ok,
			data: {section, objectives: read?.objectives ?? []},
			next: 'sastaops slo rules',
		},
		document: [
			{
				kind: 'text',
				text: `# Paste this into sastaops.yaml, in place of a section slo that is there.\n${section.trimEnd()}`,
			},
		],
	};
}

type Read = Awaited<ReturnType<typeof readDocuments>>;

async function readDocuments(paths: readonly string[]) {
	const texts = await Promise.all(
		paths.map((path) =>
			readFile(path, 'utf8').catch((cause: unknown) => {
				throw new SastaError('OPENSLO_UNREADABLE', `${path} cannot be read: ${errorMessage(cause)}`, {
					exitCode: EXIT.usage,
					cause,
					hint: 'Name OpenSLO files that are there',
				});
			}),
		),
	);
	const {readOpenSlo} = await import('../slo/openslo/read.js');
	return readOpenSlo(texts.join('\n---\n'));
}

async function writeDocuments(session: Session, path: string, read: Read | undefined): Promise<Answer> {
	const [{writeOpenSlo}, {objectivesOfConfig}, {config}] = await Promise.all([
		import('../slo/openslo/write.js'),
		import('../slo/objectives-of-config.js'),
		session.loadConfig(),
	]);
	const objectives = read?.objectives ?? objectivesOfConfig(config.slo);
	const text = writeOpenSlo(objectives, {service: config.shop.name, period: read?.period ?? config.slo.period});
	try {
		await writeFile(path, text, {flag: 'wx'});
	} catch (error) {
		if (errorCode(error) !== 'EEXIST') throw error;
		throw new SastaError('OPENSLO_EXISTS', `${path} is there already`, {
			cause: error,
			hint: 'Nothing was written. Move it away, or choose another name',
		});
	}
	return {
		report: {
			command: session.command,
			verdict: 'pass',
			exitCode: EXIT.ok,
			data: {file: path, objectives},
		},
		document: [{kind: 'items', items: [{mark: 'done', text: path, detail: `${objectives.length} objectives`}]}],
	};
}
