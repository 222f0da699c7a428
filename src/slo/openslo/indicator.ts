import type {SastaError} from '../../kernel/errors.js';
import {makeSelector, parseSelector, type Selector, selectorText} from '../../kernel/selector.js';
import type {Indicator} from '../objective.js';
import {selectorsOfQuery} from './query.js';
import type {MetricSource, SliSpec} from './schema.js';

type Refuse = (why: string, hint?: string) => SastaError;

type Measured =
	| {readonly kind: 'ratio'; readonly indicator: Extract<Indicator, {kind: 'ratio'}>}
	| {readonly kind: 'latency'; readonly thresholdMs: number; readonly indicator: Extract<Indicator, {kind: 'latency'}>};

/** What an SLI measures, in our words. */
export function indicatorOf({ratioMetric, thresholdMetric}: SliSpec, refuse: Refuse): Measured {
	if (thresholdMetric !== undefined) {
		throw refuse(
			'it has a thresholdMetric, a value that is looked at now and then, and no events',
			'Write latency as a ratioMetric: good is the histogram’s _bucket{le="…"} at the threshold, total its _count',
		);
	}
	if (ratioMetric === undefined) throw refuse('it has no ratioMetric');
	if (ratioMetric.raw !== undefined)
		throw refuse('its ratioMetric is raw, a ratio that is counted already', 'Give two of good, bad and total');
	if (ratioMetric.counter !== true)
		throw refuse('its ratioMetric does not say counter: true', 'Only counters that rise are read; say counter: true');
	const of = (role: 'good' | 'bad' | 'total') => {
		const source = ratioMetric[role];
		return source === undefined ? undefined : selectorsOf(source, role, refuse);
	};
	const [good, bad, total] = [of('good'), of('bad'), of('total')];
	if ([good, bad, total].filter((given) => given !== undefined).length !== 2)
		throw refuse('its ratioMetric does not have two of good, bad and total');
	const latency = good !== undefined && total !== undefined ? latencyOf(good, total) : undefined;
	return (
		latency ?? {
			kind: 'ratio',
			indicator: {
				kind: 'ratio',
				...(good === undefined ? {} : {good}),
				...(bad === undefined ? {} : {bad}),
				...(total === undefined ? {} : {total}),
			},
		}
	);
}

function selectorsOf(
	{metricSource: {type, metricSourceRef, spec}}: MetricSource,
	role: string,
	refuse: Refuse,
): readonly string[] {
	if (type === undefined ? metricSourceRef === undefined : type.toLowerCase() !== 'prometheus')
		throw refuse(`its ${role} comes from ${type ?? 'nowhere'}`, 'Only metricSource.type Prometheus is read');
	const query = spec?.['query'];
	if (typeof query !== 'string') throw refuse(`its ${role} has no metricSource.spec.query`);
	const selectors = selectorsOfQuery(query);
	if (selectors === undefined) {
		throw refuse(
			`its ${role} asks ${JSON.stringify(query)}`,
			'Write a selector such as payments_total{outcome="failed"}, or sum(increase(…[5m])) of one; more are added with +',
		);
	}
	return selectors;
}

/** Requests in the bucket up to a threshold, of all: how latency is written where only ratios are. */
function latencyOf(good: readonly string[], total: readonly string[]): Measured | undefined {
	const [bucket, count] = [good, total].map(([text, ...others]) =>
		text === undefined || others.length > 0 ? undefined : parseSelector(text),
	);
	if (bucket === undefined || count === undefined) return undefined;
	const edge = bucket.matchers.find(({label}) => label === 'le');
	const seconds = edge === undefined ? Number.NaN : edgeOf(edge);
	const rest = bucket.matchers.filter((matcher) => matcher !== edge);
	const histogram = bucket.name.replace(/_bucket$/, '');
	const isPair =
		bucket.name === `${histogram}_bucket` &&
		count.name === `${histogram}_count` &&
		selectorText(makeSelector(count.name, rest)) === selectorText(count);
	if (!isPair || !(seconds > 0) || !Number.isFinite(seconds)) return undefined;
	return {
		kind: 'latency',
		thresholdMs: Number((seconds * 1000).toPrecision(12)),
		indicator: {kind: 'latency', histogram: selectorText(makeSelector(histogram, rest))},
	};
}

/** `2`, or `2|2\.0` where both ways to write it are meant. */
function edgeOf({operator, value}: Selector['matchers'][number]): number {
	if (operator === '=') return Number(value);
	const edges = new Set(value.split('|').map((text) => Number(text.replaceAll('\\.', '.'))));
	const [edge = Number.NaN] = edges;
	return operator === '=~' && edges.size === 1 ? edge : Number.NaN;
}
