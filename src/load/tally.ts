import {FAILURES} from './failure.js';
import {BUCKETS, type Counts} from './histogram.js';

/**
 * What one worker has counted, in memory that the main thread reads at any time: nothing is sent while the load runs, and
 * nothing grows. One writer each; a word is never read half-written.
 */
export type Tally = {
	readonly buffer: SharedArrayBuffer;
	/** By operation: from the moment it was due to its end. Successes only, as are the next two. */
	readonly response: readonly Counts[];
	/** By operation: from the moment it really began. */
	readonly service: readonly Counts[];
	/** By operation: failures, from the moment they were due. */
	readonly failed: readonly Counts[];
	/** How late operations began. */
	readonly startDelay: Counts;
	/** Waits for a connection of the pool. */
	readonly wait: Counts;
	/** From a command sent to its answer, where commands are watched. */
	readonly server: Counts;
	/** By operation and failure: `operation × FAILURES.length + failure`. */
	readonly failures: Counts;
	/** See `COUNTERS`. */
	readonly counters: Counts;
};

export const COUNTERS = {
	/** Due, in the time that counts. */
	due: 0,
	/** Begun. */
	started: 1,
	/** Not begun, since too many were under way. */
	refused: 2,
	/** Begun while it warmed up: not counted otherwise. */
	warmUp: 3,
	connectionsCreated: 4,
	connectionsClosed: 5,
	/** Waits for a connection that ended in an error. */
	waitsFailed: 6,
	/** Begun within 5 ms of their time. */
	punctual: 7,
	/** Under way now. */
	underWay: 8,
	/** The most that were under way at once. */
	mostUnderWay: 9,
	warmUpFailed: 10,
} as const;

const COUNTER_COUNT = 16;

export function makeTally(operations: number): Tally {
	const words = (operations * 3 + 3) * BUCKETS + operations * FAILURES.length + COUNTER_COUNT;
	return openTally(new SharedArrayBuffer(words * 4), operations);
}

export function openTally(buffer: SharedArrayBuffer, operations: number): Tally {
	let offset = 0;
	const take = (length: number): Counts => {
		const part = new Uint32Array(buffer, offset * 4, length);
		offset += length;
		return part;
	};
	const each = () => Array.from({length: operations}, () => take(BUCKETS));
	return {
		buffer,
		response: each(),
		service: each(),
		failed: each(),
		startDelay: take(BUCKETS),
		wait: take(BUCKETS),
		server: take(BUCKETS),
		failures: take(operations * FAILURES.length),
		counters: take(COUNTER_COUNT),
	};
}
