import {resolve} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {MongoClient} from 'mongodb';
import {describe, expect, it} from 'vitest';
import {type ArrivalPlan, makeArrivals, measureStartMs} from '../../src/load/arrivals.js';
import {makeRandom, seedOf} from '../../src/load/random.js';
import {runLoad} from '../../src/load/run.js';
import {monotonicMs} from '../../src/load/worker/monotonic.js';
import {makeTestHost} from '../support/host.js';
import {startStubMongo} from '../support/stub-mongo.js';
import {IS_FULL} from '../support/sweep.js';

/** Stops answering for a second in ten, or, where the time is short, for as great a share. */
const STALL = IS_FULL ? {everyMs: 10_000, forMs: 1000} : {everyMs: 2500, forMs: 250};
const MEASURE_MS = IS_FULL ? 60_000 : 7500;

const PLAN: ArrivalPlan = {
	rate: 100,
	rampMs: 200,
	warmUpMs: 300,
	measureMs: MEASURE_MS,
	spread: 'poisson',
	seed: 21,
};

/** A long-tailed time of its own for each question, and until the end of a stall on top. */
function delayOf(index: number, atMs: number): number {
	const random = makeRandom(seedOf(9, index));
	const own = 20 + 15 * -Math.log(1 - random.next());
	const within = atMs % STALL.everyMs;
	return own + (within < STALL.forMs ? STALL.forMs - within : 0);
}

function quantile(sorted: readonly number[], share: number): number {
	return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN;
}

describe('a server of known delays that stalls', () => {
	it('is told as it was: percentiles within 2 % of the truth, where a closed loop is far off', async () => {
		const stub = await startStubMongo(delayOf);
		let startedAt = 0;
		const {result} = await runLoad(
			{
				uri: stub.uri,
				database: 'stub',
				options: {maxPoolSize: 200, minPoolSize: 50},
				workload: {kind: 'file', path: resolve('test/support/stub-workload.mjs')},
				operations: ['ask'],
				size: {documents: 1, seed: 1},
				plan: PLAN,
				workers: 1,
				server: 'stub',
				driver: 'mongodb',
			},
			makeTestHost(),
			({elapsedMs}) => {
				startedAt = monotonicMs() - elapsedMs;
			},
		);

		// The truth is what the stub did, counted from when each arrival was due by the plan.
		const truth: number[] = [];
		const arrivals = makeArrivals(PLAN, {index: 0, count: 1});
		while (arrivals.advance()) {
			if (arrivals.dueMs < measureStartMs(PLAN)) continue;
			const answeredAt = stub.answeredAt.get(arrivals.index);
			expect(answeredAt).toBeDefined();
			truth.push((answeredAt as number) - startedAt - arrivals.dueMs);
		}
		truth.sort((a, b) => a - b);
		expect(result.total.response?.count).toBe(truth.length);
		expect(result.total.failed).toBe(0);
		const told = result.total.response;
		if (told === null) throw new Error('nothing was told');
		for (const [share, ms] of [
			[0.5, told.p50],
			[0.9, told.p90],
			[0.95, told.p95],
			[0.99, told.p99],
		] as const) {
			const real = quantile(truth, share);
			// The way of an answer through a busy machine is no part of what the stub knows.
			expect(Math.abs(ms - real), `p${share * 100}: ${ms} for ${real}`).toBeLessThanOrEqual(real * 0.02 + 8);
		}
		// What stalls do is seen: a tenth of all came into one.
		expect(told.p95).toBeGreaterThan(STALL.forMs * 0.4);

		const closed = await closedLoop(stub.uri);
		expect(quantile(closed, 0.95)).toBeLessThan(told.p95 * 0.75);
	});
});

/** As many tools measure: a few askers, each of which waits for its answer before it asks again. */
async function closedLoop(uri: string): Promise<number[]> {
	const client = new MongoClient(uri, {maxPoolSize: 4});
	const times: number[] = [];
	const endMs = monotonicMs() + Math.min(MEASURE_MS, 7500);
	let index = 1_000_000;
	await Promise.all(
		Array.from({length: 4}, async () => {
			while (monotonicMs() < endMs) {
				const beganMs = monotonicMs();
				await client.db('stub').collection('things').find({index: index++}).toArray();
				times.push(monotonicMs() - beganMs);
				// Paced to the same rate as the open load, as long as the server lets it.
				await delay(Math.max(0, 40 - (monotonicMs() - beganMs)));
			}
		}),
	);
	await client.close();
	return times.toSorted((a, b) => a - b);
}
