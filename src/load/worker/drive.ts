import {type ArrivalPlan, type Arrivals, measureStartMs} from '../arrivals.js';
import {FAILURES, type Failure, failureOf} from '../failure.js';
import {record} from '../histogram.js';
import {COUNTERS, type Tally} from '../tally.js';

export type DriveTerms = {
	readonly plan: ArrivalPlan;
	readonly arrivals: Arrivals;
	readonly tally: Tally;
	/** Milliseconds of a clock that never jumps; the start is one of its moments. */
	readonly clock: () => number;
	readonly startMs: number;
	/** Which operation an arrival is. */
	choose(index: number): number;
	begin(operation: number, index: number): Promise<unknown>;
	/** More than this under way are not begun: their number is told instead. */
	readonly mostUnderWay: number;
	/** How long after the last arrival answers are waited for. */
	readonly drainMs: number;
	/** Ends the arrivals at once. */
	readonly signal: AbortSignal;
	/** The first error of each kind. */
	onFirstFailure(failure: Failure, error: unknown): void;
};

type UnderWay = {readonly operation: number; readonly dueMs: number; readonly counts: boolean};

/** An arrival is late by more than this only when the generator has no time left. */
const PUNCTUAL_MS = 5;

/**
 * Begins every operation at its time, whatever became of those before, and counts what became of it. Nothing is awaited
 * between two arrivals. What has not ended by the end of the drain is a failure that took at least until then.
 */
export async function drive(terms: DriveTerms): Promise<void> {
	const {arrivals, tally, clock, startMs, signal} = terms;
	const underWay = new Set<UnderWay>();
	let onLastEnd = () => undefined as unknown;
	const begin = makeBegin(terms, underWay, () => {
		if (underWay.size === 0) onLastEnd();
	});

	await new Promise<void>((done) => {
		let hasNext = arrivals.advance();
		let timer: NodeJS.Timeout | undefined;
		const wake = () => {
			if (signal.aborted) return done();
			const nowMs = clock() - startMs;
			while (hasNext && arrivals.dueMs <= nowMs) {
				begin(arrivals.index, arrivals.dueMs);
				hasNext = arrivals.advance();
			}
			if (!hasNext) return done();
			timer = setTimeout(wake, Math.max(1, Math.floor(arrivals.dueMs - (clock() - startMs))));
		};
		signal.addEventListener(
			'abort',
			() => {
				clearTimeout(timer);
				done();
			},
			{once: true},
		);
		wake();
	});

	if (underWay.size === 0) return;
	await new Promise<void>((done) => {
		const deadline = setTimeout(done, terms.drainMs);
		onLastEnd = () => {
			clearTimeout(deadline);
			done();
		};
	});
	for (const one of underWay) {
		if (!one.counts) continue;
		countFailure(tally, one.operation, 'unfinished');
		record(tally.failed[one.operation] as Uint32Array, clock() - startMs - one.dueMs);
	}
	// Whatever ends later is counted already.
	underWay.clear();
}

/** Begins the operation of an arrival, and counts it when it has ended. */
function makeBegin(
	{plan, tally, clock, startMs, choose, begin, mostUnderWay, onFirstFailure}: DriveTerms,
	underWay: Set<UnderWay>,
	onEnd: () => void,
): (index: number, dueMs: number) => void {
	const {counters} = tally;
	const measuredFromMs = measureStartMs(plan);
	const seen = new Set<Failure>();
	const increase = (counter: number) => {
		counters[counter] = (counters[counter] as number) + 1;
	};
	return (index, dueMs) => {
		const counts = dueMs >= measuredFromMs;
		if (counts) increase(COUNTERS.due);
		if (underWay.size >= mostUnderWay) {
			if (counts) increase(COUNTERS.refused);
			return;
		}
		const operation = choose(index);
		const beganMs = clock() - startMs;
		increase(counts ? COUNTERS.started : COUNTERS.warmUp);
		if (counts) {
			record(tally.startDelay, beganMs - dueMs);
			if (beganMs - dueMs <= PUNCTUAL_MS) increase(COUNTERS.punctual);
		}
		const one = {operation, dueMs, counts};
		underWay.add(one);
		counters[COUNTERS.underWay] = underWay.size;
		if (underWay.size > (counters[COUNTERS.mostUnderWay] as number)) counters[COUNTERS.mostUnderWay] = underWay.size;
		const end = (failure: Failure | undefined) => {
			if (!underWay.delete(one)) return;
			counters[COUNTERS.underWay] = underWay.size;
			const endMs = clock() - startMs;
			if (!counts) {
				if (failure !== undefined) increase(COUNTERS.warmUpFailed);
			} else if (failure === undefined) {
				record(tally.response[operation] as Uint32Array, endMs - dueMs);
				record(tally.service[operation] as Uint32Array, endMs - beganMs);
			} else {
				countFailure(tally, operation, failure);
				record(tally.failed[operation] as Uint32Array, endMs - dueMs);
			}
			onEnd();
		};
		begin(operation, index).then(
			() => end(undefined),
			(error: unknown) => {
				const failure = failureOf(error);
				if (!seen.has(failure)) {
					seen.add(failure);
					onFirstFailure(failure, error);
				}
				end(failure);
			},
		);
	};
}

function countFailure({failures}: Tally, operation: number, failure: Failure): void {
	const place = operation * FAILURES.length + FAILURES.indexOf(failure);
	failures[place] = (failures[place] as number) + 1;
}
