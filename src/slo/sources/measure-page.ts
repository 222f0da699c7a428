import {parseSelector, type Selector} from '../../kernel/selector.js';
import {sumOf} from '../../ports/metrics-page.js';
import type {Sample} from '../../ports/metrics-text.js';
import {certainEvents, type Events} from '../events.js';
import type {Between} from '../evidence.js';
import type {MeasuredObjective, RatioIndicator} from '../objective.js';
import {bucketsOf, countOf} from '../series.js';
import {measureHistogram} from './measure-histogram.js';
import {ratioEvents} from './ratio-events.js';

/** What a page tells of one objective. */
export type Measured = {
	/** Counted since the process started; null where no such series is there. */
	readonly events: Events | null;
	/** Why the page proves nothing of it: counters that contradict each other. */
	readonly problem?: string;
	readonly between?: Between;
};

export type Measure = {
	/** The names of the metrics it needs. */
	readonly names: readonly string[];
	measure(samples: readonly Sample[]): Measured;
};

/** Parses the selectors once. @throws SastaError SELECTOR_INVALID */
export function makeMeasure(objective: MeasuredObjective): Measure {
	const {indicator} = objective;
	if (indicator.kind === 'ratio') return ratioMeasure(indicator);
	const histogram = parseSelector(indicator.histogram);
	const [bucket, count] = [bucketsOf(histogram), countOf(histogram)];
	return {
		names: [bucket.name, count.name],
		measure(samples) {
			const buckets = samples.filter((sample) => bucket.matches(sample));
			const counts = samples.filter((sample) => count.matches(sample));
			return measureHistogram({buckets, counts}, objective);
		},
	};
}

function ratioMeasure(indicator: RatioIndicator): Measure {
	const {good, bad, total} = indicator;
	const [goods, bads, totals] = [good, bad, total].map((texts) => texts?.map(parseSelector));
	const all = [...(goods ?? []), ...(bads ?? []), ...(totals ?? [])];
	return {
		names: all.map(({name}) => name),
		measure(samples) {
			const sums = {good: sumOver(samples, goods), bad: sumOver(samples, bads), total: sumOver(samples, totals)};
			// Where none of them is, nothing is known.
			if (Object.values(sums).every((sum) => sum === undefined)) return {events: null};
			const tally = ratioEvents(sums, indicator);
			return tally.good < 0 || tally.good > tally.total
				? {events: null, problem: 'the counters contradict each other: more bad events, or good ones, than events'}
				: {events: certainEvents(tally)};
		},
	};
}

function sumOver(samples: readonly Sample[], selectors: readonly Selector[] | undefined): number | undefined {
	const sums = selectors?.map((selector) => sumOf(samples, selector)).filter((sum) => sum !== undefined);
	return sums === undefined || sums.length === 0 ? undefined : sums.reduce((all, sum) => all + sum, 0);
}
