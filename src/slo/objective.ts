/** What was good, of all that counts. Whole numbers; added over windows and instances, never averaged. */
export type Tally = {readonly good: number; readonly total: number};

/** A laxer promise: once it is proved broken, somebody is called, however much of the budget is left. */
export type Alarm = {
	/** Share of good events, strictly between 0 and 1. */
	readonly target: number;
	/** Latency only: what is good for the alarm. */
	readonly thresholdMs?: number;
};

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
	readonly alarm?: Alarm;
};

/**
 * Which metrics of a shop tell an objective's events, as Prometheus selectors; several are added up. Of a ratio two of
 * the three are known, of a latency the histogram, in seconds.
 */
export type Indicator = RatioIndicator | {readonly kind: 'latency'; readonly histogram: string};

export type RatioIndicator = {
	readonly kind: 'ratio';
	readonly good?: readonly string[];
	readonly bad?: readonly string[];
	readonly total?: readonly string[];
};

export type MeasuredObjective = Objective & {readonly indicator: Indicator};
