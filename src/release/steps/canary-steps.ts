import type {CanaryContext} from '../../canary/context.js';
import {CANARY_STEPS} from '../../canary/steps.js';
import {outcomeOf} from '../../canary/watch-step.js';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Step} from '../../kernel/steps.js';
import type {ReleaseContext} from '../context.js';

/** A canary's steps as those of a release, of which they are the deploy. Where it goes back the release ends there. */
export const canarySteps: readonly Step<ReleaseContext>[] = [...CANARY_STEPS.map(lifted), canaryGate()];

function lifted(step: Step<CanaryContext>): Step<ReleaseContext> {
	const {undo} = step;
	return {
		name: step.name,
		title: (context) => step.title(canaryOf(context)),
		probe: (context) => step.probe(canaryOf(context)),
		apply: (context, note) => step.apply(canaryOf(context), note),
		...(undo === undefined ? {} : {undo: (context: ReleaseContext) => undo(canaryOf(context))}),
	};
}

function canaryGate(): Step<ReleaseContext> {
	return {
		name: 'canary-gate',
		title: () => 'judge      whether the canary has passed',
		probe: async ({journal}) => (outcomeOf(journal.records)?.kind === 'passed' ? {state: 'done'} : {state: 'absent'}),
		async apply({journal, plan}) {
			const outcome = outcomeOf(journal.records);
			if (outcome?.kind !== 'rolled-back') throw new Error('the gate stands behind the stages');
			throw new SastaError('CANARY_ROLLED_BACK', `The canary of ${plan.version} was sent back: ${outcome.reason}`, {
				exitCode: outcome.isInconclusive ? EXIT.inconclusive : EXIT.no,
			});
		},
	};
}

function canaryOf({canary}: ReleaseContext): CanaryContext {
	if (canary === undefined) throw new Error('a canary was planned without its context');
	return canary;
}
