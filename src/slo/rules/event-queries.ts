import {type Selector, selectorText} from '../../kernel/selector.js';
import type {MeasuredObjective} from '../objective.js';
import {bucketsOf, countOf, selectorWith} from '../series.js';
import {EVENTS, recordedOf} from './names.js';
import type {RuleOptions} from './rule-options.js';

/** How the events of one objective are counted in a window, in PromQL. */
export type EventQueries = {
	/** Empty where Prometheus has no such series. */
	readonly events: string;
	/** May ask for the recorded events of the same window. */
	readonly bad: string;
	/** Bad by the alarm's threshold, where that is another one. */
	readonly alarmBad: string | undefined;
};

/** @throws SastaError SELECTOR_INVALID */
export function eventQueries(objective: MeasuredObjective, window: string, options: RuleOptions): EventQueries {
	const {name: slo, indicator} = objective;
	const events = recordedOf(`${EVENTS}${window}`, {slo, service: options.service});
	if (indicator.kind === 'latency')
		return latencyQueries(objective, {histogram: indicator.histogram, window, events}, options);
	const [good, bad, total] = [indicator.good, indicator.bad, indicator.total].map((selectors) =>
		selectors?.map((text) => selectorWith(text, options.selectorLabels)),
	);
	return {
		events: sumOfIncreases(total ?? [...(good ?? []), ...(bad ?? [])], window),
		bad:
			bad === undefined
				? badWithout(orNone(sumOfIncreases(good ?? [], window), events), events)
				: orNone(sumOfIncreases(bad, window), events),
		alarmBad: undefined,
	};
}

/** A histogram's buckets at a threshold: Prometheus' own clients write 2 as `2` or as `2.0`. */
export function bucketsAt(histogram: Selector, thresholdMs: number): Selector {
	const text = String(thresholdMs / 1000);
	return bucketsOf(histogram, Number.isInteger(thresholdMs / 1000) ? [text, `${text}.0`] : [text]);
}

function latencyQueries(
	{thresholdMs = Number.NaN, alarm}: MeasuredObjective,
	{histogram, window, events}: {histogram: string; window: string; events: string},
	options: RuleOptions,
): EventQueries {
	const selector = selectorWith(histogram, options.selectorLabels);
	const increases = `sum(increase(${selectorText(selector)}[${window}]))`;
	const bad = (limitMs: number) =>
		options.isNative
			? `(1 - histogram_fraction(0, ${limitMs / 1000}, ${increases}))\n* histogram_count(${increases})`
			: // Without a bucket at the threshold there is no answer, and nobody is called for it.
				badWithout(sumOfIncreases([bucketsAt(selector, limitMs)], window), events);
	return {
		events: options.isNative ? `histogram_count(${increases})` : sumOfIncreases([countOf(selector)], window),
		bad: bad(thresholdMs),
		alarmBad:
			alarm?.thresholdMs === undefined || alarm.thresholdMs === thresholdMs ? undefined : bad(alarm.thresholdMs),
	};
}

/**
 * The increases of several selectors as one sum. One that has no series yet adds nothing; where none has any, the sum is
 * empty. They are told apart by a label, since "or" drops what has the same labels.
 */
function sumOfIncreases(selectors: readonly Selector[], window: string): string {
	const parts = selectors.map((selector) => `sum(increase(${selectorText(selector)}[${window}]))`);
	if (parts.length === 1) return parts[0] ?? '';
	return `sum(\n  ${parts.map((part, index) => `label_replace(${part}, "part", "${index + 1}", "", "")`).join('\n  or ')}\n)`;
}

/** A counter that has no series yet, beside others that have: nothing of the kind has happened. */
function orNone(increases: string, events: string): string {
	return `${increases}\nor on() 0 * ${events}`;
}

/** All that is not good. What two counters lose at the edges of a window differs, so it may come out below nothing. */
function badWithout(good: string, events: string): string {
	const inner = good.includes('\n') ? `(\n${indent(good)}\n)` : good;
	return `clamp_min(\n${indent(`${events} - on() ${inner}`)},\n  0\n)`;
}

function indent(text: string): string {
	return text.replaceAll(/^/gm, '  ');
}
