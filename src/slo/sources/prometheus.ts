import {selectorText} from '../../kernel/selector.js';
import type {Prometheus, Range, RangeSeries} from '../../ports/prometheus.js';
import type {Events} from '../events.js';
import type {Between, Evidence, Told} from '../evidence.js';
import {makeEvidence} from '../history/make-evidence.js';
import {type Reading, readingKey} from '../history/reading.js';
import type {MeasuredObjective} from '../objective.js';
import {selectorWith} from '../series.js';
import {HOUR_MS, MINUTE_MS} from '../windows.js';
import {makeSeriesPlan, type SeriesPlan} from './series-plan.js';

export type PrometheusTerms = {
	readonly prometheus: Prometheus;
	readonly objectives: readonly MeasuredObjective[];
	/** Added to every selector. */
	readonly labels: Readonly<Record<string, string>>;
	/** How far back to look. */
	readonly periodMinutes: number;
	/** The moment to judge. */
	readonly atMs: number;
};

/** A process: what is reset together. */
const PROCESS = ['instance', 'job', 'pod'] as const;
const BY_PROCESS = `sum by (${PROCESS.join(', ')})`;

/** As far back as a burn rule looks minutes are asked for, beyond that every fifth. */
const RECENT_MS = 73 * HOUR_MS;
const RECENT_STEP_MS = MINUTE_MS;
const OLD_STEP_MS = 5 * MINUTE_MS;

/**
 * Asks a server for the counters as they were, process by process, and takes the differences ourselves: `increase()`
 * extrapolates, loses the first increments of a series, and gives fractions of events.
 * @throws SastaError PROMETHEUS_UNREACHABLE, PROMETHEUS_REFUSED, SELECTOR_INVALID
 */
export async function readPrometheus(terms: PrometheusTerms): Promise<Told> {
	const {prometheus, objectives, labels, atMs} = terms;
	const started = selectorText(selectorWith('process_start_time_seconds', labels));
	const [starts, evidence] = await Promise.all([
		rangeOf(`max by (${PROCESS.join(', ')}) (${started})`, terms).then(byProcess),
		Promise.all(
			objectives.map(async (objective) => {
				const plan = await makeSeriesPlan(prometheus, {objective, labels, atMs});
				return {objective, plan, parts: await readParts(plan, terms)};
			}),
		),
	]);
	return {
		where: prometheus.where,
		atMs,
		evidence: evidence.map((one) => evidenceOf(one, starts, atMs)),
	};
}

/** By process, by moment. */
type Column = ReadonlyMap<string, ReadonlyMap<number, number>>;

async function readParts(plan: SeriesPlan, terms: PrometheusTerms): Promise<Readonly<Record<string, Column>>> {
	const columns = await Promise.all(
		Object.entries(plan.parts).map(async ([part, series]): Promise<[string, Column]> => {
			const all = await Promise.all(series.map((text) => rangeOf(`${BY_PROCESS} (${text})`, terms)));
			return [part, byProcess(all.flat())];
		}),
	);
	return Object.fromEntries(columns);
}

async function rangeOf(
	query: string,
	{prometheus, periodMinutes, atMs}: PrometheusTerms,
): Promise<readonly RangeSeries[]> {
	const firstMs = atMs - periodMinutes * MINUTE_MS;
	const recentMs = Math.max(firstMs, atMs - RECENT_MS);
	const ranges: Range[] = [{fromMs: recentMs, toMs: atMs, stepMs: RECENT_STEP_MS}];
	if (firstMs < recentMs) ranges.unshift({fromMs: firstMs, toMs: recentMs - 1, stepMs: OLD_STEP_MS});
	return (await Promise.all(ranges.map((range) => prometheus.queryRange(query, range)))).flat();
}

/** Series of one process are added up: of several selectors, or of parts of a range. */
function byProcess(series: readonly RangeSeries[]): Column {
	const columns = new Map<string, Map<number, number>>();
	for (const {labels, points} of series) {
		const process = PROCESS.map((label) => labels[label] ?? '')
			.join(' ')
			.trim();
		const column = columns.get(process) ?? new Map<number, number>();
		for (const [atMs, value] of points) column.set(atMs, (column.get(atMs) ?? 0) + value);
		columns.set(process, column);
	}
	return columns;
}

type Found = {
	readonly objective: MeasuredObjective;
	readonly plan: SeriesPlan;
	readonly parts: Readonly<Record<string, Column>>;
};

function evidenceOf({objective, plan, parts}: Found, starts: Column, atMs: number): Evidence {
	const processes = new Set(Object.values(parts).flatMap((column) => [...column.keys()]));
	const readings = new Map(
		[...processes].map((process) => [process, readingsOf(process, {plan, parts, objective, starts})]),
	);
	const problems = processes.size === 0 ? [`Prometheus has no series of ${plan.names.join(', ')}`] : [];
	return withBetween(makeEvidence({objective, readings, atMs, problems}), plan.between);
}

function readingsOf(
	process: string,
	{plan, parts, objective, starts}: Found & {readonly starts: Column},
): readonly Reading[] {
	const columns = Object.entries(parts).map(([part, column]) => [part, column.get(process)] as const);
	const moments = new Set(columns.flatMap(([, column]) => [...(column?.keys() ?? [])]));
	const started = starts.get(process);
	const key = readingKey(objective);
	return [...moments]
		.sort((a, b) => a - b)
		.map((atMs) => {
			const values = Object.fromEntries(columns.map(([part, column]) => [part, column?.get(atMs)]));
			const seconds = started?.get(atMs);
			return {
				atMs,
				instance: process,
				startedMs: seconds === undefined ? null : seconds * 1000,
				counts: {[key]: roundEvents(plan.eventsOf(values))},
			};
		});
}

/** Counters count whole things; a fraction of a native histogram does not. */
function roundEvents(events: Events): Events {
	return {
		total: Math.round(events.total),
		good: Math.round(events.good),
		unsure: Math.round(events.unsure),
		alarmGood: Math.round(events.alarmGood),
		alarmUnsure: Math.round(events.alarmUnsure),
	};
}

function withBetween(evidence: Evidence, between: Between | undefined): Evidence {
	return between === undefined ? evidence : {...evidence, between};
}
