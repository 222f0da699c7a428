import {MongoClient} from 'mongodb';
import type {ArrivalPlan} from '../arrivals.js';
import type {LoadHost, OpenLoad} from '../open.js';
import {type Look, runLoad} from '../run.js';
import {advisePools, type PoolAdvice, type PoolStep} from './recommend.js';

export type PoolTerms = {
	/** Its rate is replaced by each of `rates`. */
	readonly plan: ArrivalPlan;
	readonly rates: readonly number[];
	readonly poolSizes: readonly number[];
	readonly workers: number;
	readonly options: Readonly<Record<string, number | boolean>>;
	readonly onLook: (look: Look) => void;
};

export type PoolReport = {
	readonly steps: readonly PoolStep[];
	readonly advice: readonly PoolAdvice[];
	/** What a new connection takes. */
	readonly connectMs: number;
	readonly workers: number;
};

/** One load for every rate and pool size, the smallest pools first, and what follows from them. */
export async function runPool(load: OpenLoad, terms: PoolTerms, host: LoadHost): Promise<PoolReport> {
	const {plan, rates, poolSizes, workers, options, onLook} = terms;
	const connectMs = await measureConnect(load.uri, host);
	const steps: PoolStep[] = [];
	const total = rates.length * poolSizes.length;
	for (const rate of rates) {
		for (const poolSize of poolSizes) {
			const step = {
				type: 'step',
				name: `pool-${poolSize}-${rate}`,
				title: `maxPoolSize ${poolSize}, ${rate} a second`,
				index: steps.length + 1,
				total,
			} as const;
			host.emit({...step, state: 'start'});
			const beganMs = host.monotonicMs();
			const {result} = await runLoad(
				{
					uri: load.uri,
					database: load.place.name,
					options: {
						...options,
						maxPoolSize: poolSize,
						minPoolSize: Math.min(Number(options['minPoolSize'] ?? 0), poolSize),
					},
					workload: load.choice,
					operations: load.workload.operations.map(({name}) => name),
					size: load.size,
					plan: {...plan, rate},
					workers,
					watchesCommands: true,
					server: load.server,
					driver: load.driver,
				},
				host,
				onLook,
			);
			host.signal.throwIfAborted();
			steps.push({poolSize, rate, result});
			host.emit({...step, state: 'done', durationMs: host.monotonicMs() - beganMs});
		}
	}
	return {steps, advice: advisePools(steps, {workers, connectMs}), connectMs, workers};
}

const TRIES = 5;

/** The median of some connections, each with its handshake and log-in, by clients of their own. */
async function measureConnect(uri: string, {monotonicMs}: Pick<LoadHost, 'monotonicMs'>): Promise<number> {
	const times: number[] = [];
	const client = new MongoClient(uri, {appName: 'sastaops db-load', maxPoolSize: TRIES, maxConnecting: 1});
	client.on('connectionReady', ({durationMS}) => void times.push(durationMS));
	try {
		const beganMs = monotonicMs();
		await client.connect();
		await Promise.all(Array.from({length: TRIES}, () => client.db('admin').command({ping: 1})));
		if (times.length === 0) times.push(monotonicMs() - beganMs);
	} finally {
		await client.close();
	}
	return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? 0;
}
