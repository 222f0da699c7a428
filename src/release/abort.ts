import type {LoadedConfig} from '../kernel/config/load.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {type Undone, undoSteps, wasBegun} from '../kernel/steps.js';
import {migrationRows} from '../migrate/rows.js';
import {databaseOf, type ReleaseContext} from './context.js';
import {withOpenRun} from './open-run.js';
import type {PlannedMigration, ReleasePlan} from './plan.js';
import {endRun, openContext, planOf} from './run.js';
import {isPublished} from './steps/github-steps.js';
import {stepsOf} from './steps/steps.js';
import {openWorld} from './world.js';

export type AbortRequest = {
	readonly loaded: LoadedConfig;
	/** Leave the migrations of the run applied instead of taking them back. */
	readonly keepMigrations: boolean;
	/** Shows what will be taken back and asks for a yes. */
	readonly confirm: (plan: ReleasePlan, steps: readonly string[]) => Promise<boolean>;
};

export type AbortResult =
	| {readonly kind: 'nothing'}
	| {readonly kind: 'declined'; readonly plan: ReleasePlan}
	| {
			readonly kind: 'aborted';
			readonly plan: ReleasePlan;
			readonly undone: readonly Undone[];
			readonly kept: readonly string[];
	  };

/**
 * Takes the open run back, last step first; what stays is named. Nothing open is fine.
 * @throws SastaError ABORT_TOO_LATE once the deploy has begun or the release is published; ABORT_IRREVERSIBLE
 */
export async function abortRelease({loaded, keepMigrations, confirm}: AbortRequest, host: Host): Promise<AbortResult> {
	const world = await openWorld(loaded, host);
	try {
		const result = await withOpenRun(
			{world, command: 'release abort'},
			host,
			async ({lease, journal}): Promise<AbortResult> => {
				const plan = planOf(journal.records);
				const context = await openContext({plan, world, lease, journal}, host);
				await assertNotTooLate(context);
				const applied = await appliedMigrations(context);
				if (!keepMigrations) assertReversible(applied);

				const kept = keepMigrations ? applied.map(({id}) => `the migration ${id} stays applied`) : [];
				const steps = stepsOf(plan).filter(({name}) => !(keepMigrations && name.startsWith('migrate:')));
				const begun = steps
					.filter(({name, undo}) => undo && wasBegun(journal.records, name))
					.map((step) => step.title(context));
				if (!(await confirm(plan, begun))) return {kind: 'declined', plan};
				const undone = await undoSteps({steps, context, journal, host});
				await endRun(journal, 'aborted');
				return {kind: 'aborted', plan, undone, kept};
			},
		);
		return result ?? {kind: 'nothing'};
	} finally {
		await world.close();
	}
}

async function assertNotTooLate(context: ReleaseContext): Promise<void> {
	const {plan, journal} = context;
	const why = (await isPublished(context))
		? 'it is published'
		: wasBegun(journal.records, 'deploy')
			? 'its deploy has begun'
			: undefined;
	if (why === undefined) return;
	throw new SastaError('ABORT_TOO_LATE', `The release of ${plan.version} can no longer be aborted: ${why}`, {
		exitCode: EXIT.stopped,
		hint: plan.previous
			? `Go on: sastaops release resume; or go back to ${plan.previous.version}: sastaops release rollback ${plan.previous.version}`
			: 'Go on: sastaops release resume',
	});
}

/** The plan's migrations that this run has begun, as the database tells. */
async function appliedMigrations(context: ReleaseContext): Promise<PlannedMigration[]> {
	if (context.plan.migrations.length === 0) return [];
	const rows = await migrationRows(databaseOf(context).db)
		.find({run: context.plan.run, state: {$ne: 'reverted'}})
		.toArray();
	const ids = new Set(rows.map(({_id}) => _id));
	return context.plan.migrations.filter(({id}) => ids.has(id));
}

function assertReversible(applied: readonly PlannedMigration[]): void {
	const stuck = applied.filter(({isReversible}) => !isReversible);
	if (stuck.length === 0) return;
	throw new SastaError(
		'ABORT_IRREVERSIBLE',
		`The run has applied ${stuck.map(({id}) => id).join(', ')}, which cannot be taken back`,
		{
			exitCode: EXIT.stopped,
			hint: 'Go on: sastaops release resume; or leave it applied: sastaops release abort --keep-migrations',
		},
	);
}
