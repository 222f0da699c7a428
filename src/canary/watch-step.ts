import {formatDuration} from '../kernel/duration.js';
import type {Step} from '../kernel/steps.js';
import type {CanaryContext} from './context.js';
import {type CanaryOutcome, readEvents, WATCH_STEP} from './events.js';
import {watchCanary} from './watch-loop.js';
import {percentWords} from './words.js';
import {takeTrafficAway, zeroWords} from './zero-proof.js';

/** The stages, from 0 % to their end or back to 0 %. Ends with an outcome in the journal; a crash leaves the lease. */
export const watchStep: Step<CanaryContext> = {
	name: WATCH_STEP,
	title: ({plan}) =>
		`watch      ${plan.version} at ${plan.stages.map(({share}) => percentWords(share)).join(', ')}, ${formatDuration(plan.policy.bakeMs)} each`,
	async probe({journal}) {
		const outcome = outcomeOf(journal.records);
		return outcome === undefined ? {state: 'absent'} : {state: 'done', detail: outcomeWords(outcome)};
	},
	async apply(context) {
		return {detail: outcomeWords(await watchCanary(context))};
	},
	async undo(context) {
		return zeroWords(context.splitter.title, await takeTrafficAway(context, context.host));
	},
};

/** How the stages ended; undefined while they have not. */
export function outcomeOf(records: CanaryContext['journal']['records']): CanaryOutcome | undefined {
	return readEvents(records).findLast((event) => event.what === 'outcome')?.outcome;
}

function outcomeWords(outcome: CanaryOutcome): string {
	if (outcome.kind === 'rolled-back') return `back at 0 %: ${outcome.reason}`;
	return outcome.unproven.length === 0
		? 'fine at every stage'
		: `nothing worse; not proved fine: ${outcome.unproven.join(', ')}`;
}
