import type {GuardVerdict} from './judge.js';
import type {Look} from './look.js';

export type WatchTerms = {readonly restarts: number; readonly lagMs: number};

/** One guard over the time of a canary. */
export type Watch = {
	add(look: Look): void;
	startAnew(): void;
	evidence(): Pick<GuardVerdict, 'worse' | 'fine' | 'where' | 'range' | 'counts'>;
};
