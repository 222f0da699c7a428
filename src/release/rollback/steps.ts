import type {Step} from '../../kernel/steps.js';
import {health} from '../steps/deploy-steps.js';
import {deployTarget, endOpenRun, markReleases} from './code-steps.js';
import type {RollbackContext} from './context.js';
import {
	checkBackup,
	cleanUp,
	compareStaged,
	exportLost,
	maintenanceOff,
	maintenanceOn,
	restoreStaged,
	safetyBackup,
	switchLive,
} from './data-steps.js';
import type {RollbackPlan} from './plan.js';

/** Data first, under maintenance, so that the old code never meets data it cannot read; then the code; then writes. */
export function rollbackSteps(plan: RollbackPlan): Step<RollbackContext>[] {
	return [
		...(plan.data
			? [checkBackup, safetyBackup, maintenanceOn, restoreStaged, compareStaged, exportLost, switchLive]
			: []),
		...(plan.deploy ? [deployTarget] : []),
		...(plan.health ? [health] : []),
		...(plan.data ? [maintenanceOff, cleanUp] : []),
		...(plan.endsRun ? [endOpenRun] : []),
		...(plan.github ? [markReleases] : []),
	];
}
