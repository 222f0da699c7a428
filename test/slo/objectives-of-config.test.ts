import {describe, expect, it} from 'vitest';
import {configSchema} from '../../src/kernel/config/schema.js';
import {DEFAULT_OBJECTIVES} from '../../src/slo/default-objectives.js';
import {objectivesOfConfig} from '../../src/slo/objectives-of-config.js';

function objectivesOf(objectives: readonly object[]) {
	return objectivesOfConfig(configSchema.parse({slo: {objectives}}).slo);
}

describe('the objectives of a configuration', () => {
	it('are those of the shop contract where it names none', () => {
		expect(objectivesOfConfig(configSchema.parse({}).slo)).toBe(DEFAULT_OBJECTIVES);
	});

	it('have shares where it writes percent, and lists where it writes one selector', () => {
		const ratio = {name: 'orders', kind: 'ratio', target: 99.9, alarm: 99, bad: 'a', total: ['b', 'c{d="e"}']};
		expect(objectivesOf([ratio])).toEqual([
			{
				name: 'orders',
				title: 'orders: 99.9 % are good',
				kind: 'ratio',
				target: 0.999,
				alarm: {target: 0.99},
				indicator: {kind: 'ratio', bad: ['a'], total: ['b', 'c{d="e"}']},
			},
		]);
	});

	it('have milliseconds where it writes durations; a slower line of alarm keeps the target', () => {
		const latency = {
			name: 'search_fast',
			kind: 'latency',
			target: 99.5,
			threshold: '300ms',
			alarm: '2s',
			histogram: 'h',
		};
		expect(objectivesOf([latency])).toEqual([
			{
				name: 'search_fast',
				title: 'search fast: 99.5 % within 300 ms',
				kind: 'latency',
				target: 0.995,
				thresholdMs: 300,
				alarm: {target: 0.995, thresholdMs: 2000},
				indicator: {kind: 'latency', histogram: 'h'},
			},
		]);
	});

	it.each([
		[99.9, 0.999],
		[99.95, 0.9995],
		[99.999, 0.99999],
		[57.3, 0.573],
		[0.07, 0.0007],
		[1e-7, 1e-9],
	])('have of %s %% the share %s, to the last digit', (target, share) => {
		expect(objectivesOf([{name: 'a', kind: 'ratio', target, good: 'g', total: 't'}])[0]?.target).toBe(share);
	});

	it.each([
		['2s', '2 s'],
		['2.5s', '2.5 s'],
		['90s', '1 min 30 s'],
	])('say %s as %s', (threshold, words) => {
		const [objective] = objectivesOf([{name: 'a', kind: 'latency', target: 95, threshold, histogram: 'h'}]);
		expect(objective?.title).toBe(`a: 95 % within ${words}`);
	});
});
