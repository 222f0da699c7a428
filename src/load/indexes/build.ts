import type {Db} from 'mongodb';
import {type NeededIndex, nameOf} from '../../database/indexes.js';
import {errorMessage} from '../../kernel/errors.js';
import {binomialAtLeast} from '../../stats/binomial.js';
import {type ArrivalPlan, measureStartMs} from '../arrivals.js';
import {coarseQuantile, coarseRange, type Interval, joinTimes} from '../intervals.js';
import type {LoadHost, OpenLoad} from '../open.js';
import {type Look, runLoad} from '../run.js';
import {buildIndex} from './twin.js';

export type BuildTerms = {
	readonly collection: string;
	readonly index: NeededIndex;
	/** Operations of the load. */
	readonly operations: readonly string[];
	readonly plan: ArrivalPlan;
	readonly workers: number;
	readonly options: Readonly<Record<string, number | boolean>>;
	readonly onLook: (look: Look) => void;
};

/** Response times of one stretch of the load. */
export type Phase = {readonly count: number; readonly seconds: number; readonly p50Ms: number; readonly p95Ms: number};

export type BuildEffect =
	| {
			readonly kind: 'measured';
			readonly collection: string;
			readonly index: string;
			readonly documents: number;
			readonly buildMs: number;
			/** Null where the server does not tell. */
			readonly sizeBytes: number | null;
			/** Null where nothing ended in it, as after a build that outlasted the load. */
			readonly before: Phase | null;
			readonly during: Phase | null;
			readonly after: Phase | null;
			readonly effect: 'slower' | 'none seen' | 'unclear';
			/** Why the effect is unclear. */
			readonly reason?: string;
			readonly failed: number;
			/** What the load was made of. */
			readonly operations: readonly string[];
	  }
	| {readonly kind: 'untried'; readonly reason: string};

type Built =
	| {readonly kind: 'built'; readonly beganMs: number; readonly endedMs: number; readonly buildMs: number}
	| {readonly kind: 'failed'; readonly error: unknown};

/** Takes an index away, runs a load that does not need it, and builds it again in the second third of what counts. */
export async function measureBuild(load: OpenLoad, terms: BuildTerms, host: LoadHost): Promise<BuildEffect> {
	const {collection, index, operations, plan, workers, options, onLook} = terms;
	const {db} = load.place;
	const name = nameOf(index);
	await db.collection(collection).dropIndex(name);
	const documents = await db.collection(collection).estimatedDocumentCount();
	const buildFromMs = measureStartMs(plan) + plan.measureMs / 3;
	let building: Promise<Built> | undefined;
	const {result} = await runLoad(
		{
			uri: load.uri,
			database: load.place.name,
			options,
			workload: {...load.choice, only: operations},
			operations,
			size: load.size,
			plan,
			workers,
			server: load.server,
			driver: load.driver,
		},
		host,
		(look) => {
			onLook(look);
			if (look.elapsedMs >= buildFromMs) building ??= build(db, terms, host);
		},
	);
	const built = await building;
	host.signal.throwIfAborted();
	if (built === undefined) return {kind: 'untried', reason: 'the load ended before its turn; give a longer --duration'};
	if (built.kind === 'failed')
		return {kind: 'untried', reason: `it could not be built: ${host.redact(errorMessage(built.error))}`};
	const phases = phasesOf(result.intervals, {
		fromMs: built.beganMs - result.startedAtMs,
		toMs: built.endedMs - result.startedAtMs,
	});
	return {
		kind: 'measured',
		collection,
		index: name,
		documents,
		buildMs: built.buildMs,
		sizeBytes: await sizeOf(db, collection, name),
		...phases,
		...(result.generator.isTruthful
			? {}
			: {effect: 'unclear' as const, reason: result.generator.reason ?? 'the generator was late'}),
		failed: result.total.failed,
		operations,
	};
}

async function build(db: Db, {collection, index}: BuildTerms, host: LoadHost): Promise<Built> {
	const [beganMs, clockMs] = [host.now(), host.monotonicMs()];
	try {
		await buildIndex(db.collection(collection), index);
		return {kind: 'built', beganMs, endedMs: host.now(), buildMs: host.monotonicMs() - clockMs};
	} catch (error) {
		return {kind: 'failed', error};
	}
}

/** As collStats has it; a server that keeps no account of it says nothing or 0. */
async function sizeOf(db: Db, collection: string, index: string): Promise<number | null> {
	const stats = await db.command({collStats: collection}).catch(() => undefined);
	const bytes = Number((stats?.['indexSizes'] as Record<string, unknown> | undefined)?.[index]);
	return bytes > 0 ? bytes : null;
}

/** A share of five in a hundred is slower than p95 anyway; more than chance allows are an effect. */
const ERROR_RATE = 0.025;

/**
 * Response times before, during and after the build, by the seconds of the load. A second that the build was in for a part
 * is one of "during": a short build's effect is thinned there, and never hidden among those of "before". Pure.
 */
export function phasesOf(
	intervals: readonly Interval[],
	{fromMs, toMs}: {readonly fromMs: number; readonly toMs: number},
): {
	readonly before: Phase | null;
	readonly during: Phase | null;
	readonly after: Phase | null;
	readonly effect: 'slower' | 'none seen' | 'unclear';
	readonly reason?: string;
} {
	const [before, during, after] = [
		intervals.filter((one) => one.toMs <= fromMs),
		intervals.filter((one) => one.toMs > fromMs && one.fromMs < toMs),
		intervals.filter((one) => one.fromMs >= toMs),
	].map(phaseOf) as [Seen, Seen, Seen];
	const phases = {before: before.phase, during: during.phase, after: after.phase};
	if (before.phase === null || during.phase === null)
		return {...phases, effect: 'unclear', reason: 'there were no answers to compare'};
	const limitMs = before.phase.p95Ms;
	let slow = 0;
	for (const [bucket, count] of during.times) if (coarseRange(bucket).highMs > limitMs) slow += count;
	const isSlower = binomialAtLeast(slow, during.phase.count, 0.05) <= ERROR_RATE;
	return {...phases, effect: isSlower ? 'slower' : 'none seen'};
}

type Seen = {readonly phase: Phase | null; readonly times: ReadonlyMap<number, number>};

function phaseOf(intervals: readonly Interval[]): Seen {
	const times = joinTimes(intervals.map((one) => one.times));
	const count = [...times.values()].reduce((sum, one) => sum + one, 0);
	const [p50Ms, p95Ms] = [coarseQuantile(times, 0.5), coarseQuantile(times, 0.95)];
	const seconds = intervals.reduce((sum, one) => sum + one.toMs - one.fromMs, 0) / 1000;
	return {times, phase: p50Ms === undefined || p95Ms === undefined ? null : {count, seconds, p50Ms, p95Ms}};
}
