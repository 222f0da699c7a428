import {describe, expect, it} from 'vitest';
import {parseMetrics} from '../../../src/ports/metrics-text.js';
import type {MeasuredObjective} from '../../../src/slo/objective.js';
import {makeMeasure} from '../../../src/slo/sources/measure-page.js';

const ratio = (indicator: object): MeasuredObjective => ({
	name: 'a',
	title: 'A',
	kind: 'ratio',
	target: 0.99,
	indicator: {kind: 'ratio', ...indicator},
});
const latency = (thresholdMs: number, alarmMs?: number): MeasuredObjective => ({
	name: 'l',
	title: 'L',
	kind: 'latency',
	target: 0.95,
	thresholdMs,
	...(alarmMs === undefined ? {} : {alarm: {target: 0.95, thresholdMs: alarmMs}}),
	indicator: {kind: 'latency', histogram: 'd_seconds{route="/a"}'},
});
const measure = (objective: MeasuredObjective, page: string) => makeMeasure(objective).measure(parseMetrics(page));

describe('a ratio on a page', () => {
	const page = 'r_total{o="ok"} 90\nr_total{o="declined"} 5\nr_total{o="error"} 5\ncalls_total{o="error"} 2\n';

	it.each([
		[
			'good and bad',
			{good: ['r_total{o=~"ok|declined"}'], bad: ['r_total{o="error"}', 'calls_total{o="error"}']},
			102,
			95,
		],
		['good and total', {good: ['r_total{o!="error"}'], total: ['r_total']}, 100, 95],
		['bad and total', {bad: ['r_total{o="error"}'], total: ['r_total']}, 100, 95],
		['a bad one that is not there yet', {bad: ['r_total{o="timeout"}'], total: ['r_total']}, 100, 100],
	])('is counted by %s', (_, indicator, total, good) => {
		expect(measure(ratio(indicator), page).events).toMatchObject({total, good, alarmGood: good, unsure: 0});
	});

	it('is not there where none of its series is, and proves nothing where they contradict each other', () => {
		expect(measure(ratio({bad: ['x_total'], total: ['y_total']}), page)).toEqual({events: null});
		expect(measure(ratio({bad: ['r_total'], total: ['calls_total']}), page)).toMatchObject({
			events: null,
			problem: expect.stringContaining('contradict'),
		});
	});
});

describe('a histogram on a page', () => {
	const page = (buckets: Readonly<Record<string, number>>, count: number, labels = 'route="/a"') =>
		`${Object.entries(buckets)
			.map(([le, value]) => `d_seconds_bucket{${labels},le="${le}"} ${value}`)
			.join('\n')}\nd_seconds_count{${labels}} ${count}\nd_seconds_sum{${labels}} 1\n`;

	it('tells how many were as fast as the threshold and the alarm, at their edges, however these are written', () => {
		const text = page({'1.0': 50, '2.0': 90, '5e0': 97, '+Inf': 100}, 100);
		expect(measure(latency(2000, 5000), text)).toEqual({
			events: {total: 100, good: 90, unsure: 0, alarmGood: 97, alarmUnsure: 0},
		});
	});

	it('adds up what differs in other labels, and leaves out what is not meant', () => {
		const text =
			page({'2': 9, '+Inf': 10}, 10, 'route="/a",method="GET"') +
			page({'2': 5, '+Inf': 10}, 10, 'route="/a",method="POST"') +
			page({'2': 0, '+Inf': 99}, 99, 'route="/b"');
		expect(measure(latency(2000), text).events).toMatchObject({total: 20, good: 14});
	});

	it('tells what lies between two edges apart, and which edges these are', () => {
		const text = page({'1': 50, '2.5': 90, '+Inf': 100}, 100);
		expect(measure(latency(2000), text)).toMatchObject({
			events: {total: 100, good: 50, unsure: 40},
			between: {thresholdMs: 2000, belowMs: 1000, aboveMs: 2500},
		});
		expect(measure(latency(4000), text)).toMatchObject({
			events: {good: 90, unsure: 10},
			between: {belowMs: 2500, aboveMs: null},
		});
		expect(measure(latency(500), text)).toMatchObject({
			events: {good: 0, unsure: 50},
			between: {belowMs: null, aboveMs: 1000},
		});
	});

	it.each([
		['a bucket that counts fewer than the one below', {'1': 50, '2': 40, '+Inf': 100}, 100],
		['a count that is not that of the last bucket', {'1': 50, '2': 90, '+Inf': 100}, 101],
		['no last bucket', {'1': 50, '2': 90}, 100],
	])('proves nothing with %s', (_, buckets, count) => {
		expect(measure(latency(2000), page(buckets, count))).toMatchObject({events: null, problem: expect.any(String)});
	});
});
