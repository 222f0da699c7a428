import {resolve} from 'node:path';
import {describe, expect, it} from 'vitest';
import type {LoadResult} from '../../src/load/result.js';
import {type RunTerms, runLoad} from '../../src/load/run.js';
import {makeTestHost} from '../support/host.js';
import {startStubMongo} from '../support/stub-mongo.js';

async function loadOf(delayMs: number, more: Partial<RunTerms> = {}): Promise<LoadResult> {
	const stub = await startStubMongo(() => delayMs);
	const terms: RunTerms = {
		uri: stub.uri,
		database: 'stub',
		options: {maxPoolSize: 50},
		workload: {kind: 'file', path: resolve('test/support/stub-workload.mjs')},
		operations: ['ask'],
		size: {documents: 1, seed: 1},
		plan: {rate: 100, rampMs: 0, warmUpMs: 200, measureMs: 1000, spread: 'even', seed: 1},
		workers: 1,
		server: 'stub',
		driver: 'mongodb',
		...more,
	};
	const {result} = await runLoad(terms, makeTestHost(), () => undefined);
	return result;
}

function countOf({failures}: LoadResult, kind: string): number {
	return failures.find((failure) => failure.kind === kind)?.count ?? 0;
}

describe('a server that cannot keep up', () => {
	it('is seen in the wait for a connection, while its own time stays what it is', async () => {
		// 100 a second of 40 ms each want four connections, and have one.
		const result = await loadOf(40, {options: {maxPoolSize: 1}, watchesCommands: true, drainMs: 8000});
		expect(result.total).toMatchObject({done: 100, failed: 0});
		expect(result.serverTime?.p50).toBeLessThan(80);
		expect(result.wait?.p95).toBeGreaterThan(1000);
		// Nobody waits for anything else than the pool and the server.
		expect(result.total.response?.p95).toBeGreaterThan(result.wait?.p95 ?? 0);
	});

	it('makes waits end in errors of that name, where the pool has a limit for them', async () => {
		const result = await loadOf(100, {options: {maxPoolSize: 2, waitQueueTimeoutMS: 50}});
		const timedOut = countOf(result, 'wait-queue-timeout');
		expect(timedOut).toBeGreaterThan(30);
		expect(result.total.failed).toBe(timedOut);
		expect(result.total.done + result.total.failed).toBe(100);
		// Waits are counted by when they end: a few began while it warmed up.
		expect(result.waitsFailed).toBeGreaterThanOrEqual(timedOut);
		expect(result.waitsFailed).toBeLessThan(timedOut + 15);
		expect(result.total.failure?.p50).toBeLessThan(200);
	});

	it('that never answers makes failures that took at least until the end', async () => {
		const result = await loadOf(60_000, {drainMs: 300});
		expect(countOf(result, 'unfinished')).toBe(100);
		expect(result.total).toMatchObject({done: 0, failed: 100, response: null});
		// The first of them had waited for the whole second and the drain.
		expect(result.total.failure?.max).toBeGreaterThan(1200);
	});

	it('has no more under way than allowed, and each that was not begun is told', async () => {
		const result = await loadOf(60_000, {drainMs: 100, mostUnderWay: 30});
		const {due, started, refused, mostUnderWay} = result.arrivals;
		expect([due, mostUnderWay]).toEqual([100, 30]);
		expect(started + refused).toBe(100);
		// Twenty had begun while it warmed up.
		expect(started).toBe(10);
	});
});

it('a load that is stopped early ends at once, and is not believed', async () => {
	const stop = new AbortController();
	const stub = await startStubMongo(() => 5);
	const beganMs = performance.now();
	const running = runLoad(
		{
			uri: stub.uri,
			database: 'stub',
			options: {},
			workload: {kind: 'file', path: resolve('test/support/stub-workload.mjs')},
			operations: ['ask'],
			size: {documents: 1, seed: 1},
			plan: {rate: 50, rampMs: 0, warmUpMs: 0, measureMs: 60_000, spread: 'even', seed: 1},
			workers: 2,
			server: 'stub',
			driver: 'mongodb',
		},
		makeTestHost({signal: stop.signal}),
		({done}) => {
			if (done > 20) stop.abort();
		},
	);
	const {result, isCutShort} = await running;
	expect(performance.now() - beganMs).toBeLessThan(20_000);
	expect(isCutShort).toBe(true);
	expect(result.generator).toMatchObject({isTruthful: false, reason: 'it was stopped before its end'});
	expect(result.total.done).toBeGreaterThan(20);
});
