import {cpuUsage} from 'node:process';
import {Worker} from 'node:worker_threads';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {packageFile} from '../kernel/package-file.js';
import {type ArrivalPlan, measureStartMs, type Part, planEndMs} from './arrivals.js';
import type {Failure} from './failure.js';
import {BUCKETS, percentilesOf, totalOf} from './histogram.js';
import {coarseTimes, type Interval, joinIntervals, limitIntervals} from './intervals.js';
import {judgeGenerator} from './judge-generator.js';
import type {LoadResult} from './result.js';
import {counterOf, sumCounts, summarise} from './summarise.js';
import {COUNTERS, makeTally, type Tally} from './tally.js';
import type {News, Order, WorkerTerms, WorkloadChoice} from './worker/messages.js';
import {monotonicMs} from './worker/monotonic.js';
import type {Size} from './workload/workload.js';

export type RunTerms = {
	readonly uri: string;
	readonly database: string;
	/** Of the driver, over those of the address. */
	readonly options: Readonly<Record<string, number | boolean>>;
	readonly workload: WorkloadChoice;
	/** Names of its operations. */
	readonly operations: readonly string[];
	readonly size: Size;
	readonly plan: ArrivalPlan;
	readonly workers: number;
	/** Which of several machines this is. @default the only one */
	readonly shard?: Part;
	/** Moment of the wall clock; at once without it. */
	readonly startAtMs?: number;
	/** @default 10,000 of all workers */
	readonly mostUnderWay?: number;
	/** @default 10,000 */
	readonly drainMs?: number;
	/** @default false */
	readonly watchesCommands?: boolean;
	readonly server: string;
	readonly driver: string;
};

export type RunHost = Pick<Host, 'now' | 'sleep' | 'signal'>;

export type LoadRun = {
	readonly result: LoadResult;
	/** Response times of the successes, by operation: what a log of histograms holds. */
	readonly responses: readonly Float64Array[];
	/** The wall clock jumped, or somebody stopped it. */
	readonly isCutShort: boolean;
};

/** How it stands, about every second. */
export type Look = {
	/** After the start; negative before it. */
	readonly elapsedMs: number;
	readonly plan: ArrivalPlan;
	/** The last whole second; undefined while it warms up. */
	readonly interval: Interval | undefined;
	readonly done: number;
	readonly failed: number;
	readonly underWay: number;
};

const LOOK_MS = 1000;
/** Between "go" and the start: every thread has heard it by then. */
const NOTICE_MS = 250;

/**
 * Runs a load to its end, or to the signal's abort, which gives what was measured until then.
 * @throws SastaError LOAD_UNREACHABLE when a worker cannot connect
 */
export async function runLoad(terms: RunTerms, host: RunHost, onLook: (look: Look) => void): Promise<LoadRun> {
	const {plan, workers, operations} = terms;
	const tallies = Array.from({length: workers}, () => makeTally(operations.length));
	const examples = new Map<Failure, string>();
	const crew = tallies.map((tally, index) => startWorker(workerTerms(terms, tally, index), examples));
	try {
		await Promise.all(crew.map(({ready}) => ready));
		const startAtMs = Math.max(terms.startAtMs ?? 0, host.now() + NOTICE_MS);
		const startMs = monotonicMs() + startAtMs - host.now();
		for (const {tell} of crew) tell({kind: 'go', startMs});
		const ended = Promise.all(crew.map((worker) => worker.ended));
		const stop = () => {
			for (const {tell} of crew) tell({kind: 'stop'});
		};
		if (host.signal.aborted) stop();
		host.signal.addEventListener('abort', stop, {once: true});
		const watched = await watch({tallies, plan, startMs, ended}, host, onLook).finally(() =>
			host.signal.removeEventListener('abort', stop),
		);
		return resultOf(terms, {tallies, examples, startAtMs, ...watched, isCutShort: host.signal.aborted});
	} finally {
		await Promise.all(crew.map(({end}) => end()));
	}
}

function workerTerms(terms: RunTerms, tally: Tally, index: number): WorkerTerms {
	const {uri, database, options, workload, size, plan, workers, shard = {index: 0, count: 1}} = terms;
	return {
		uri,
		database,
		options,
		workload,
		size,
		plan,
		part: {index: shard.index * workers + index, count: shard.count * workers},
		tally: tally.buffer,
		operations: terms.operations.length,
		mostUnderWay: Math.max(1, Math.ceil((terms.mostUnderWay ?? 10_000) / workers)),
		drainMs: terms.drainMs ?? 10_000,
		watchesCommands: terms.watchesCommands ?? false,
		warmConnections: Number(options['minPoolSize'] ?? 0) || 1,
	};
}

type Crew = {
	readonly ready: Promise<void>;
	readonly ended: Promise<void>;
	tell(order: Order): void;
	end(): Promise<unknown>;
};

function startWorker(terms: WorkerTerms, examples: Map<Failure, string>): Crew {
	const worker = new Worker(packageFile('dist', 'load-worker.js'), {workerData: terms});
	const {promise: ready, ...readiness} = makePromise();
	const {promise: ended, ...ending} = makePromise();
	const fail = (error: unknown) => {
		readiness.reject(error);
		ending.reject(error);
	};
	worker.on('message', (news: News) => {
		if (news.kind === 'ready') readiness.resolve();
		else if (news.kind === 'failure') examples.set(news.failure, examples.get(news.failure) ?? news.message);
		else if (news.kind === 'broken') fail(unreachable(news));
		else {
			readiness.resolve();
			ending.resolve();
		}
	});
	worker.on('error', fail);
	worker.on('exit', (code) => fail(new Error(`a worker of the load ended by itself, with ${code}`)));
	// Both are awaited in turn: the second must not count as forgotten meanwhile.
	ready.catch(() => undefined);
	ended.catch(() => undefined);
	return {ready, ended, tell: (order) => worker.postMessage(order), end: () => worker.terminate()};
}

function makePromise(): {promise: Promise<void>; resolve: () => void; reject: (error: unknown) => void} {
	let resolve = () => undefined as unknown;
	let reject = (_: unknown) => undefined as unknown;
	const promise = new Promise<void>((done, fail) => {
		resolve = done;
		reject = fail;
	});
	return {promise, resolve, reject};
}

function unreachable({name, message}: {readonly name: string; readonly message: string}): SastaError {
	return new SastaError('LOAD_UNREACHABLE', `The load could not begin: ${message}`, {
		exitCode: EXIT.outside,
		details: [name],
		hint: 'Check that the server runs and that its address is right',
	});
}

type Watched = {readonly intervals: readonly Interval[]; readonly cpuMs: number; readonly measuredMs: number};

/** Looks once a second until all workers have ended. */
async function watch(
	{
		tallies,
		plan,
		startMs,
		ended,
	}: {tallies: readonly Tally[]; plan: ArrivalPlan; startMs: number; ended: Promise<unknown>},
	host: RunHost,
	onLook: (look: Look) => void,
): Promise<Watched> {
	const countsFromMs = measureStartMs(plan);
	const endMs = planEndMs(plan);
	let intervals: readonly Interval[] = [];
	let countedBefore: Float64Array = new Float64Array(BUCKETS);
	let failedBefore = 0;
	let fromMs = 0;
	let cpuAtStart: number | undefined;
	let cpuAtEnd: number | undefined;
	const elapsed = () => monotonicMs() - startMs;
	const look = (isLast: boolean) => {
		const elapsedMs = elapsed();
		const response = sumCounts(tallies.flatMap((tally) => tally.response));
		const failed = tallies.reduce((sum, tally) => sum + tally.failures.reduce((part, count) => part + count, 0), 0);
		let interval: Interval | undefined;
		const toMs = elapsedMs - countsFromMs;
		if (elapsedMs >= countsFromMs) cpuAtStart ??= cpuMs();
		if (elapsedMs >= endMs) cpuAtEnd ??= cpuMs();
		// A look at a boundary comes soon after another: too little for an interval of its own.
		if (isLast ? toMs > fromMs : toMs - fromMs >= LOOK_MS / 2) {
			const times = coarseTimes(response, countedBefore);
			const done = times.reduce((sum, count, at) => (at % 2 === 1 ? sum + count : sum), 0);
			const underWay = counterOf(tallies, COUNTERS.underWay);
			interval = {fromMs, toMs, done, failed: failed - failedBefore, underWay, times};
			const before = intervals.at(-1);
			const isShort = toMs - fromMs < LOOK_MS / 2 && before !== undefined;
			intervals = limitIntervals(
				isShort ? [...intervals.slice(0, -1), joinIntervals(before, interval)] : [...intervals, interval],
			);
			countedBefore = response;
			failedBefore = failed;
			fromMs = toMs;
		}
		onLook({
			elapsedMs,
			plan,
			interval,
			done: totalOf(response),
			failed,
			underWay: counterOf(tallies, COUNTERS.underWay),
		});
	};
	const isEnded = new AbortController();
	void ended.catch(() => undefined).finally(() => isEnded.abort());
	while (!isEnded.signal.aborted) {
		const elapsedMs = elapsed();
		const next = [countsFromMs, endMs].find((at) => at > elapsedMs) ?? Number.POSITIVE_INFINITY;
		const restMs = Math.min(LOOK_MS, Math.max(1, next - elapsedMs));
		await Promise.race([host.sleep(restMs, isEnded.signal).catch(() => undefined), ended]);
		if (!isEnded.signal.aborted) look(false);
	}
	await ended;
	look(true);
	const measuredMs = Math.max(0, Math.min(elapsed(), endMs) - countsFromMs);
	return {intervals, cpuMs: (cpuAtEnd ?? cpuMs()) - (cpuAtStart ?? 0), measuredMs};
}

/** Of all threads of this process. */
function cpuMs(): number {
	const {user, system} = cpuUsage();
	return (user + system) / 1000;
}

function resultOf(
	terms: RunTerms,
	{
		tallies,
		examples,
		startAtMs,
		intervals,
		cpuMs: usedMs,
		measuredMs,
		isCutShort,
	}: Watched & {
		tallies: readonly Tally[];
		examples: ReadonlyMap<Failure, string>;
		startAtMs: number;
		isCutShort: boolean;
	},
): LoadRun {
	const {plan, workers, options, shard = {index: 0, count: 1}} = terms;
	const sums = summarise(tallies, terms.operations, examples);
	const {due, started} = sums.arrivals;
	const startDelay = sumCounts(tallies.map((tally) => tally.startDelay));
	return {
		isCutShort,
		responses: terms.operations.map((_, index) =>
			sumCounts(tallies.map((tally) => tally.response[index] as Uint32Array)),
		),
		result: {
			startedAtMs: startAtMs + measureStartMs(plan),
			measuredMs,
			rate: plan.rate / shard.count,
			spread: plan.spread,
			seed: plan.seed,
			workers,
			maxPoolSize: poolSizeOf(terms.uri, options),
			workload: terms.workload.kind === 'shop' ? 'shop' : terms.workload.path,
			documents: terms.size.documents,
			server: terms.server,
			driver: terms.driver,
			...sums,
			generator: {
				...judgeGenerator({
					due,
					planned: ((plan.rate / shard.count) * measuredMs) / 1000 - 2 * Math.sqrt(plan.rate),
					started,
					punctual: counterOf(tallies, COUNTERS.punctual),
					isCutShort,
				}),
				startDelay: percentilesOf(startDelay),
				cpuMsPerOperation: started === 0 ? 0 : usedMs / started,
				cores: measuredMs === 0 ? 0 : usedMs / measuredMs,
			},
			intervals,
		},
	};
}

/** As the driver decides: options, then the address, then 100. */
function poolSizeOf(uri: string, options: Readonly<Record<string, number | boolean>>): number {
	const inAddress = /[?&]maxPoolSize=(\d+)/i.exec(uri)?.[1];
	return Number(options['maxPoolSize'] ?? inAddress ?? 100);
}
