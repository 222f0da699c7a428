import type {Sample} from '../../ports/metrics-text.js';
import type {Between} from '../evidence.js';
import type {Objective} from '../objective.js';
import type {Measured} from './measure-page.js';

export type HistogramSamples = {
	/** `…_bucket`, cumulative, with an `le` in seconds. */
	readonly buckets: readonly Sample[];
	/** `…_count`. */
	readonly counts: readonly Sample[];
};

/** Cumulative counts by rising edge, of one series; the last edge has no end. */
type Cumulative = readonly {readonly edgeMs: number; readonly count: number}[];

/** How many were as fast as the objective's threshold, and as its alarm's, of one page's histograms. */
export function measureHistogram(samples: HistogramSamples, {thresholdMs, alarm}: Objective): Measured {
	if (samples.buckets.length === 0) return {events: null};
	const histograms = histogramsOf(samples.buckets);
	const total = sum([...histograms.values()].map((histogram) => histogram.at(-1)?.count ?? 0));
	const problem = contradictionOf(samples, histograms, total);
	if (problem !== undefined) return {events: null, problem};
	const goal = countBelow(histograms, thresholdMs ?? Number.NaN);
	const line = alarm?.thresholdMs === undefined ? goal : countBelow(histograms, alarm.thresholdMs);
	const between = goal.between ?? line.between;
	return {
		events: {total, good: goal.good, unsure: goal.unsure, alarmGood: line.good, alarmUnsure: line.unsure},
		...(between === undefined ? {} : {between}),
	};
}

/** By their labels without `le`. "2", "2.0" and "2e0" are one edge. */
function histogramsOf(buckets: readonly Sample[]): Map<string, Cumulative> {
	const grouped = new Map<string, Map<number, number>>();
	for (const {labels, value} of buckets) {
		const {le = '', ...others} = labels;
		const edgeMs = le === '+Inf' ? Number.POSITIVE_INFINITY : Math.round(Number(le) * 1e9) / 1e6;
		if (Number.isNaN(edgeMs)) continue;
		const key = JSON.stringify(Object.entries(others).sort());
		const group = grouped.get(key) ?? new Map<number, number>();
		group.set(edgeMs, (group.get(edgeMs) ?? 0) + value);
		grouped.set(key, group);
	}
	return new Map(
		[...grouped].map(([key, group]) => [
			key,
			[...group].map(([edgeMs, count]) => ({edgeMs, count})).sort((a, b) => a.edgeMs - b.edgeMs),
		]),
	);
}

/** A histogram that was torn while it was read proves nothing: its quantiles jump to the largest bucket. */
function contradictionOf(
	{counts}: HistogramSamples,
	histograms: ReadonlyMap<string, Cumulative>,
	total: number,
): string | undefined {
	for (const histogram of histograms.values()) {
		if (histogram.at(-1)?.edgeMs !== Number.POSITIVE_INFINITY) return 'the histogram has no bucket le="+Inf"';
		if (histogram.some(({count}, index) => count < (histogram[index - 1]?.count ?? 0)))
			return 'a bucket of the histogram counts fewer than the one below it';
	}
	const counted = sum(counts.map(({value}) => value));
	return counts.length > 0 && counted !== total
		? `the histogram counts ${counted} and its last bucket ${total}`
		: undefined;
}

function countBelow(
	histograms: ReadonlyMap<string, Cumulative>,
	thresholdMs: number,
): {good: number; unsure: number; between?: Between} {
	let good = 0;
	let unsure = 0;
	let between: Between | undefined;
	for (const histogram of histograms.values()) {
		const below = histogram.findLast(({edgeMs}) => edgeMs <= thresholdMs + TINY_MS);
		const above = histogram.find(({edgeMs}) => edgeMs >= thresholdMs - TINY_MS);
		good += below?.count ?? 0;
		if (below !== undefined && below === above) continue;
		unsure += (above?.count ?? 0) - (below?.count ?? 0);
		const aboveMs = above?.edgeMs ?? Number.POSITIVE_INFINITY;
		between = {
			thresholdMs,
			belowMs: below?.edgeMs ?? null,
			aboveMs: Number.isFinite(aboveMs) ? aboveMs : null,
		};
	}
	return between === undefined ? {good, unsure} : {good, unsure, between};
}

/** Seconds in text and milliseconds in numbers differ by less, where they are the same. */
const TINY_MS = 1e-6;

function sum(values: readonly number[]): number {
	return values.reduce((all, value) => all + value, 0);
}
