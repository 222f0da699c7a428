/** What was good, of all that counts. Whole numbers; added over windows and instances, never averaged. */
export type Tally = {readonly good: number; readonly total: number};

/** What a service promises: a share of events that are good. "p95 under 2 s" is 95 % of requests under 2 s. */
export type Objective = {
	/** Stable, snake: labels, JSON and rules use it. */
	readonly name: string;
	readonly title: string;
	readonly kind: 'ratio' | 'latency';
	/** Share of good events, strictly between 0 and 1. */
	readonly target: number;
	/** Latency only: slower is not good. */
	readonly thresholdMs?: number;
};
