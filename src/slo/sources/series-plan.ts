import {selectorText} from '../../kernel/selector.js';
import type {Prometheus} from '../../ports/prometheus.js';
import {certainEvents, type Events} from '../events.js';
import type {Between} from '../evidence.js';
import type {MeasuredObjective, RatioIndicator} from '../objective.js';
import {bucketsOf, countOf, selectorWith} from '../series.js';
import {ratioEvents} from './ratio-events.js';

/** What to ask a server for, and what to make of the answers. */
export type SeriesPlan = {
	/** Each part's series: several are added up. */
	readonly parts: Readonly<Record<string, readonly string[]>>;
	/** For people: what is missing where nothing is there. */
	readonly names: readonly string[];
	/** Counted so far, of the parts of one process at one moment; what is missing is undefined. */
	eventsOf(values: Readonly<Record<string, number | undefined>>): Events;
	readonly between?: Between;
};

export type PlanTerms = {
	readonly objective: MeasuredObjective;
	readonly labels: Readonly<Record<string, string>>;
	readonly atMs: number;
};

export async function makeSeriesPlan(prometheus: Prometheus, terms: PlanTerms): Promise<SeriesPlan> {
	const {indicator} = terms.objective;
	return indicator.kind === 'ratio' ? ratioPlan(indicator, terms) : latencyPlan(indicator.histogram, prometheus, terms);
}

function ratioPlan(indicator: RatioIndicator, {labels}: PlanTerms): SeriesPlan {
	const {good, bad, total} = indicator;
	const given = Object.entries({good, bad, total}).flatMap(([part, selectors]) =>
		selectors === undefined ? [] : [[part, selectors.map((text) => selectorText(selectorWith(text, labels)))] as const],
	);
	return {
		parts: Object.fromEntries(given),
		names: given.flatMap(([, series]) => series),
		eventsOf(values) {
			const events = ratioEvents(values, indicator);
			return certainEvents({...events, good: Math.max(0, events.good)});
		},
	};
}

async function latencyPlan(
	histogram: string,
	prometheus: Prometheus,
	{objective, labels, atMs}: PlanTerms,
): Promise<SeriesPlan> {
	const selector = selectorWith(histogram, labels);
	const buckets = selectorText(bucketsOf(selector));
	const {samples} = await prometheus.query(`count by (le) (max_over_time(${buckets}[1d]))`, atMs);
	const edges = samples.flatMap((sample) => sample.labels['le'] ?? []).filter((le) => le !== '+Inf');
	if (edges.length === 0) return nativePlan(selectorText(selector), objective);

	const goal = edgesBeside(edges, objective.thresholdMs ?? Number.NaN);
	const line = edgesBeside(edges, objective.alarm?.thresholdMs ?? objective.thresholdMs ?? Number.NaN);
	const bucket = (les: readonly string[]) => (les.length === 0 ? [] : [selectorText(bucketsOf(selector, les))]);
	const between = goal.between ?? line.between;
	return {
		parts: {
			total: [selectorText(countOf(selector))],
			good: bucket(goal.below),
			most: bucket(goal.above),
			alarmGood: bucket(line.below),
			alarmMost: bucket(line.above),
		},
		names: [buckets],
		eventsOf(values) {
			const {total = 0, good = 0, alarmGood = 0} = values;
			const most = goal.above.length === 0 ? total : (values['most'] ?? good);
			const alarmMost = line.above.length === 0 ? total : (values['alarmMost'] ?? alarmGood);
			return {
				total,
				good,
				unsure: Math.max(0, most - good),
				alarmGood,
				alarmUnsure: Math.max(0, alarmMost - alarmGood),
			};
		},
		...(between === undefined ? {} : {between}),
	};
}

/** Native histograms interpolate within buckets so fine that a threshold needs no edge of its own. */
function nativePlan(series: string, {thresholdMs = Number.NaN, alarm}: MeasuredObjective): SeriesPlan {
	const within = (ms: number) => `histogram_fraction(0, ${ms / 1000}, ${series}) * histogram_count(${series})`;
	return {
		parts: {
			total: [`histogram_count(${series})`],
			good: [within(thresholdMs)],
			alarmGood: [within(alarm?.thresholdMs ?? thresholdMs)],
		},
		names: [series],
		eventsOf: ({total = 0, good = 0, alarmGood = 0}) => ({total, good, unsure: 0, alarmGood, alarmUnsure: 0}),
	};
}

type Beside = {
	/** How the edge at or below the threshold is written; several ways are one edge. Empty: there is none. */
	readonly below: readonly string[];
	/** At or above it. */
	readonly above: readonly string[];
	readonly between?: Between;
};

function edgesBeside(edges: readonly string[], thresholdMs: number): Beside {
	const byMs = edges.map((text) => ({text, ms: Math.round(Number(text) * 1e9) / 1e6}));
	const belowMs = Math.max(...byMs.map(({ms}) => ms).filter((ms) => ms <= thresholdMs));
	const aboveMs = Math.min(...byMs.map(({ms}) => ms).filter((ms) => ms >= thresholdMs));
	const written = (wantedMs: number) => byMs.filter(({ms}) => ms === wantedMs).map(({text}) => text);
	const beside = {below: written(belowMs), above: written(aboveMs)};
	if (belowMs === aboveMs) return beside;
	const orNull = (ms: number) => (Number.isFinite(ms) ? ms : null);
	return {...beside, between: {thresholdMs, belowMs: orNull(belowMs), aboveMs: orNull(aboveMs)}};
}
