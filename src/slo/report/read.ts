import {writeFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import type {LoadedConfig} from '../../kernel/config/load.js';
import {durationMs} from '../../kernel/duration.js';
import {errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {openSource, type SourceChoice} from '../sources/open-source.js';
import {MINUTE_MS} from '../windows.js';
import {reportHtml} from './html.js';
import {makeReport, type SloReport} from './make.js';

export type ReportTerms = {
	readonly loaded: LoadedConfig;
	readonly source: SourceChoice;
	/** @default the budget's period */
	readonly windowMinutes?: number | undefined;
	readonly atMs?: number | undefined;
	/** Where the page is written; nowhere without it. */
	readonly html?: string | undefined;
};

/** Asks the source, twice the period back for the trend, and writes the page where one is wanted. */
export async function readReport(
	{loaded, source, windowMinutes, atMs, html}: ReportTerms,
	host: Host,
): Promise<SloReport> {
	const minutes = windowMinutes ?? durationMs(loaded.config.slo.period) / MINUTE_MS;
	const opened = openSource(source, {loaded, periodMinutes: minutes * 2}, host);
	const report = makeReport(await opened.read(atMs), {service: loaded.config.shop.name, minutes});
	if (html !== undefined) await writePage(html, reportHtml(report), host);
	return report;
}

async function writePage(path: string, page: string, host: Host): Promise<void> {
	try {
		await writeFile(resolve(host.cwd, path), page);
	} catch (error) {
		throw new SastaError('REPORT_UNWRITABLE', `The report cannot be written to ${path}: ${errorMessage(error)}`, {
			exitCode: EXIT.refused,
			cause: error,
			hint: 'Give another place by --html',
		});
	}
}
