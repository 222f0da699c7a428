import type {Db} from 'mongodb';
import {errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {type MedianRange, medianRange} from '../../stats/median-range.js';
import {BUCKETS, type Percentiles, percentilesOf, record} from '../histogram.js';
import {makeRandom, seedOf} from '../random.js';
import {cursorOf, type Operation, type Query, type Size} from '../workload/workload.js';
import {joinPlans, type PlanFacts, readPlan} from './plan.js';

/** No query of a load is worth waiting longer for. */
const QUERY_MS = 30_000;
/** Pairs that only warm up what is asked. */
const WARM_UP = 5;
export const CONFIDENCE = 0.95;

/**
 * The queries of an operation: the same ones for the same seed.
 * @throws SastaError WORKLOAD_INVALID for an operation whose query is none
 */
export function queriesOf({name, query}: Operation, size: Size, count: number): readonly Query[] {
	return Array.from({length: count}, (_, index) => {
		let asked: Partial<Query> | undefined;
		let cause: unknown;
		try {
			asked = query?.(makeRandom(seedOf(size.seed ^ 0x1d8, index)), size);
		} catch (error) {
			cause = error;
		}
		if (typeof asked?.collection === 'string' && typeof asked.filter === 'object') return asked as Query;
		const why = cause === undefined ? 'it has no "collection" and "filter"' : errorMessage(cause);
		throw new SastaError('WORKLOAD_INVALID', `The query of ${name} cannot be asked: ${why}`, {
			exitCode: EXIT.usage,
			...(cause === undefined ? {} : {cause}),
			hint: 'docs/db-load-indexes.md has an example to begin from',
		});
	});
}

/** A query of an operation, as it is answered with all indexes. */
export type Asked = {
	readonly operation: string;
	readonly collection: string;
	readonly queries: readonly Query[];
	readonly explained: Explained;
	/** Those it goes by, but for that of `_id`. */
	readonly indexes: readonly string[];
};

export type Explained = {readonly plan: PlanFacts | undefined /** Why there is none. */; readonly reason?: string};

/** More say no more of a plan. */
const MOST_EXPLAINED = 20;

/** The plans of the first ones as one. Runs them. */
export async function explainAll(
	db: Db,
	queries: readonly Query[],
	{signal, redact}: Pick<Host, 'signal' | 'redact'>,
): Promise<Explained> {
	const plans: PlanFacts[] = [];
	for (const query of queries.slice(0, MOST_EXPLAINED)) {
		signal.throwIfAborted();
		try {
			const plan = readPlan(await cursorOf(db, query, {maxTimeMS: QUERY_MS}).explain('executionStats'));
			if (plan === undefined) return {plan: undefined, reason: 'its answer has no plan'};
			plans.push(plan);
		} catch (error) {
			signal.throwIfAborted();
			return {plan: undefined, reason: redact(errorMessage(error))};
		}
	}
	return {plan: joinPlans(plans)};
}

/** Times of the same queries, asked of two collections in turns. */
export type Paired = {
	readonly with: Percentiles;
	readonly without: Percentiles;
	/** Without divided by with, of each pair; undefined for too few pairs. */
	readonly ratio: MedianRange | undefined;
};

/** Asks each query of both, this one first and that one first in turns, one at a time. */
export async function askPairs(
	db: Db,
	queries: readonly Query[],
	without: string,
	host: Pick<Host, 'monotonicMs' | 'signal'>,
): Promise<Paired> {
	const [withIndex, withoutIndex] = [new Uint32Array(BUCKETS), new Uint32Array(BUCKETS)];
	const ratios: number[] = [];
	const warmUp = queries.slice(0, WARM_UP);
	for (const [round, query] of [...warmUp, ...queries].entries()) {
		const [withMs, withoutMs] = await inTurns(
			round,
			() => timeOf(db, query, host),
			() => timeOf(db, {...query, collection: without}, host),
		);
		if (round < warmUp.length) continue;
		record(withIndex, withMs);
		record(withoutIndex, withoutMs);
		ratios.push(withoutMs / withMs);
	}
	return {
		with: percentilesOf(withIndex) as Percentiles,
		without: percentilesOf(withoutIndex) as Percentiles,
		ratio: medianRange(ratios, CONFIDENCE),
	};
}

/** Those of one collection alone. */
export async function askAlone(
	db: Db,
	queries: readonly Query[],
	host: Pick<Host, 'monotonicMs' | 'signal'>,
): Promise<Percentiles> {
	const counts = new Uint32Array(BUCKETS);
	for (const query of queries.slice(0, WARM_UP)) await timeOf(db, query, host);
	for (const query of queries) record(counts, await timeOf(db, query, host));
	return percentilesOf(counts) as Percentiles;
}

/** Both, in an order that changes from round to round; their answers in the order given. */
export async function inTurns<T>(
	round: number,
	first: () => Promise<T>,
	second: () => Promise<T>,
): Promise<readonly [T, T]> {
	if (round % 2 === 0) return [await first(), await second()];
	const ofSecond = await second();
	return [await first(), ofSecond];
}

async function timeOf(
	db: Db,
	query: Query,
	{monotonicMs, signal}: Pick<Host, 'monotonicMs' | 'signal'>,
): Promise<number> {
	signal.throwIfAborted();
	const beganMs = monotonicMs();
	await cursorOf(db, query, {maxTimeMS: QUERY_MS}).toArray();
	return monotonicMs() - beganMs;
}
