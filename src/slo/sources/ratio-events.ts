import type {RatioIndicator, Tally} from '../objective.js';

/** What was summed of each counter; undefined where none of its series is there. */
export type RatioSums = {
	readonly good?: number | undefined;
	readonly bad?: number | undefined;
	readonly total?: number | undefined;
};

/**
 * The events of two of the three counters. A counter without its first event may not be there yet: it counts nothing.
 * Counters that contradict each other give less than no good events, or more than all.
 */
export function ratioEvents(sums: RatioSums, {good, total}: Pick<RatioIndicator, 'good' | 'total'>): Tally {
	const bad = sums.bad ?? 0;
	const all = total === undefined ? (sums.good ?? 0) + bad : (sums.total ?? 0);
	return {good: good === undefined ? all - bad : (sums.good ?? 0), total: all};
}
