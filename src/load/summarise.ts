import {FAILURES, type Failure} from './failure.js';
import {addCounts, BUCKETS, percentilesOf} from './histogram.js';
import type {LoadResult, OperationResult} from './result.js';
import {COUNTERS, type Tally} from './tally.js';

/** The exact sum of some histograms. */
export function sumCounts(parts: readonly Uint32Array[]): Float64Array {
	const sum = new Float64Array(BUCKETS);
	for (const part of parts) addCounts(sum, part);
	return sum;
}

export function counterOf(tallies: readonly Tally[], counter: number): number {
	return tallies.reduce((sum, {counters}) => sum + (counters[counter] as number), 0);
}

/** What all workers counted, added up. Pure but for reading their memory. */
export function summarise(
	tallies: readonly Tally[],
	names: readonly string[],
	examples: ReadonlyMap<Failure, string>,
): Pick<
	LoadResult,
	'arrivals' | 'operations' | 'total' | 'wait' | 'waitsFailed' | 'serverTime' | 'connections' | 'failures'
> {
	const count = (counter: number) => counterOf(tallies, counter);
	const of = (name: string, chosen: readonly number[]): OperationResult => {
		const sum = (pick: (tally: Tally) => readonly Uint32Array[]) =>
			percentilesOf(sumCounts(tallies.flatMap((tally) => chosen.map((index) => pick(tally)[index] as Uint32Array))));
		const response = sum((tally) => tally.response);
		const failure = sum((tally) => tally.failed);
		return {
			name,
			done: response?.count ?? 0,
			failed: failure?.count ?? 0,
			response,
			service: sum((tally) => tally.service),
			failure,
		};
	};
	const all = names.map((_, index) => index);
	const waits = percentilesOf(sumCounts(tallies.map(({wait}) => wait)));
	return {
		arrivals: {
			due: count(COUNTERS.due),
			started: count(COUNTERS.started),
			refused: count(COUNTERS.refused),
			warmUp: count(COUNTERS.warmUp),
			warmUpFailed: count(COUNTERS.warmUpFailed),
			mostUnderWay: Math.max(0, ...tallies.map(({counters}) => counters[COUNTERS.mostUnderWay] as number)),
		},
		operations: names.map((name, index) => of(name, [index])),
		total: of('all', all),
		wait: waits,
		waitsFailed: count(COUNTERS.waitsFailed),
		serverTime: percentilesOf(sumCounts(tallies.map(({server}) => server))),
		connections: {created: count(COUNTERS.connectionsCreated), closed: count(COUNTERS.connectionsClosed)},
		failures: failuresOf(tallies, all, examples),
	};
}

function failuresOf(
	tallies: readonly Tally[],
	operations: readonly number[],
	examples: ReadonlyMap<Failure, string>,
): LoadResult['failures'] {
	return FAILURES.map((kind, place) => ({
		kind,
		count: tallies.reduce(
			(sum, {failures}) =>
				sum + operations.reduce((part, one) => part + (failures[one * FAILURES.length + place] as number), 0),
			0,
		),
		example: examples.get(kind) ?? '',
	})).filter(({count}) => count > 0);
}
