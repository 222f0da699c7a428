import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {makeEvidence} from '../history/make-evidence.js';
import {byInstance, parseReadings} from '../history/store.js';
import {notAReport, parseShopReport, reportEvidence} from './shop-report.js';
import {chosenObjectives, noReplay, type Source, type SourceContext} from './source.js';

/** A saved report of the shop, or the readings of earlier runs; without a moment, the last that it tells of. */
export function openFileSource(path: string, context: SourceContext, host: Pick<Host, 'cwd'>): Source {
	return {
		async read(atMs) {
			const text = await readSaved(path, host);
			const report = parseShopReport(text);
			if (report !== undefined && atMs !== undefined) throw noReplay();
			if (report !== undefined) return reportEvidence({report, where: path, objectives: chosenObjectives(context)});
			const all = parseReadings(text);
			if (all.length === 0) throw notAReport(path);
			const judgedMs = atMs ?? all.reduce((latest, reading) => Math.max(latest, reading.atMs), 0);
			const readings = byInstance(all);
			const evidence = context.objectives.map((objective) => makeEvidence({objective, readings, atMs: judgedMs}));
			return {where: path, atMs: judgedMs, evidence};
		},
	};
}

async function readSaved(path: string, {cwd}: Pick<Host, 'cwd'>): Promise<string> {
	try {
		return await readFile(resolve(cwd, path), 'utf8');
	} catch (error) {
		throw new SastaError('SLO_SOURCE', `${path} cannot be read: ${errorMessage(error)}`, {
			exitCode: EXIT.usage,
			cause: error,
			hint: 'Give a saved report of the shop, or readings of .sastaops/slo',
		});
	}
}
