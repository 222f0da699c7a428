import type {Side} from '../ports/splitter/splitter.js';
import type {Stratum} from '../stats/odds-likelihood.js';
import type {Histogram} from './histogram.js';

/** One thing counted on both sides in one interval. */
export type Counted = Stratum & {
	/**
	 * True where single events could not be told apart (a counter), so that one incident may count many times; the evidence
	 * is then lessened by how much the events of the stable side cluster.
	 */
	readonly mayCluster?: boolean;
};

/** What happened between two moments, a few seconds apart as a rule: plain data, written down, enough to judge again. */
export type Look = {
	/** Milliseconds since the epoch. */
	readonly atMs: number;
	/** From 0. */
	readonly stage: number;
	/** Share of the traffic the canary was meant to get, 0 to 1. */
	readonly share: number;
	/** Since the share last changed, or since watching began again after a gap. */
	readonly settledMs: number;
	/** While the canary warms up nothing is held against it. */
	readonly isWarmup: boolean;
	/** By measure: `errors`, `payments`, … What no source told is missing, which is not zero. */
	readonly measures: Readonly<Record<string, Counted>>;
	/** Errors by route, for whoever breaks one page only. */
	readonly routes: Readonly<Record<string, Counted>>;
	/** Undefined where no source told. */
	readonly latency: Readonly<Record<Side, Histogram>> | undefined;
};
