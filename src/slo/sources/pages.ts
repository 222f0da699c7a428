import {errorCode, errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {parseSelector} from '../../kernel/selector.js';
import {readMetricsPage, sumOf} from '../../ports/metrics-page.js';
import type {Sample} from '../../ports/metrics-text.js';
import type {Evidence, Told} from '../evidence.js';
import {makeEvidence} from '../history/make-evidence.js';
import {type Reading, readingKey} from '../history/reading.js';
import type {ReadingStore} from '../history/store.js';
import type {MeasuredObjective} from '../objective.js';
import {type Measured, makeMeasure} from './measure-page.js';

export type PagesTerms = {
	/** The metrics page of each instance. */
	readonly urls: readonly string[];
	readonly token: string | undefined;
	readonly objectives: readonly MeasuredObjective[];
	readonly store: ReadingStore;
	/** For each page. @default 10000 */
	readonly timeoutMs?: number;
};

const STARTED = 'process_start_time_seconds';

/**
 * Reads every instance's page, keeps the counters, and tells what all readings so far add up to.
 * @throws SastaError METRICS_UNREADABLE, METRICS_UNREACHABLE when not one page could be read
 */
export async function readPages(terms: PagesTerms, host: Host): Promise<Told> {
	const {urls, objectives, store} = terms;
	const pages = await readAll(terms, host);
	const failures = pages.flatMap(({failure}) => failure ?? []);
	if (failures.length === urls.length && failures[0] !== undefined) throw failures[0];
	const atMs = host.now();
	const read = pages.flatMap(({page}) => page ?? []);
	await store.append(read.map((page) => readingOf(page, objectives, atMs)));
	const readings = await store.read();
	await store.thin(readings, atMs);
	const silent = failures.map((failure) => failure.message);
	return {
		where: urls.map((url) => host.redact(url)).join(', '),
		atMs,
		evidence: objectives.map((objective) => {
			const measured = read.map(({measures}) => measures.get(objective.name)).filter((one) => one !== undefined);
			return addMeasured(makeEvidence({objective, readings, atMs, problems: silent}), measured);
		}),
	};
}

type Page = {
	readonly url: string;
	readonly startedMs: number | null;
	/** By the objective's name. */
	readonly measures: ReadonlyMap<string, Measured>;
};

async function readAll(
	{urls, token, objectives, timeoutMs = 10_000}: PagesTerms,
	host: Host,
): Promise<readonly {page?: Page; failure?: SastaError}[]> {
	const measures = objectives.map((objective) => ({name: objective.name, ...makeMeasure(objective)}));
	const names = new Set([STARTED, ...measures.flatMap((measure) => measure.names)]);
	return Promise.all(
		urls.map(async (url) => {
			try {
				const samples = await readMetricsPage(
					{url, token, tokenKey: 'slo.metricsToken', timeoutMs, isWanted: (name) => names.has(name)},
					host,
				);
				return {
					page: {
						url: host.redact(url),
						startedMs: startOf(samples),
						measures: new Map(measures.map(({name, measure}) => [name, measure(samples)])),
					},
				};
			} catch (error) {
				return {failure: failureOf(error, host.redact(url))};
			}
		}),
	);
}

function failureOf(error: unknown, url: string): SastaError {
	if (error instanceof SastaError) return error;
	// No failure of the network, but ours.
	if (error instanceof TypeError && errorCode(error) === undefined) throw error;
	const isLate = error instanceof Error && error.name === 'TimeoutError';
	return new SastaError(
		'METRICS_UNREACHABLE',
		`${url} cannot be read: ${isLate ? 'no answer in time' : errorMessage(error) || 'no connection'}`,
		{exitCode: EXIT.outside, cause: error, hint: 'See whether the shop runs, and whether the address is right'},
	);
}

function startOf(samples: readonly Sample[]): number | null {
	const seconds = sumOf(samples, parseSelector(STARTED));
	return seconds === undefined || !Number.isFinite(seconds) ? null : seconds * 1000;
}

function readingOf({url, startedMs, measures}: Page, objectives: readonly MeasuredObjective[], atMs: number): Reading {
	const counts = objectives.flatMap((objective) => {
		const measured = measures.get(objective.name);
		// A page that contradicts itself is not kept: it would look like a reset.
		return measured === undefined || measured.problem !== undefined
			? []
			: [[readingKey(objective), measured.events] as const];
	});
	return {atMs, instance: url, startedMs, counts: Object.fromEntries(counts)};
}

function addMeasured(evidence: Evidence, measured: readonly Measured[]): Evidence {
	const problems = [...new Set(measured.flatMap(({problem}) => problem ?? []))];
	if (measured.length > 0 && measured.every(({events, problem}) => events === null && problem === undefined))
		problems.push(`no series of ${metricOf(evidence.objective)} is there`);
	const between = measured.find((one) => one.between !== undefined)?.between;
	return {
		...evidence,
		problems: [...evidence.problems, ...problems],
		...(between === undefined ? {} : {between}),
	};
}

function metricOf({indicator}: MeasuredObjective): string {
	if (indicator.kind === 'latency') return indicator.histogram;
	return (indicator.total ?? indicator.good ?? indicator.bad ?? []).join(', ');
}
