import {describe, expect, it} from 'vitest';
import {BUCKETS, record} from '../../src/load/histogram.js';
import {judgeObjective, type LoadObjective, parseObjective} from '../../src/load/objective.js';
import {sumCounts} from '../../src/load/summarise.js';

function objective(text: string): LoadObjective {
	const parsed = parseObjective(text);
	if (parsed === undefined) throw new Error(`not an objective: ${text}`);
	return parsed;
}

function seen(fast: number, slow: number, failed = 0) {
	const counts = new Uint32Array(BUCKETS);
	for (let turn = 0; turn < fast; turn++) record(counts, 20);
	for (let turn = 0; turn < slow; turn++) record(counts, 900);
	return {responses: sumCounts([counts]), failed};
}

describe('an objective', () => {
	it.each([
		['p95<500ms', {kind: 'latency', share: 0.95, limitMs: 500}],
		[' p99.9 < 1.5s ', {kind: 'latency', share: 0.999, limitMs: 1500}],
		['browse.p50<=2ms', {kind: 'latency', operation: 'browse', share: 0.5, limitMs: 2}],
		['errors<0.1%', {kind: 'errors', limit: 0.001}],
		['checkout.errors<0%', {kind: 'errors', operation: 'checkout', limit: 0}],
	])('is read: %s', (text, expected) => {
		expect(parseObjective(text)).toMatchObject(expected);
	});

	it.each([
		'',
		'p95',
		'p95<500',
		'p95<5%',
		'errors<1s',
		'errors<100%',
		'p0<1s',
		'p95>1s',
		'p100<1s',
		'p95<0ms',
		'p95<1..5s',
	])('is refused: %j', (text) => {
		expect(parseObjective(text)).toBeUndefined();
	});

	it.each([
		['all fast', 'p95<500ms', seen(200, 0), 'pass'],
		['one in twenty slow is too close to say', 'p95<500ms', seen(190, 10), 'inconclusive'],
		['one in five slow', 'p95<500ms', seen(160, 40), 'fail'],
		['58 fast ones are too few', 'p95<500ms', seen(58, 0), 'inconclusive'],
		['59 are just enough', 'p95<500ms', seen(59, 0), 'pass'],
		['a failure was not fast', 'p95<500ms', seen(160, 0, 40), 'fail'],
		['no errors', 'errors<1%', seen(400, 0), 'pass'],
		['many errors', 'errors<1%', seen(400, 0, 40), 'fail'],
		['an error where none may be', 'errors<0%', seen(400, 0, 1), 'fail'],
		['none seen does not prove that none can be', 'errors<0%', seen(400, 0), 'inconclusive'],
		['nothing happened', 'p95<500ms', seen(0, 0), 'inconclusive'],
	] as const)('with %s: %s', (_, text, what, verdict) => {
		expect(judgeObjective(objective(text), what).verdict).toBe(verdict);
	});
});
