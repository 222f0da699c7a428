import type {Step} from '../../kernel/steps.js';
import type {ReleaseContext} from '../context.js';
import {hasAssets, type ReleasePlan} from '../plan.js';
import {backUp, verifyBackup} from './backup-steps.js';
import {canarySteps} from './canary-steps.js';
import {commitChangelog, fastForward} from './changelog-steps.js';
import {migrationStep, seed} from './data-steps.js';
import {deployStep, health} from './deploy-steps.js';
import {push, tag} from './git-steps.js';
import {attachAssets, draftRelease, publishRelease, recordDeployment} from './github-steps.js';

/**
 * The steps of a plan, in order: what can be taken back stands before the push, the one public act that cannot stands
 * last. A step that a configuration leaves out is not there at all.
 */
export function stepsOf(plan: ReleasePlan): Step<ReleaseContext>[] {
	return [
		...(plan.github ? [draftRelease] : []),
		...(plan.backup ? [backUp, verifyBackup] : []),
		...plan.migrations.map(migrationStep),
		...(plan.seeds.length > 0 ? [seed] : []),
		...(hasAssets(plan) ? [attachAssets] : []),
		...(plan.changelog === null ? [] : [commitChangelog]),
		tag,
		push,
		...(plan.changelog === null ? [] : [fastForward]),
		...(plan.canary ? canarySteps : []),
		...(plan.deploy && !plan.canary ? [deployStep<ReleaseContext>((context) => context.plan)] : []),
		...(plan.health ? [health] : []),
		...(plan.github ? [publishRelease] : []),
		// Where nothing was deployed there is no deployment to record.
		...(plan.github && (plan.deploy || plan.canary) ? [recordDeployment] : []),
	];
}

/** The step from which on the way is forward. */
export const POINT_OF_NO_RETURN = push.name;
