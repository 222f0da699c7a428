import {runSteps} from '../../kernel/steps.js';
import {endRun} from '../run.js';
import {tellingHow} from '../tell-alerts.js';
import {tellShop} from '../tell-shop.js';
import {openRollbackContext, type RollbackContext} from './context.js';
import {rollbackSteps} from './steps.js';

/** A silence that nobody ends must end by itself, and not before a large shop is restored. */
const SILENCE_MS = 2 * 3_600_000;

/** Performs a rollback from wherever the world stands, to its end. */
export async function performRollback(parts: Omit<RollbackContext, 'github'>): Promise<void> {
	const context = openRollbackContext(parts);
	const {plan, world, host} = context;
	// Meanwhile the shop takes no writes, and is away at times: nobody need be told.
	const silence = async (untilMs: number) => {
		if (plan.data) await world.alerts.silence(untilMs, `a rollback of its data to ${plan.version}`);
	};
	await tellingHow(
		context,
		async () => {
			await silence(host.now() + SILENCE_MS);
			await perform(context);
			await silence(host.now());
		},
		() => ({title: `${plan.environment} is rolled back to ${plan.version}`, severity: 'warning'}),
	);
}

async function perform(context: RollbackContext): Promise<void> {
	const {plan, journal, host} = context;
	await runSteps({steps: rollbackSteps(plan), context, journal, host, learn: () => undefined});
	await tellShop(context, {run: plan.run, version: plan.version, what: 'rolled back to'});
	await endRun(journal, 'completed');
	await host.fault('run.ended');
}
