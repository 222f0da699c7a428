import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {errorMessage} from '../../kernel/errors.js';
import type {CanaryContext} from '../context.js';
import {readEvents} from '../events.js';
import type {CanaryPlan} from '../plan.js';
import {canaryHtml} from './html.js';
import {makeTimeline} from './timeline.js';

/** Where a canary's report stands: one file a run. */
export function reportFile(folder: string, {version, run}: Pick<CanaryPlan, 'version' | 'run'>): string {
	return join(folder, `canary-${version}-${run}.html`);
}

/** Writes the report; that it cannot be written is said, and ends no canary. */
export async function writeReport({plan, journal, host, reports}: CanaryContext): Promise<void> {
	const file = reportFile(reports, plan);
	try {
		await mkdir(reports, {recursive: true, mode: 0o700});
		await writeFile(file, host.redact(canaryHtml(plan, makeTimeline(plan, readEvents(journal.records)))));
		host.emit({type: 'log', level: 'info', message: `Report: ${file}`});
	} catch (error) {
		host.emit({
			type: 'log',
			level: 'warn',
			message: `The report could not be written to ${file}: ${errorMessage(error)}`,
		});
	}
}
