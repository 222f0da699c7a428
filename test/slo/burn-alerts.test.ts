import {describe, expect, it} from 'vitest';
import {BURN_RULES, judgeBurn} from '../../src/slo/burn-alerts.js';
import type {Tally} from '../../src/slo/objective.js';
import {WINDOWS, type WindowName} from '../../src/slo/windows.js';

const MONTH = 43_200;

/** Every window with this many requests, and failures in those that are named. */
function windows(total: number, bad: Partial<Record<WindowName, number>>): Record<WindowName, Tally> {
	return Object.fromEntries(WINDOWS.map(({name}) => [name, {good: total - (bad[name] ?? 0), total}])) as Record<
		WindowName,
		Tally
	>;
}
const judge = (total: number, bad: Partial<Record<WindowName, number>>, coveredMinutes = MONTH, target = 0.999) =>
	judgeBurn({target, windows: windows(total, bad), coveredMinutes});

describe('a burn alert', () => {
	it('needs the long window and the short one', () => {
		expect(judge(10_000, {'1h': 200, '5m': 200})).toBe(BURN_RULES[0]);
		expect(judge(10_000, {'1h': 200})).toBeUndefined();
		expect(judge(10_000, {'5m': 200})).toBeUndefined();
	});

	it('is the worst that applies', () => {
		const everywhere = {'5m': 80, '30m': 80, '1h': 80, '6h': 80, '3d': 80};
		expect(judge(10_000, everywhere)).toMatchObject({long: '6h', severity: 'critical'});
		expect(judge(10_000, {...everywhere, '30m': 0})).toMatchObject({long: '3d', severity: 'warning'});
	});

	it('is silent for one failure among ten, and speaks for two (facts of low traffic)', () => {
		expect(judge(10, {'1h': 1, '5m': 1})).toBeUndefined();
		expect(judge(10, {'1h': 2, '5m': 2})).toBe(BURN_RULES[0]);
	});

	it('says nothing of windows that are longer than anything was counted, nor of no traffic at all', () => {
		expect(judge(10_000, {'1h': 200, '5m': 200}, 59)).toBeUndefined();
		expect(judge(0, {})).toBeUndefined();
	});

	it('does not wait for a rate that cannot be: 95 % under a threshold fail at most 20 times too fast', () => {
		const slow = {'5m': 900, '30m': 900, '1h': 900, '6h': 900, '3d': 900};
		expect(judge(1000, slow, MONTH, 0.95)).toBe(BURN_RULES[0]);
		expect(judge(1000, slow, MONTH, 0.9)).toMatchObject({long: '6h'});
	});
});
