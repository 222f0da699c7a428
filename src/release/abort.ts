import {CANARY_STEPS} from '../canary/steps.js';
import type {LoadedConfig} from '../kernel/config/load.js';
import type {Host} from '../kernel/host.js';
import {type Undone, undoSteps, wasBegun} from '../kernel/steps.js';
import {assertReleaseAbortable, releaseUndo} from './abort-release.js';
import {openCanaryContext, openPorts} from './canary/open.js';
import {assertCanaryAbortable} from './canary/perform.js';
import {type TakenRun, withOpenRun} from './open-run.js';
import {assertRollbackAbortable, rollbackUndo} from './rollback/abort-rollback.js';
import {openRollbackContext} from './rollback/context.js';
import {type AnyPlan, endRun, openContext, planOf} from './run.js';
import {tellOver} from './tell-alerts.js';
import type {Undoing} from './undoing.js';
import {openWorld, type World} from './world.js';

export type AbortRequest = {
	readonly loaded: LoadedConfig;
	/** Leave the migrations of the run applied instead of taking them back. */
	readonly keepMigrations: boolean;
	/** Shows what will be taken back and asks for a yes. */
	readonly confirm: (plan: AnyPlan, steps: readonly string[]) => Promise<boolean>;
};

export type AbortResult =
	| {readonly kind: 'nothing'}
	| {readonly kind: 'declined'; readonly plan: AnyPlan}
	| {
			readonly kind: 'aborted';
			readonly plan: AnyPlan;
			readonly undone: readonly Undone[];
			readonly kept: readonly string[];
	  };

/**
 * Takes the open run back, last step first; what stays is named. Nothing open is fine.
 * @throws SastaError ABORT_TOO_LATE, ABORT_IRREVERSIBLE; what an undo throws, the run left open
 */
export async function abortRun({loaded, ...request}: AbortRequest, host: Host): Promise<AbortResult> {
	const world = await openWorld(loaded, host);
	try {
		const result = await withOpenRun({world, command: 'release abort'}, host, (taken) =>
			takeBack({world, taken, request}, host),
		);
		if (result?.kind === 'aborted') {
			tellOver(world);
			if (result.plan.kind === 'rollback' && result.plan.data)
				await world.alerts.silence(host.now(), 'the rollback was taken back');
		}
		return result ?? {kind: 'nothing'};
	} finally {
		await world.close();
	}
}

async function takeBack(
	{world, taken, request}: {world: World; taken: TakenRun; request: Omit<AbortRequest, 'loaded'>},
	host: Host,
): Promise<AbortResult> {
	const plan = planOf(taken.journal.records);
	if (plan.kind === 'rollback') {
		const context = openRollbackContext({plan, world, host, ...taken});
		assertRollbackAbortable(context);
		return undo(context, rollbackUndo(context), request);
	}
	if (plan.kind === 'canary') {
		const ports = await openPorts(world, host);
		try {
			const context = await openCanaryContext({plan, world, ports, journal: taken.journal}, host);
			assertCanaryAbortable(context);
			return await undo(context, {steps: CANARY_STEPS, kept: []}, request);
		} finally {
			await ports.splitter.close();
		}
	}
	const context = await openContext({plan, world, ...taken}, host);
	await assertReleaseAbortable(context);
	return undo(context, await releaseUndo(context, request.keepMigrations), request);
}

async function undo<
	Context extends {readonly plan: AnyPlan; readonly host: Host; readonly journal: TakenRun['journal']},
>(context: Context, {steps, kept}: Undoing<Context>, {confirm}: Pick<AbortRequest, 'confirm'>): Promise<AbortResult> {
	const {plan, journal, host} = context;
	const begun = steps
		.filter((step) => step.undo && wasBegun(journal.records, step.name))
		.map((step) => step.title(context));
	if (!(await confirm(plan, begun))) return {kind: 'declined', plan};
	const undone = await undoSteps({steps, context, journal, host});
	await endRun(journal, 'aborted');
	return {kind: 'aborted', plan, undone, kept};
}
