import type {Failure} from './failure.js';
import type {Percentiles} from './histogram.js';
import type {Interval} from './intervals.js';

/** Times are milliseconds throughout. */
export type OperationResult = {
	readonly name: string;
	readonly done: number;
	readonly failed: number;
	/** From the moment it was due to its end: what a customer waits. */
	readonly response: Percentiles | null;
	/** From the moment it really began. */
	readonly service: Percentiles | null;
	/** Of those that failed, from the moment they were due. */
	readonly failure: Percentiles | null;
};

/** Whether the generator kept its own schedule: if not, its figures say more of this machine than of the server. */
export type GeneratorResult = {
	readonly isTruthful: boolean;
	/** Why it is not. */
	readonly reason?: string;
	/** Share of arrivals that began within 5 ms of their time. */
	readonly punctual: number;
	readonly startDelay: Percentiles | null;
	/** Of this whole process, over the time that counts. */
	readonly cpuMsPerOperation: number;
	/** Processor cores in use on average. */
	readonly cores: number;
};

export type LoadResult = {
	/** Moment of the wall clock at which what counts began. */
	readonly startedAtMs: number;
	readonly measuredMs: number;
	/** As planned. */
	readonly rate: number;
	readonly spread: 'even' | 'poisson';
	readonly seed: number;
	readonly workers: number;
	/** Each worker's own. */
	readonly maxPoolSize: number;
	readonly workload: string;
	readonly documents: number;
	readonly server: string;
	readonly driver: string;
	readonly arrivals: {
		readonly due: number;
		readonly started: number;
		/** Not begun, since too many were under way. */
		readonly refused: number;
		readonly warmUp: number;
		readonly warmUpFailed: number;
		readonly mostUnderWay: number;
	};
	readonly operations: readonly OperationResult[];
	readonly total: OperationResult;
	/** Waits for a connection of the pool. */
	readonly wait: Percentiles | null;
	readonly waitsFailed: number;
	/** From a command sent to its answer; null where commands were not watched. */
	readonly serverTime: Percentiles | null;
	readonly connections: {readonly created: number; readonly closed: number};
	readonly failures: readonly {readonly kind: Failure; readonly count: number; readonly example: string}[];
	readonly generator: GeneratorResult;
	readonly intervals: readonly Interval[];
};
