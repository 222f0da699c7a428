import type {Percentiles} from '../histogram.js';
import type {Paired} from './ask-queries.js';
import type {BuildEffect} from './build.js';
import type {Finding} from './judge.js';
import type {PlanFacts} from './plan.js';
import type {Hiding, HintAnswer} from './removal.js';
import type {WriteCost} from './write-cost.js';

/** One query of the workload, with and without the indexes it goes by. */
export type QueryReport = {
	readonly operation: string;
	readonly collection: string;
	readonly documents: number;
	/** Null where the server explained nothing. */
	readonly plan: PlanFacts | null;
	/** Indexes that were taken away; none where it goes by none, or by that of `_id` only. */
	readonly removed: readonly string[];
	readonly planWithout: PlanFacts | null;
	/** With and without; null where nothing could be taken away. */
	readonly times: Paired | null;
	/** Where only one side was measured. */
	readonly alone: Percentiles | null;
	/** Why something of it could not be measured. */
	readonly reason?: string;
	readonly finding: Finding;
};

export type IndexReport = {
	readonly collection: string;
	readonly name: string;
	readonly usedBy: readonly string[];
	readonly finding: Finding;
	/** Null where that was not wanted. */
	readonly writes: WriteCost | null;
	readonly removal: {readonly dropped: HintAnswer; readonly hidden: Hiding};
	/** In the copy, which nobody else works in. */
	readonly buildMs: number;
};

export type IndexesReport = {
	readonly server: string;
	readonly documents: number;
	readonly samples: number;
	/** How an index was taken away: that of a copy of its collection was dropped. */
	readonly way: 'dropped in a copy';
	readonly queries: readonly QueryReport[];
	/** Operations that have no query of their own. */
	readonly unseen: readonly string[];
	readonly indexes: readonly IndexReport[];
	/** Null where that was not wanted. */
	readonly build: BuildEffect | null;
};
