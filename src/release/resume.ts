import type {CanaryPlan} from '../canary/plan.js';
import type {LoadedConfig} from '../kernel/config/load.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {JournalRecord} from '../kernel/journal/record.js';
import {openCanaryContext, openPorts} from './canary/open.js';
import {type CanaryResult, performCanary} from './canary/perform.js';
import {type FinishTerms, finishRun, type RunResult} from './finish.js';
import {noOpenRun, type TakenRun, withOpenRun} from './open-run.js';
import type {ReleasePlan} from './plan.js';
import {performRollback} from './rollback/perform.js';
import type {RollbackPlan} from './rollback/plan.js';
import {assertPlanHolds, openContext, planOf} from './run.js';
import {openWorld, type World} from './world.js';

export type ResumeResult =
	| {readonly kind: 'release'; readonly plan: ReleasePlan; readonly result: RunResult}
	| {readonly kind: 'rollback'; readonly plan: RollbackPlan}
	| {readonly kind: 'canary'; readonly plan: CanaryPlan; readonly result: CanaryResult};

/**
 * Goes on with the open run from wherever the world stands.
 * @throws SastaError NO_OPEN_RUN, PLAN_STALE, RUN_ABORTING; what a step throws, the run left open
 */
export async function resumeRelease(
	{loaded, ...terms}: {loaded: LoadedConfig} & FinishTerms,
	host: Host,
): Promise<ResumeResult> {
	const world = await openWorld(loaded, host);
	try {
		const resumed = await withOpenRun({world, command: 'release resume'}, host, (taken) =>
			goOn({world, taken, terms}, host),
		);
		if (!resumed) throw noOpenRun();
		return resumed;
	} finally {
		await world.close();
	}
}

async function goOn(
	{world, taken: {lease, journal}, terms}: {world: World; taken: TakenRun; terms: FinishTerms},
	host: Host,
): Promise<ResumeResult> {
	const plan = planOf(journal.records);
	if (isAborting(journal.records)) {
		throw new SastaError('RUN_ABORTING', `The ${plan.kind} of ${plan.version} is being taken back; it cannot go on`, {
			exitCode: EXIT.stopped,
			hint: 'Finish that: sastaops release abort',
		});
	}
	await assertPlanHolds(plan, world, journal.records);
	if (plan.kind === 'rollback') {
		await performRollback({plan, world, host, lease, journal});
		return {kind: 'rollback', plan};
	}
	if (plan.kind === 'canary') {
		const ports = await openPorts(world, host);
		try {
			const result = await performCanary(await openCanaryContext({plan, world, journal, ports}, host), world);
			return {kind: 'canary', plan, result};
		} finally {
			await ports.splitter.close();
		}
	}
	return {
		kind: 'release',
		plan,
		result: await finishRun(await openContext({plan, world, lease, journal}, host), terms),
	};
}

/** Once a step was begun to be taken back there is one way left. */
export function isAborting(records: readonly JournalRecord[]): boolean {
	return records.some(({type}) => type === 'undo');
}
