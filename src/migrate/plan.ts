import {SastaError} from '../kernel/errors.js';
import type {Catalogue, LoadedMigration} from './catalogue.js';
import {dirtyError} from './dirty.js';
import type {MigrationStatus} from './status.js';

export type MigrationProblem = {
	readonly kind: 'dirty' | 'missing' | 'changed' | 'duplicate-number' | 'out-of-order' | 'gap';
	/** `error` bars applying anything. */
	readonly severity: 'error' | 'warning';
	readonly migration: string;
	readonly message: string;
	readonly mend: string;
};

export type MigrationPlan = {
	/** To be applied, in this order; one that was interrupted is among them. */
	readonly pending: readonly LoadedMigration[];
	readonly problems: readonly MigrationProblem[];
};

/** What there is to apply, and what stands in the way. */
export function planMigrations(catalogue: Catalogue, status: readonly MigrationStatus[]): MigrationPlan {
	const done = new Set(status.filter(isDone).map(({id}) => id));
	return {
		pending: catalogue.migrations.filter(({id}) => !done.has(id)),
		problems: [
			...status.flatMap(problemsOfStatus),
			...problemsOfNumbers(catalogue),
			...problemsOfOrder(catalogue, done),
		],
	};
}

/**
 * @throws SastaError MIGRATION_DIRTY (exit code 5) for an interrupted migration, MIGRATIONS_REFUSED for any other problem
 */
export function assertNoErrors(problems: readonly MigrationProblem[]): void {
	const errors = problems.filter(({severity}) => severity === 'error');
	if (errors.length === 0) return;
	const dirty = errors.find(({kind}) => kind === 'dirty');
	if (dirty) throw dirtyError(dirty.migration, dirty.message);
	throw new SastaError('MIGRATIONS_REFUSED', 'The migrations do not fit the database; nothing was changed', {
		details: errors.map(({message, mend}) => `${message}. ${mend}`),
		hint: 'See all of them: sastaops db migrate status',
	});
}

function isDone({state}: MigrationStatus): boolean {
	return state === 'applied' || state === 'marked';
}

function problemsOfStatus({id, state, isMissing, isChanged, row}: MigrationStatus): MigrationProblem[] {
	const problems: MigrationProblem[] = [];
	if (state === 'running' || state === 'failed') {
		const where = row?.step ? ` in step ${row.step}` : '';
		const what = state === 'running' ? 'was interrupted' : `failed: ${row?.error}`;
		problems.push({
			kind: 'dirty',
			severity: 'error',
			migration: id,
			message: `Migration ${id}${row?.direction === 'down' ? ', on the way back,' : ''} ${what}${where}`,
			mend: 'Resume it, mark it as applied, or restore',
		});
	}
	if (isMissing) {
		problems.push({
			kind: 'missing',
			severity: 'error',
			migration: id,
			message: `Migration ${id} was applied, but its file is gone`,
			mend: 'Bring the file back from git; the code here may be older than the database',
		});
	}
	if (isChanged) {
		problems.push({
			kind: 'changed',
			severity: 'error',
			migration: id,
			message: `Migration ${id} was changed after it was applied`,
			mend: 'Bring the applied version back, and put the change into a new migration',
		});
	}
	return problems;
}

function problemsOfNumbers({migrations}: Catalogue): MigrationProblem[] {
	return migrations.flatMap((current, index): MigrationProblem[] => {
		const before = migrations[index - 1];
		if (before === undefined || current.number === before.number + 1) return [];
		return current.number === before.number
			? [
					{
						kind: 'duplicate-number',
						severity: 'error',
						migration: current.id,
						message: `Migrations ${before.id} and ${current.id} have the same number`,
						mend: 'Give the one that is not applied yet the next free number',
					},
				]
			: [
					{
						kind: 'gap',
						severity: 'warning',
						migration: current.id,
						message: `Nothing stands between ${before.id} and ${current.id}`,
						mend: 'Check that no file was left out of the commit',
					},
				];
	});
}

function problemsOfOrder({migrations}: Catalogue, done: ReadonlySet<string>): MigrationProblem[] {
	const newestDone = migrations.findLast(({id}) => done.has(id));
	if (newestDone === undefined) return [];
	return migrations
		.filter(({id, number}) => !done.has(id) && number < newestDone.number)
		.map(({id}) => ({
			kind: 'out-of-order',
			severity: 'error',
			migration: id,
			message: `Migration ${id} is older than ${newestDone.id}, which is applied already`,
			mend: 'Give it a number behind the newest; on a branch, after merging',
		}));
}
