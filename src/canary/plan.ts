import type {StagePolicy} from './decide.js';
import type {Guard} from './guard.js';

export type Stage = {
	/** Of the traffic, above 0 to 1. */
	readonly share: number;
};

/** What was known of the shop's traffic when the plan was made. */
export type TrafficFacts = {
	/** All stable instances together; undefined where nothing tells. */
	readonly requestsPerSecond: number | undefined;
	/** By measure: tries per request, and the share of them that is bad. */
	readonly measures: Readonly<Record<string, {readonly triesPerRequest: number; readonly badShare: number}>>;
};

/** What a stage can find in nine of ten canaries, by guard: how many times the odds of a bad event. */
export type Findable = {
	readonly guard: string;
	readonly title: string;
	/** A rate that must not fall: people see what is good of it. */
	readonly isRate: boolean;
	/** Share of bad events on the stable side now. */
	readonly badShare: number;
	/** By stage, at its end: the share of bad events on the canary that is found; undefined where none is. */
	readonly found: readonly (number | undefined)[];
};

/** Plain data: all a canary needs to be performed, or resumed on another machine. */
export type CanaryPlan = {
	readonly kind: 'canary';
	readonly planVersion: number;
	readonly run: string;
	readonly configHash: string;
	readonly shop: string;
	readonly environment: string;
	readonly version: string;
	readonly tag: string;
	readonly commit: string;
	/** What the stable instances say they run; null where they do not tell. */
	readonly stableVersion: string | null;
	readonly splitter: {readonly kind: string; readonly title: string; readonly isSticky: boolean};
	readonly stable: readonly string[];
	readonly canary: readonly string[];
	readonly stages: readonly Stage[];
	/** Their weights add up to 1. */
	readonly guards: readonly Guard[];
	readonly policy: StagePolicy;
	readonly alpha: number;
	readonly beta: number;
	readonly lookMs: number;
	readonly leaseMs: number;
	readonly warmupMs: number;
	readonly lagMs: number;
	readonly drainMs: number;
	/** How the stable instances are replaced in the end, as a person would type it; null: a person does it. */
	readonly promote: string | null;
	readonly start: string | null;
	readonly stop: string | null;
	readonly traffic: TrafficFacts;
	readonly findable: readonly Findable[];
	readonly warnings: readonly string[];
};

/** What the canary gets in a stage; nothing before the first. */
export function shareOf({stages}: Pick<CanaryPlan, 'stages'>, stage: number): number {
	return stages[stage]?.share ?? 0;
}

/** A late regression is sought anew so often. */
export const RESTART_EVERY_MS = 300_000;
