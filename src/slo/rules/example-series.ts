import {makeSelector, type Selector} from '../../kernel/selector.js';
import type {MeasuredObjective} from '../objective.js';
import {selectorWith} from '../series.js';
import {bucketsAt} from './event-queries.js';
import type {RuleOptions} from './rule-options.js';

export type Series = {readonly name: string; readonly labels: Readonly<Record<string, string>>};

/** The series that one event raises, each by one. */
export type ExampleEvent = readonly Series[];

/** Events as an objective counts them, good and bad: one of each selector, so that none is forgotten. */
export type ExampleEvents = {readonly good: readonly ExampleEvent[]; readonly bad: readonly ExampleEvent[]};

/** Made from the selectors alone; undefined where their patterns are too odd to think of a value. */
export function exampleEvents(objective: MeasuredObjective, options: RuleOptions): ExampleEvents | undefined {
	const {indicator} = objective;
	if (indicator.kind === 'latency')
		return latencyEvents(objective, selectorWith(indicator.histogram, options.selectorLabels));
	const [good, bad, total] = [indicator.good, indicator.bad, indicator.total].map((selectors) =>
		selectors?.map((text) => selectorWith(text, options.selectorLabels)),
	);
	const candidates = candidatesOf([...(good ?? []), ...(bad ?? []), ...(total ?? [])]);
	const count = (selectors: readonly Selector[], event: ExampleEvent) =>
		selectors.reduce((sum, selector) => sum + event.filter((series) => selector.matches(series)).length, 0);
	const is = (event: ExampleEvent, wanted: 'good' | 'bad') => {
		const all = count(total ?? [...(good ?? []), ...(bad ?? [])], event);
		const wrong = bad === undefined ? all - count(good ?? [], event) : count(bad, event);
		return all === 1 && wrong === (wanted === 'bad' ? 1 : 0);
	};
	// What is good may be told by another metric than what is counted: then an event raises both.
	const totals = candidates.filter((series) => total?.some((selector) => selector.matches(series)));
	const eventsOf = (selectors: readonly Selector[], wanted: 'good' | 'bad') =>
		selectors.flatMap((selector) => {
			const own = candidates.filter((series) => selector.matches(series));
			const events = [
				...own.map((series) => [series]),
				...own.flatMap((series) => totals.map((each) => [series, each])),
			];
			return [events.find((event) => is(event, wanted))].filter((event) => event !== undefined);
		});
	const events = {good: eventsOf(good ?? total ?? [], 'good'), bad: eventsOf(bad ?? total ?? [], 'bad')};
	return events.good.length > 0 && events.bad.length > 0 ? events : undefined;
}

/** Whether an objective counts a series at all. */
export function countsSeries({indicator}: MeasuredObjective, series: Series, options: RuleOptions): boolean {
	if (indicator.kind === 'latency') {
		const {name, matchers} = selectorWith(indicator.histogram, options.selectorLabels);
		return [`${name}_count`, `${name}_bucket`].some((each) => makeSelector(each, matchers).matches(series));
	}
	return [...(indicator.good ?? []), ...(indicator.bad ?? []), ...(indicator.total ?? [])].some((text) =>
		selectorWith(text, options.selectorLabels).matches(series),
	);
}

function latencyEvents({thresholdMs = 0, alarm}: MeasuredObjective, histogram: Selector): ExampleEvents | undefined {
	const count = candidatesOf([makeSelector(`${histogram.name}_count`, histogram.matchers)])[0];
	if (count === undefined) return undefined;
	const buckets = [...new Set([thresholdMs, alarm?.thresholdMs ?? thresholdMs])].map((limitMs) => ({
		name: bucketsAt(histogram, limitMs).name,
		labels: {...count.labels, le: String(limitMs / 1000)},
	}));
	return {good: [[...buckets, count]], bad: [[count]]};
}

/** More would take long, and nobody writes such selectors. */
const MOST = 5000;

/** Series that the selectors, or some of them, match: every label takes each value that a matcher makes think of. */
function candidatesOf(selectors: readonly Selector[]): Series[] {
	const names = [...new Set(selectors.map(({name}) => name))];
	return names.flatMap((name) => {
		const matchers = selectors.filter((selector) => selector.name === name).flatMap((selector) => selector.matchers);
		const labels = [...new Set(matchers.map(({label}) => label))];
		let all: Record<string, string>[] = [{}];
		for (const label of labels) {
			const values = new Set(matchers.filter((matcher) => matcher.label === label).flatMap(valuesOf));
			values.add('other');
			all = all.flatMap((before) => [...values].map((value) => ({...before, [label]: value}))).slice(0, MOST);
		}
		const series = all.map((each) => ({name, labels: each}));
		return series.filter((each) => selectors.some((selector) => selector.matches(each)));
	});
}

function valuesOf({operator, value}: Selector['matchers'][number]): string[] {
	return operator === '=' || operator === '!=' ? [value] : samplesOf(value);
}

/** Texts that a pattern matches, as a guess: whether they do is looked at behind this. */
function samplesOf(pattern: string): string[] {
	let plain = pattern;
	for (let before = ''; before !== plain; ) {
		before = plain;
		plain = plain.replaceAll(/(?<!\\)\((?:\?:)?((?:[^()\\]|\\.)*)\)\*?/g, (_, inside: string) =>
			firstAlternative(inside),
		);
	}
	return plain.split(/(?<!\\)\|/).map((alternative) =>
		alternative
			.replaceAll(/(?<!\\)\[\^[^\]]*\][+*?]?/g, 'x')
			.replaceAll(/(?<!\\)\[(.)[^\]]*\][+*?]?/g, '$1')
			.replaceAll(/\\d[+*?]?/g, '1')
			.replaceAll(/\\w[+*?]?/g, 'x')
			.replaceAll(/(?<!\\)\.[+*?]?/g, 'x')
			.replaceAll(/(?<!\\)[?+*^$]/g, '')
			.replaceAll(/\\(.)/g, '$1'),
	);
}

function firstAlternative(text: string): string {
	return text.split(/(?<!\\)\|/)[0] ?? '';
}
