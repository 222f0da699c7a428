import {describe, expect, it} from 'vitest';
import {parse} from 'yaml';
import {configSchema} from '../../../src/kernel/config/schema.js';
import {quote} from '../../../src/kernel/selector.js';
import {configSection} from '../../../src/slo/config-section.js';
import {DEFAULT_OBJECTIVES} from '../../../src/slo/default-objectives.js';
import type {MeasuredObjective} from '../../../src/slo/objective.js';
import {objectivesOfConfig} from '../../../src/slo/objectives-of-config.js';
import {readOpenSlo} from '../../../src/slo/openslo/read.js';
import {writeOpenSlo} from '../../../src/slo/openslo/write.js';

const HOSTILE = 'a "b" {c="d"} + \\ \'e\' `f` #: - |\n é';

/** Of the published examples: an SLO that names its SLI, percent, weeks, a folded query. */
const BY_REFERENCE = `
apiVersion: openslo/v1
kind: Service
metadata: {name: shop}
spec: {description: x}
---
apiVersion: openslo/v1
kind: SLI
metadata: {name: orders-good}
spec:
  ratioMetric:
    counter: true
    good:
      metricSource:
        type: Prometheus
        spec:
          query: sum(rate(http_requests_total{code!~"5.."}[5m]))
    total:
      metricSource:
        type: Prometheus
        spec: {query: 'sum(increase(http_requests_total[1h]))'}
---
apiVersion: openslo/v1
kind: SLO
metadata: {name: orders-slo, displayName: Orders}
spec:
  service: shop
  indicatorRef: orders-good
  timeWindow: [{duration: 4w, isRolling: true}]
  budgetingMethod: Occurrences
  objectives: [{targetPercent: 99.9}]
  alertPolicies: []
`;

function withoutAlarm({alarm, ...rest}: MeasuredObjective): MeasuredObjective {
	return rest;
}

function changed(from: string | RegExp, to: string): string {
	const text = BY_REFERENCE.replace(from, to);
	if (text === BY_REFERENCE) throw new Error(`nothing like ${from}`);
	return text;
}

describe('OpenSLO', () => {
	it('is read with references, percent, and queries that count one selector', () => {
		expect(readOpenSlo(BY_REFERENCE)).toEqual({
			period: '28d',
			services: ['shop'],
			objectives: [
				{
					name: 'orders_slo',
					title: 'Orders',
					target: 0.999,
					kind: 'ratio',
					indicator: {kind: 'ratio', good: ['http_requests_total{code!~"5.."}'], total: ['http_requests_total']},
				},
			],
		});
	});

	it('brings back what it was written from: all but the alarm, which it has no place for', () => {
		const own: MeasuredObjective[] = [
			{
				name: 'h',
				title: 'of "x": 1',
				kind: 'ratio',
				target: 0.9995,
				indicator: {kind: 'ratio', bad: [`a{b=${quote(HOSTILE)}}`], total: ['c', `d{e=~${quote('x|y+')}}`]},
			},
			{
				name: 'odd',
				title: 'odd',
				kind: 'latency',
				target: 0.5,
				thresholdMs: 250,
				indicator: {kind: 'latency', histogram: `h{a=${quote(HOSTILE)}}`},
			},
		];
		for (const objectives of [DEFAULT_OBJECTIVES, own]) {
			const text = writeOpenSlo(objectives, {service: 'My shop', period: '7d'});
			expect(readOpenSlo(text)).toEqual({
				period: '7d',
				services: ['my-shop'],
				objectives: objectives.map(withoutAlarm),
			});
		}
	});

	it('reads requests in a bucket of all requests as latency, in both ways to write an edge', () => {
		const of = (le: string, total = 'h_count{a="b"}') =>
			readOpenSlo(
				BY_REFERENCE.replace(/query: sum\(rate.*/, () => `query: 'h_bucket{a="b",${le}}'`).replace(
					/sum\(increase.*\]\)\)/,
					total,
				),
			).objectives[0];
		expect(of('le="0.3"')).toMatchObject({kind: 'latency', thresholdMs: 300, indicator: {histogram: 'h{a="b"}'}});
		expect(of('le=~"2|2\\\\.0"')).toMatchObject({kind: 'latency', thresholdMs: 2000});
		expect(of('le="0.3"', 'h_count{a="c"}')).toMatchObject({kind: 'ratio'});
		expect(of('le=~"2|3"')).toMatchObject({kind: 'ratio'});
	});

	it.each([
		[/budgetingMethod: Occurrences/, 'budgetingMethod: Timeslices', 'budgetingMethod is Timeslices'],
		[/budgetingMethod: Occurrences/, 'budgetingMethod: RatioTimeslices', 'budgetingMethod is RatioTimeslices'],
		[/4w, isRolling: true/, '90d, isRolling: true', 'time window is 90d'],
		[/4w, isRolling: true/, '30d, isRolling: false, calendar: {startTime: x}', 'a calendar’s 30d'.replace('’', "'")],
		[/type: Prometheus/, 'type: Datadog', 'comes from Datadog'],
		[/counter: true/, 'counter: false', 'counter: true'],
		[/sum\(rate.*/, 'histogram_quantile(0.95, sum by (le) (rate(h_bucket[5m])))', 'asks "histogram_quantile'],
		[/sum\(rate.*/, 'sum(rate(a[5m])) / sum(rate(b[5m]))', 'asks "sum(rate(a'],
		[/sum\(rate.*/, 'sum by (code) (rate(a[5m]))', 'asks "sum by'],
		[/ratioMetric:/, 'thresholdMetric: {metricSource: {}}\n  ratioMetric:', 'thresholdMetric'],
		[/indicatorRef: .*/, 'indicatorRef: elsewhere', 'elsewhere is not among'],
		[/targetPercent: 99.9/, 'targetPercent: 100', 'target does not lie between'],
		[/targetPercent: 99.9/, 'displayName: x', 'target does not lie between'],
		[
			'apiVersion: openslo/v1\nkind: SLO',
			'apiVersion: openslo.com/v2alpha\nkind: SLO',
			'apiVersion is openslo.com/v2alpha',
		],
	])('refuses by name what it cannot do: %s → %s', (from, to, why) => {
		expect(() => readOpenSlo(changed(from, to))).toThrow(
			expect.objectContaining({code: 'OPENSLO_UNSUPPORTED', message: expect.stringMatching(/^(?:SLO|SLI) orders-/)}),
		);
		expect(() => readOpenSlo(changed(from, to))).toThrow(why);
	});

	it.each([
		'',
		'a: b',
		'{',
		'apiVersion: openslo/v1\nkind: Service\nmetadata: {name: x}',
		changed('service: shop', 'x: y'),
	])('says what is no OpenSLO: %s', (text) => {
		expect(() => readOpenSlo(text)).toThrow(expect.objectContaining({code: 'OPENSLO_INVALID'}));
	});
});

describe('the section of the configuration', () => {
	it('is read back as the objectives that it was written from', () => {
		const text = configSection({objectives: DEFAULT_OBJECTIVES, period: '28d'});
		const {slo} = configSchema.parse(parse(text));
		expect(slo.period).toBe('28d');
		expect(objectivesOfConfig(slo)).toEqual(DEFAULT_OBJECTIVES);
	});

	it('has the defaults as comments, which hold as they are once they are none', () => {
		const text = configSection(undefined);
		expect(configSchema.parse(parse(text)).slo.objectives).toBeUndefined();
		const shown = text.slice(text.indexOf('  # objectives:')).replaceAll(/^ {2}# /gm, '  ');
		const {slo} = configSchema.parse(parse(`slo:\n${shown}`));
		expect(objectivesOfConfig(slo)).toEqual(DEFAULT_OBJECTIVES);
	});
});
