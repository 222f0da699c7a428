import {appendFile, mkdir} from 'node:fs/promises';
import {dirname, extname, resolve} from 'node:path';
import {writeFileDurably} from '../../kernel/durable-file.js';
import {errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {renderMarkdown} from '../../kernel/render-markdown.js';
import {type Answer, type ExtraFormat, reportJson} from '../../kernel/report.js';

const BY_ENDING: Readonly<Record<string, ExtraFormat | 'json' | 'markdown'>> = {
	'.html': 'html',
	'.htm': 'html',
	'.json': 'json',
	'.md': 'markdown',
	'.xml': 'junit',
	'.sarif': 'sarif',
};

/** @throws SastaError USAGE for a file whose ending says nothing; before anything is sent */
export function checkReportFiles(files: readonly string[]): void {
	for (const file of files) {
		if (extname(file).toLowerCase() in BY_ENDING) continue;
		throw new SastaError('USAGE', `--report ${file}: its ending names no format`, {
			exitCode: EXIT.usage,
			hint: `Use one of ${Object.keys(BY_ENDING).join(', ')}`,
		});
	}
}

/** Writes an answer into files, each in the format that its ending names; whole or not at all. */
export async function writeReportFiles(
	files: readonly string[],
	answer: Answer,
	{cwd, redact}: Pick<Host, 'cwd' | 'redact'>,
): Promise<void> {
	for (const file of files) {
		const path = resolve(cwd, file);
		try {
			await mkdir(dirname(path), {recursive: true});
			await writeFileDurably(path, redact(await render(answer, file)), {mode: 0o644});
		} catch (error) {
			throw new SastaError('REPORT_UNWRITABLE', `The report cannot be written to ${file}: ${errorMessage(error)}`, {
				exitCode: EXIT.refused,
				cause: error,
				hint: 'Give another place by --report',
			});
		}
	}
}

async function render({report, document, extra}: Answer, file: string): Promise<string> {
	const format = BY_ENDING[extname(file).toLowerCase()];
	if (format === 'json') return `${reportJson(report)}\n`;
	if (format === 'markdown') return renderMarkdown(document);
	const write = format === undefined ? undefined : extra?.[format];
	if (write === undefined) throw new Error(`no such format for ${file}`);
	return write();
}

/** GitHub drops the whole summary of a step beyond 1024 KiB. */
const SUMMARY_BYTES = 900 * 1024;

/** Adds the answer to the summary of a step on GitHub, where there is one; a summary that cannot be written stops nothing. */
export async function writeStepSummary({document}: Answer, {env, redact}: Pick<Host, 'env' | 'redact'>): Promise<void> {
	const file = env['GITHUB_STEP_SUMMARY'];
	if (!file) return;
	const bytes = Buffer.from(redact(renderMarkdown(document)));
	const text =
		bytes.length <= SUMMARY_BYTES ? bytes.toString() : `${bytes.subarray(0, SUMMARY_BYTES).toString()}\n\n… cut here\n`;
	await appendFile(file, `${text}\n`).catch(() => undefined);
}
