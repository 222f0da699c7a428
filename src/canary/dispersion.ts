import type {Share} from '../stats/odds-likelihood.js';

/** Fewer trials than this are put together with the next ones: a block must be able to show more than one event. */
const LEAST_EXPECTED = 1;
/** What events that cannot be told apart are taken to cluster by at least, until the stable side shows more. */
const FLOOR = 3;
/** Blocks whose word the floor is worth. */
const PRIOR_BLOCKS = 20;

/**
 * How much the stable side's events come in clusters: the variance of their number over what independent events would have
 * (Pearson's statistic over its degrees of freedom), never below `FLOOR`. Chosen from what was seen before, as it must be.
 */
export type Dispersion = {
	/** What to divide the next stratum's evidence by. */
	value(): number;
	add(stable: Share): void;
};

export function openDispersion(): Dispersion {
	let trials = 0;
	let events = 0;
	let block = {trials: 0, events: 0};
	let sum = FLOOR * PRIOR_BLOCKS;
	let blocks = PRIOR_BLOCKS;
	return {
		value: () => Math.max(FLOOR, sum / blocks),
		add(stable) {
			block = {trials: block.trials + stable.trials, events: block.events + stable.events};
			const share = (events + block.events) / Math.max(1, trials + block.trials);
			const expected = block.trials * share;
			if (expected < LEAST_EXPECTED) return;
			if (events > 0) {
				sum += (block.events - expected) ** 2 / Math.max(expected * (1 - share), 1e-9);
				blocks++;
			}
			trials += block.trials;
			events += block.events;
			block = {trials: 0, events: 0};
		},
	};
}
