import type {Sight} from './make-look.js';
import type {Observation} from './observe.js';

/** Looks in a row without an answer that make an instance unreachable: one may be bad luck. */
const UNREACHABLE_LOOKS = 3;
/** Restarts within ten minutes that make a crash loop. */
const CRASHES = 3;
const CRASH_WINDOW_MS = 600_000;
/** So many answers, each an error, and nothing else: no statistics are needed. */
const ALL_FAILED = 20;

/** What needs no statistics and no patience. */
export type HardLimits = {
	/** The reason to end the canary at once, in words; undefined where there is none. */
	add(observation: Observation, sight: Sight): string | undefined;
};

export function openHardLimits(): HardLimits {
	let unhealthyLooks = 0;
	let failedInARow = 0;
	let crashes: number[] = [];
	return {
		add({atMs, instances}, {canaryAnswers, canaryRestarts}) {
			const canaries = instances.filter(({side}) => side === 'canary');
			const sick = canaries.filter(({health}) => !health.isHealthy);
			// Where stable does not answer either it may be our own network: held, and nobody is blamed.
			const isStableWell = instances.some(({side, health}) => side === 'stable' && health.isHealthy);
			unhealthyLooks = sick.length === canaries.length && isStableWell ? unhealthyLooks + 1 : 0;
			if (canaryAnswers !== undefined && canaryAnswers.trials > 0)
				failedInARow = canaryAnswers.events === canaryAnswers.trials ? failedInARow + canaryAnswers.events : 0;
			crashes = [...crashes, ...Array.from({length: canaryRestarts}, () => atMs)].filter(
				(crashMs) => atMs - crashMs < CRASH_WINDOW_MS,
			);

			if (unhealthyLooks >= UNREACHABLE_LOOKS) {
				const words = sick.map(({url, health}) => `${url} (${health.words})`).join(', ');
				return `the canary is not healthy: ${words}`;
			}
			if (failedInARow >= ALL_FAILED) return `every one of the last ${failedInARow} requests to the canary failed`;
			if (crashes.length >= CRASHES) return `the canary was restarted ${crashes.length} times in ten minutes`;
			return undefined;
		},
	};
}
