import type {Decision} from './decide.js';
import type {Verdict} from './judge.js';
import type {CanaryPlan} from './plan.js';

/** A canary at one look: what the live view, the lines and the JSON lines are made of. */
export type CanaryView = {
	readonly plan: CanaryPlan;
	/** −1 before the canary got any traffic. */
	readonly stage: number;
	readonly share: number;
	readonly isWarmup: boolean;
	readonly watchedMs: number;
	readonly leaseMs: number | undefined;
	readonly requests: number;
	readonly allRequests: number;
	readonly verdict: Verdict;
	readonly sources: Readonly<Record<string, string>>;
	readonly decision: Decision;
	/** What has just changed, in one line; undefined at a look like the one before. */
	readonly news: string | undefined;
};
