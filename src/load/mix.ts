import type {ArrivalPlan, Part} from './arrivals.js';
import {addCounts, BUCKETS} from './histogram.js';
import {judgeObjective, type LoadObjective, type ObjectiveVerdict} from './objective.js';
import type {LoadHost, OpenLoad} from './open.js';
import type {LoadResult, OperationResult} from './result.js';
import {type LoadRun, type Look, runLoad} from './run.js';
import {nextTrial, type Search, type Trial} from './until-break.js';

export type MixTerms = {
	readonly plan: ArrivalPlan;
	readonly workers: number;
	readonly options: Readonly<Record<string, number | boolean>>;
	readonly objectives: readonly LoadObjective[];
	readonly shard?: Part;
	readonly startAtMs?: number;
	readonly onLook: (look: Look) => void;
};

export type Mix = {
	readonly run: LoadRun;
	readonly verdict: 'pass' | 'fail' | 'inconclusive';
	readonly objectives: readonly ObjectiveVerdict[];
};

/** The whole workload at one rate, against its objectives. @throws what aborted the host's signal */
export async function runMix(load: OpenLoad, terms: MixTerms, host: LoadHost): Promise<Mix> {
	const {plan, workers, options, shard, startAtMs, onLook} = terms;
	const run = await runLoad(
		{
			uri: load.uri,
			database: load.place.name,
			options,
			workload: load.choice,
			operations: load.workload.operations.map(({name}) => name),
			size: load.size,
			plan,
			workers,
			...(shard === undefined ? {} : {shard}),
			...(startAtMs === undefined ? {} : {startAtMs}),
			server: load.server,
			driver: load.driver,
		},
		host,
		onLook,
	);
	host.signal.throwIfAborted();
	return judgeMix(run, terms.objectives);
}

/** A generator that did not keep its own schedule proves nothing, whatever the figures. Pure. */
export function judgeMix(run: LoadRun, objectives: readonly LoadObjective[]): Mix {
	const {isTruthful} = run.result.generator;
	const verdicts = objectives.map((objective) => {
		const told = judgeObjective(objective, seenBy(run, objective));
		return isTruthful
			? told
			: ({...told, verdict: 'inconclusive', reason: 'the load was not the one asked for'} as const);
	});
	const has = (verdict: ObjectiveVerdict['verdict']) => verdicts.some((one) => one.verdict === verdict);
	const verdict = has('fail') ? 'fail' : !isTruthful || has('inconclusive') ? 'inconclusive' : 'pass';
	return {run, verdict, objectives: verdicts};
}

function seenBy({result, responses}: LoadRun, {operation}: LoadObjective) {
	const {operations, arrivals} = result;
	const chosen = operations.flatMap(({name}, index) => (operation === undefined || name === operation ? [index] : []));
	const sum = new Float64Array(BUCKETS);
	for (const index of chosen) addCounts(sum, responses[index] as Float64Array);
	const failed = chosen.reduce((count, index) => count + (operations[index] as OperationResult).failed, 0);
	// Of what was not begun nobody knows which operation it would have been.
	return {responses: sum, failed: failed + (operation === undefined ? arrivals.refused : 0)};
}

export type BreakSearch = {
	readonly trials: readonly (Trial & {readonly result: LoadResult; readonly objectives: readonly ObjectiveVerdict[]})[];
	readonly found: Extract<Search, {kind: 'found'}>;
};

/** The highest rate that keeps the objectives, found by loads of rising and then halved rates. */
export async function searchBreak(load: OpenLoad, terms: MixTerms, host: LoadHost): Promise<BreakSearch> {
	const trials: BreakSearch['trials'][number][] = [];
	for (;;) {
		const next = nextTrial(trials, {firstRate: terms.plan.rate, precision: 0.1, mostTrials: 16});
		if (next.kind === 'found') return {trials, found: next};
		const mix = await runMix(load, {...terms, plan: {...terms.plan, rate: next.rate}}, host);
		const {result} = mix.run;
		const outcome = outcomeOf(mix);
		trials.push({rate: next.rate, outcome, result, objectives: mix.objectives});
		host.emit({
			type: 'log',
			level: 'info',
			message: `${next.rate} a second: ${outcome}${result.total.response === null ? '' : `, p95 ${result.total.response.p95.toFixed(1)} ms`}`,
		});
	}
}

/** A rate too close to the limit to say counts as broken: what is promised is what was proved. */
function outcomeOf({run, verdict}: Mix): Trial['outcome'] {
	if (!run.result.generator.isTruthful) return 'unclear';
	return verdict === 'pass' ? 'kept' : 'broken';
}
