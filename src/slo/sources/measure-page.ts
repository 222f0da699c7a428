import {makeSelector, parseSelector, type Selector} from '../../kernel/selector.js';
import {sumOf} from '../../ports/metrics-page.js';
import type {Sample} from '../../ports/metrics-text.js';
import type {Events} from '../events.js';
import type {Between} from '../evidence.js';
import type {Indicator, MeasuredObjective} from '../objective.js';
import {measureHistogram} from './measure-histogram.js';

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
	const {name, matchers} = parseSelector(indicator.histogram);
	const [bucket, count] = [makeSelector(`${name}_bucket`, matchers), makeSelector(`${name}_count`, matchers)];
	return {
		names: [bucket.name, count.name],
		measure(samples) {
			const buckets = samples.filter((sample) => bucket.matches(sample));
			const counts = samples.filter((sample) => count.matches(sample));
			return measureHistogram({buckets, counts}, objective);
		},
	};
}

function ratioMeasure({good, bad, total}: Extract<Indicator, {kind: 'ratio'}>): Measure {
	const [goods, bads, totals] = [good, bad, total].map((texts) => texts?.map(parseSelector));
	const all = [...(goods ?? []), ...(bads ?? []), ...(totals ?? [])];
	return {
		names: all.map(({name}) => name),
		measure(samples) {
			const [goodSum, badSum, totalSum] = [goods, bads, totals].map((selectors) => sumOver(samples, selectors));
			// A counter without its first event may not be there yet. Where none of them is, nothing is known.
			if (goodSum === undefined && badSum === undefined && totalSum === undefined) return {events: null};
			const events = ratioEvents({good: goodSum, bad: badSum, total: totalSum}, {isTotalGiven: totals !== undefined});
			return events.good < 0 || events.good > events.total
				? {events: null, problem: 'the counters contradict each other: more bad events, or good ones, than events'}
				: {events};
		},
	};
}

type Sums = {readonly good: number | undefined; readonly bad: number | undefined; readonly total: number | undefined};

function ratioEvents({good, bad, total}: Sums, {isTotalGiven}: {isTotalGiven: boolean}): Events {
	const all = isTotalGiven ? (total ?? 0) : (good ?? 0) + (bad ?? 0);
	const goodOnes = good ?? all - (bad ?? 0);
	return {total: all, good: goodOnes, unsure: 0, alarmGood: goodOnes, alarmUnsure: 0};
}

function sumOver(samples: readonly Sample[], selectors: readonly Selector[] | undefined): number | undefined {
	const sums = selectors?.map((selector) => sumOf(samples, selector)).filter((sum) => sum !== undefined);
	return sums === undefined || sums.length === 0 ? undefined : sums.reduce((all, sum) => all + sum, 0);
}
