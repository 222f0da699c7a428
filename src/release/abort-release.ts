import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import {wasBegun} from '../kernel/steps.js';
import {type MigrationRow, migrationRows} from '../migrate/rows.js';
import {isPromoting} from './canary/perform.js';
import {databaseOf, type ReleaseContext, textFact} from './context.js';
import type {PlannedMigration} from './plan.js';
import {isPublished} from './steps/github-steps.js';
import {stepsOf} from './steps/steps.js';
import type {Undoing} from './undoing.js';

/** @throws SastaError ABORT_TOO_LATE once the deploy has begun or the release is published */
export async function assertReleaseAbortable(context: ReleaseContext): Promise<void> {
	const {plan, journal} = context;
	const why = (await isPublished(context))
		? 'it is published'
		: wasBegun(journal.records, 'deploy')
			? 'its deploy has begun'
			: context.canary !== undefined && isPromoting(context.canary)
				? 'its canary has passed, and the stable instances are being replaced'
				: undefined;
	if (why === undefined) return;
	const back = plan.previous
		? `; or go back to ${plan.previous.version}: sastaops release rollback ${plan.previous.version}`
		: '';
	throw new SastaError('ABORT_TOO_LATE', `The release of ${plan.version} can no longer be aborted: ${why}`, {
		exitCode: EXIT.stopped,
		hint: `Go on: sastaops release resume${back}`,
	});
}

/** @throws SastaError ABORT_IRREVERSIBLE when a migration without a way back was begun and is not to be kept */
export async function releaseUndo(context: ReleaseContext, keepMigrations: boolean): Promise<Undoing<ReleaseContext>> {
	const begun = await begunMigrations(context);
	const steps = stepsOf(context.plan);
	const kept = await keptOnBranch(context);
	if (keepMigrations) {
		return {
			steps: steps.filter(({name}) => !name.startsWith('migrate:')),
			kept: [
				...begun.map(({id, state}) =>
					state === 'applied' || state === 'marked'
						? `the migration ${id} stays applied`
						: `the migration ${id} stays ${state}: sastaops db migrate status`,
				),
				...kept,
			],
		};
	}
	const stuck = begun.filter(({isReversible}) => !isReversible).map(({id}) => id);
	if (stuck.length === 0) return {steps, kept};
	throw new SastaError('ABORT_IRREVERSIBLE', `The run has begun ${stuck.join(', ')}, which cannot be taken back`, {
		exitCode: EXIT.stopped,
		hint: 'Go on: sastaops release resume; or leave it as it is: sastaops release abort --keep-migrations',
	});
}

/** A branch is never moved back: others may have built on it. */
async function keptOnBranch(context: ReleaseContext): Promise<string[]> {
	const {plan, world} = context;
	const commit = textFact(context, 'changelog', 'commit');
	if (commit === undefined || !wasBegun(context.journal.records, 'push')) return [];
	const ref = `refs/heads/${plan.branch}`;
	const there = (await world.git.lsRemote(plan.remote, [ref])).get(ref);
	if (there === undefined) return [];
	if ((await world.git.resolve(there)) === undefined) await world.git.fetchBranch(plan.remote, plan.branch);
	return (await world.git.isAncestor(commit, there))
		? [`${plan.changelog} keeps its entry on ${plan.remote}/${plan.branch}: git revert ${commit.slice(0, 7)}`]
		: [];
}

/** The plan's migrations that this run has begun, and how far each came, as the database tells. */
async function begunMigrations(
	context: ReleaseContext,
): Promise<(PlannedMigration & {readonly state: MigrationRow['state']})[]> {
	if (context.plan.migrations.length === 0) return [];
	const rows = await migrationRows(databaseOf(context).db)
		.find({run: context.plan.run, state: {$ne: 'reverted'}})
		.toArray();
	const states = new Map(rows.map(({_id, state}) => [_id, state]));
	return context.plan.migrations.flatMap((migration) => {
		const state = states.get(migration.id);
		return state === undefined ? [] : [{...migration, state}];
	});
}
