import {describe, expect, it} from 'vitest';
import {LATENCY_EDGES_MS} from '../../../src/app/metrics/edges.js';
import {SHOP_OBJECTIVES} from '../../../src/app/metrics/objectives.js';

const of = (name: string) => {
	const found = SHOP_OBJECTIVES.find((objective) => objective.name === name);
	if (found === undefined) throw new Error(`no objective ${name}`);
	return found;
};

describe('the objectives of the reference shop', () => {
	it('have thresholds that are edges of its histograms, so that shares are counted and not estimated', () => {
		const thresholds = SHOP_OBJECTIVES.flatMap(({thresholdMs, alarm}) => [thresholdMs, alarm?.thresholdMs]);
		for (const threshold of thresholds) if (threshold !== undefined) expect(LATENCY_EDGES_MS).toContain(threshold);
		expect(thresholds.filter((threshold) => threshold !== undefined)).toHaveLength(4);
	});

	it('count what is slow by the promise, and by the line at which somebody is called', () => {
		const counts = {checkout_ms_2000: 90, checkout_ms_5000: 7, checkout_ms_inf: 3, request_ms_5: 1000};
		expect(of('checkout_latency').tally(counts)).toEqual({good: 90, total: 100});
		expect(of('checkout_latency').alarmTally?.(counts)).toEqual({good: 97, total: 100});
		expect(of('api_latency').alarmTally).toBeUndefined();
	});

	it('count a ratio the same way for both', () => {
		const counts = {payment_captured: 90, payment_failed: 5, payment_quarantined: 2, payment_call_failed: 3};
		expect(of('payment_success').tally(counts)).toEqual({good: 95, total: 100});
		expect(of('payment_success').alarmTally?.(counts)).toEqual({good: 95, total: 100});
	});
});
