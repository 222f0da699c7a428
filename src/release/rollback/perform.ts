import {runSteps} from '../../kernel/steps.js';
import {endRun} from '../run.js';
import {tellShop} from '../tell-shop.js';
import {openRollbackContext, type RollbackContext} from './context.js';
import {rollbackSteps} from './steps.js';

/** Performs a rollback from wherever the world stands, to its end. */
export async function performRollback(parts: Omit<RollbackContext, 'github'>): Promise<void> {
	const context = openRollbackContext(parts);
	const {plan, journal, host} = context;
	await runSteps({steps: rollbackSteps(plan), context, journal, host, learn: () => undefined});
	await tellShop(context, {run: plan.run, version: plan.version, what: 'rolled back to'});
	await endRun(journal, 'completed');
	await host.fault('run.ended');
}
