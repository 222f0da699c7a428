import type {CanaryEvent, CanaryOutcome} from './events.js';
import {type Judge, openJudge} from './judge.js';
import {type CanaryPlan, RESTART_EVERY_MS} from './plan.js';

/** Where a canary stands: made of its events alone, so that a resumed one stands where it stood. */
export type Progress = {
	readonly judge: Judge;
	/** −1 before the canary got any traffic. */
	readonly stage: number;
	/** Whether the splitter has said so itself. */
	readonly isReached: boolean;
	/** When the stage was reached, in milliseconds since the epoch. */
	readonly reachedAtMs: number;
	/** Watched time, requests of the canary: in this stage, its warm-up left out. */
	readonly watchedMs: number;
	readonly requests: number;
	/** Watched time before the canary got traffic. */
	readonly baselineMs: number;
	readonly lastAtMs: number | undefined;
	/** Requests of the canary in all stages. */
	readonly allRequests: number;
	readonly holds: readonly string[];
	/** Asks that were heard, by their ids. */
	readonly answered: readonly string[];
	readonly isHeldByHand: boolean;
	readonly isPromoteAsked: boolean;
	/** Guards that were not proved fine when a stage was left. */
	readonly unproven: readonly string[];
	readonly outcome: CanaryOutcome | undefined;
};

export function beginProgress(plan: CanaryPlan): Progress {
	const judge = openJudge({
		guards: plan.guards,
		alpha: plan.alpha,
		beta: plan.beta,
		restartEveryMs: RESTART_EVERY_MS,
		plannedMs: plan.stages.length * plan.policy.bakeMs,
		lagMs: plan.lagMs,
	});
	return {
		judge,
		stage: -1,
		isReached: true,
		reachedAtMs: 0,
		watchedMs: 0,
		requests: 0,
		baselineMs: 0,
		lastAtMs: undefined,
		allRequests: 0,
		holds: [],
		answered: [],
		isHeldByHand: false,
		isPromoteAsked: false,
		unproven: [],
		outcome: undefined,
	};
}

/** The same events give the same progress; the judge inside goes on, so an old progress is not to be used again. */
export function advanceProgress(progress: Progress, event: CanaryEvent): Progress {
	switch (event.what) {
		case 'look': {
			progress.judge.add(event.look);
			const {isWarmup, atMs} = event.look;
			const isBaseline = progress.stage < 0;
			const counts = isWarmup ? 0 : 1;
			return {
				...progress,
				lastAtMs: atMs,
				baselineMs: progress.baselineMs + (isBaseline ? event.intervalMs : 0),
				watchedMs: progress.watchedMs + counts * event.intervalMs,
				requests: progress.requests + counts * event.requests,
				allRequests: progress.allRequests + event.requests,
			};
		}
		case 'stage':
			return {
				...progress,
				stage: event.stage,
				isReached: false,
				watchedMs: 0,
				requests: 0,
				isPromoteAsked: false,
				unproven: [...new Set([...progress.unproven, ...event.unproven])],
			};
		case 'reached':
			return {...progress, isReached: true, reachedAtMs: event.atMs};
		case 'held':
			return {...progress, holds: event.reasons};
		case 'gap':
			return progress;
		case 'asked':
			return {
				...progress,
				answered: [...progress.answered, event.id],
				isHeldByHand: event.ask === 'hold' || (event.ask !== 'go-on' && progress.isHeldByHand),
				isPromoteAsked: event.ask === 'promote' || progress.isPromoteAsked,
			};
		case 'outcome':
			return {...progress, outcome: event.outcome};
		default:
			return event satisfies never;
	}
}
