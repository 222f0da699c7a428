import {describe, expect, it} from 'vitest';
import type {Percentiles} from '../../src/load/histogram.js';
import {advisePools, busyConnections, type PoolStep} from '../../src/load/pool/recommend.js';
import type {LoadResult} from '../../src/load/result.js';

function times(p95: number, count = 1000): Percentiles {
	return {
		count,
		min: 0,
		mean: p95 / 2,
		p50: p95 / 2,
		p75: p95,
		p90: p95,
		p95,
		p99: p95 * 1.2,
		p999: p95 * 2,
		max: p95 * 2,
	};
}

type Seen = {wait: number; server: number; total: number; failed?: number; late?: boolean};

function step(poolSize: number, {wait, server, total, failed = 0, late = false}: Seen, rate = 400): PoolStep {
	const result = {
		measuredMs: 10_000,
		wait: times(wait),
		waitsFailed: failed,
		serverTime: times(server, 4000),
		total: {name: 'all', done: 4000, failed, response: times(total), service: null, failure: null},
		generator: {isTruthful: !late, ...(late ? {reason: 'this machine is too busy'} : {}), punctual: 1},
	} as unknown as LoadResult;
	return {poolSize, rate, result};
}

const ONE = {workers: 1, connectMs: 5};

describe('the pool size to use', () => {
	it('is the smallest at which nobody waits any more', () => {
		const [advice] = advisePools(
			[
				step(50, {wait: 0.1, server: 25, total: 26}),
				step(5, {wait: 812, server: 25, total: 840}),
				step(10, {wait: 96, server: 25, total: 121}),
				step(20, {wait: 0.9, server: 25, total: 27}),
			],
			ONE,
		);
		expect(advice?.poolSize).toBe(20);
		expect(Object.fromEntries(advice?.settings.map(({name, value}) => [name, value]) ?? [])).toEqual({
			maxPoolSize: 20,
			// 400 a second of 12.5 ms each.
			minPoolSize: 5,
			maxConnecting: 2,
			waitQueueTimeoutMS: 1000,
		});
	});

	it('is not a larger one that only makes the server slower', () => {
		const [advice] = advisePools(
			[step(10, {wait: 0.2, server: 20, total: 21}), step(100, {wait: 0.1, server: 60, total: 61})],
			ONE,
		);
		expect(advice?.poolSize).toBe(10);
	});

	it('opens more connections at once where one takes long', () => {
		const [advice] = advisePools([step(50, {wait: 0.1, server: 10, total: 11})], {workers: 1, connectMs: 40});
		expect(advice?.settings.find(({name}) => name === 'maxConnecting')?.value).toBe(8);
	});

	it.each([
		[
			'waiting ends at no size',
			[step(5, {wait: 900, server: 30, total: 950}), step(10, {wait: 700, server: 60, total: 800})],
			'the server is what is slow',
		],
		['the generator was late', [step(5, {wait: 0.1, server: 3, total: 4, late: true})], 'too busy'],
		['waits ended in errors', [step(5, {wait: 0.5, server: 3, total: 4, failed: 12})], 'the server is what is slow'],
	])('is not told where %s', (_, steps, reason) => {
		const [advice] = advisePools(steps, ONE);
		expect(advice?.poolSize).toBeNull();
		expect(advice?.reason).toContain(reason);
	});

	it('is told for each rate', () => {
		const advice = advisePools(
			[step(5, {wait: 0.1, server: 3, total: 4}, 100), step(20, {wait: 0.1, server: 3, total: 4}, 400)],
			ONE,
		);
		expect(advice.map(({rate, poolSize}) => [rate, poolSize])).toEqual([
			[100, 5],
			[400, 20],
		]);
	});
});

it('connections are busy by Little’s law', () => {
	expect(busyConnections(step(5, {wait: 0, server: 25, total: 25}).result)).toBe(5);
});
