import type {CanaryPlan} from '../../canary/plan.js';
import {SastaError} from '../../kernel/errors.js';
import {livingHolder} from '../../kernel/hold-lease.js';
import type {Host} from '../../kernel/host.js';
import {findOpenRun} from '../../kernel/journal/open-run.js';
import type {JournalRecord} from '../../kernel/journal/record.js';
import type {LeaseHolder} from '../../kernel/lease.js';
import {processStartedAt} from '../../ports/process-table.js';
import {planOf} from '../run.js';
import type {World} from '../world.js';

export type OpenCanary = {
	readonly run: string;
	readonly plan: CanaryPlan;
	readonly records: readonly JournalRecord[];
	/** Whether it is the deploy of a release. */
	readonly isOfRelease: boolean;
	/** Who watches it; undefined when nobody does. */
	readonly holder: LeaseHolder | undefined;
};

/** The open canary, its own run or a release's; undefined where there is none. */
export async function findCanary(world: World, host: Host): Promise<OpenCanary | undefined> {
	const open = await findOpenRun(world.runs, world.mirror);
	if (open === undefined) return undefined;
	const {records} = open.journal;
	const plan = planOf(records);
	const canary = plan.kind === 'canary' ? plan : plan.kind === 'release' ? plan.canary : null;
	if (canary === null) return undefined;
	const holder = await livingHolder(await world.leaseStore.read(), {
		hostname: host.hostname,
		pid: host.pid,
		processStartedAt: (pid) => processStartedAt(pid, host),
	});
	return {
		run: open.run,
		plan: canary,
		records,
		isOfRelease: plan.kind !== 'canary',
		holder,
	};
}

export function noCanary(): SastaError {
	return new SastaError('NO_CANARY', 'No canary is open', {hint: 'Begin one: sastaops canary <version>'});
}
