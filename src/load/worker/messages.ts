import type {ArrivalPlan, Part} from '../arrivals.js';
import type {Failure} from '../failure.js';
import type {Size} from '../workload/workload.js';

/** Which operations are run. */
export type WorkloadChoice =
	| {readonly kind: 'shop'; readonly only?: readonly string[]}
	/** A module of the user's own; see docs/db-load.md. */
	| {readonly kind: 'file'; readonly path: string; readonly only?: readonly string[]};

/** What a worker is told when it is made. Holds an address with a password: never to be shown. */
export type WorkerTerms = {
	readonly uri: string;
	readonly database: string;
	/** Options of the driver, over those of the address. */
	readonly options: Readonly<Record<string, number | boolean>>;
	readonly workload: WorkloadChoice;
	readonly size: Size;
	readonly plan: ArrivalPlan;
	readonly part: Part;
	readonly tally: SharedArrayBuffer;
	readonly operations: number;
	readonly mostUnderWay: number;
	readonly drainMs: number;
	readonly watchesCommands: boolean;
	/** Connections opened before the start. */
	readonly warmConnections: number;
};

/** To a worker. */
export type Order =
	/** `startMs` is a moment of the machine's monotonic clock. */
	{readonly kind: 'go'; readonly startMs: number} | {readonly kind: 'stop'};

/** From a worker. */
export type News =
	| {readonly kind: 'ready'}
	| {readonly kind: 'failure'; readonly failure: Failure; readonly message: string}
	| {readonly kind: 'done'}
	/** It could not even begin; `code` is one of the driver's or our own. */
	| {readonly kind: 'broken'; readonly name: string; readonly message: string};
