import {parseDuration} from '../kernel/duration.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer} from '../kernel/report.js';
import type {LintFinding} from '../migrate/lint.js';
import {lintBlocks, pendingBlock, problemBlocks} from './db-blocks.js';
import {confirmByName, confirmPlan, type DbShop, withLease, withShop} from './db-shop.js';
import type {Session} from './session.js';

/** `db migrate up`: plan, one question, then the lease, the state read again under it, and the work. */
export async function migrateUp(
	session: Session,
	flags: {to?: string; dryRun?: boolean; timeout?: string},
): Promise<Answer> {
	const {command, host} = session;
	const timeoutMs = readTimeout(flags.timeout);
	const [{assertNoErrors}, run] = await Promise.all([import('../migrate/plan.js'), import('../migrate/run.js')]);
	return withShop(session, async (shop) => {
		const plan = await planOutsideOfRuns(session, shop, flags.to);
		const {catalogue, pending, notes, problems, lint, barring} = plan;
		const blocks = [
			...(pending.length > 0 ? [pendingBlock(notes)] : []),
			...lintBlocks(lint),
			...problemBlocks(problems),
		];
		if (flags.dryRun) {
			const isBarred = barring.length > 0 || problems.some(({severity}) => severity === 'error');
			const isDirty = problems.some(({kind}) => kind === 'dirty');
			return {
				report: {
					command,
					verdict: isBarred ? 'fail' : 'pass',
					exitCode: isDirty ? EXIT.stopped : isBarred ? EXIT.refused : EXIT.ok,
					data: {dryRun: true, pending: notes, lint, problems},
				},
				document: [...blocks, {kind: 'text', text: 'Nothing was changed.'}],
			};
		}
		assertNoErrors(problems);
		assertLintPasses(barring);
		if (pending.length === 0) return nothingPending(command);
		await confirmPlan(session, `Apply ${pending.map(({id}) => id).join(', ')} to ${shop.config.name}?`);
		const applied = await withLease(session, shop, (held) =>
			run.migrateUp({db: shop.db, ...held, catalogue, signal: host.signal, to: flags.to, timeoutMs}, host),
		);
		return doneAnswer(session, shop, applied);
	});
}

/**
 * The plan, of a state that nobody is changing: a migration that runs right now looks cut, and whoever runs it holds the
 * lease. @throws SastaError LEASE_HELD
 */
async function planOutsideOfRuns(session: Session, shop: DbShop, to: string | undefined) {
	const plan = await planUp(session, shop, to);
	if (!plan.problems.some(({kind}) => kind === 'dirty')) return plan;
	await withLease(session, shop, async () => undefined);
	return planUp(session, shop, to);
}

/** `db migrate down`. */
export async function migrateDown(
	session: Session,
	flags: {to?: string; dryRun?: boolean; confirm?: string},
): Promise<Answer> {
	const {command, host} = session;
	const [{loadCatalogue}, {migrationStatus}, run] = await Promise.all([
		import('../migrate/catalogue.js'),
		import('../migrate/status.js'),
		import('../migrate/run.js'),
	]);
	return withShop(session, async (shop) => {
		const catalogue = await loadCatalogue(shop.migrations, host);
		const chosen = run.planDown(catalogue, await migrationStatus(shop.db, catalogue), flags.to);
		if (flags.dryRun) {
			return {
				report: {command, verdict: 'pass', exitCode: EXIT.ok, data: {dryRun: true, revert: chosen.map(({id}) => id)}},
				document: [
					{
						kind: 'items',
						heading: 'To take back, in this order',
						items: chosen.map(({id, migration}) => ({mark: 'pending', text: id, detail: migration.title})),
					},
					{kind: 'text', text: 'Nothing was changed.'},
				],
			};
		}
		await confirmByName(session, shop.config.name, flags.confirm);
		const reverted = await withLease(session, shop, (held) =>
			run.migrateDown({db: shop.db, ...held, catalogue, signal: host.signal, to: flags.to}, host),
		);
		return doneAnswer(session, shop, reverted);
	});
}

/** `db migrate resume`. */
export async function resume(session: Session): Promise<Answer> {
	const {host} = session;
	const [{loadCatalogue}, {resumeMigration}] = await Promise.all([
		import('../migrate/catalogue.js'),
		import('../migrate/run.js'),
	]);
	return withShop(session, async (shop) => {
		const catalogue = await loadCatalogue(shop.migrations, host);
		const resumed = await withLease(session, shop, (held) =>
			resumeMigration({db: shop.db, ...held, catalogue, signal: host.signal}, host),
		);
		return doneAnswer(session, shop, [resumed]);
	});
}

async function planUp({host}: Session, {db, migrations}: DbShop, to: string | undefined) {
	const [{loadCatalogue}, {migrationStatus}, {planMigrations}, {upTo}, {lintMigrations}, describe] = await Promise.all([
		import('../migrate/catalogue.js'),
		import('../migrate/status.js'),
		import('../migrate/plan.js'),
		import('../migrate/run.js'),
		import('../migrate/lint.js'),
		import('../migrate/describe.js'),
	]);
	const catalogue = await loadCatalogue(migrations, host);
	const status = await migrationStatus(db, catalogue);
	const plan = planMigrations(catalogue, status);
	const pending = upTo(plan.pending, to);
	const [lint, described] = await Promise.all([
		lintMigrations({catalogue, pending, db, status, nowMs: host.now()}),
		describe.describeMigrations(pending, db),
	]);
	const previews = await Promise.all(pending.map((migration) => describe.previewBackfills(migration, db)));
	const notes = described.map((note, index) => ({...note, backfills: previews[index] ?? []}));
	const barring = lint.filter(({severity}) => severity === 'error');
	return {catalogue, pending, notes, problems: plan.problems, lint, barring};
}

function readTimeout(text: string | undefined): number | undefined {
	if (text === undefined) return undefined;
	const timeoutMs = parseDuration(text);
	if (timeoutMs !== undefined && timeoutMs > 0) return timeoutMs;
	throw new SastaError('USAGE', `--timeout ${text} is not a duration`, {
		exitCode: EXIT.usage,
		hint: 'Write it like 90s, 30m or 2h',
	});
}

function assertLintPasses(barring: readonly LintFinding[]): void {
	if (barring.length === 0) return;
	throw new SastaError('MIGRATION_LINT', 'Lint objects to what is pending; nothing was changed', {
		details: barring.map(({migration, rule, message}) => `${migration} (${rule}) ${message}`),
		hint: "Mend it, or accept a rule in the file: export const accept = {'<rule>': 'the reason'}",
	});
}

function nothingPending(command: string): Answer {
	return {
		report: {command, verdict: 'pass', exitCode: EXIT.ok, data: {dryRun: false, done: []}},
		document: [{kind: 'text', text: 'Nothing is pending.'}],
	};
}

/** Says what was done by what the database holds now, not by what we believe we did. */
async function doneAnswer(
	{command, host}: Session,
	shop: DbShop,
	done: readonly {readonly id: string}[],
): Promise<Answer> {
	const [{loadCatalogue}, {migrationStatus}] = await Promise.all([
		import('../migrate/catalogue.js'),
		import('../migrate/status.js'),
	]);
	const status = await migrationStatus(shop.db, await loadCatalogue(shop.migrations, host));
	const now = done.map(({id}) => ({id, state: status.find((known) => known.id === id)?.state ?? 'pending'}));
	const pending = status.filter(({state}) => state === 'pending').length;
	return {
		report: {command, verdict: 'pass', exitCode: EXIT.ok, data: {dryRun: false, done: now, pending}},
		document: [
			{
				kind: 'items',
				heading: shop.config.name,
				items: now.map(({id, state}) => ({mark: 'done', text: id, detail: state})),
			},
			{kind: 'text', text: pending === 0 ? 'Nothing is pending.' : `${pending} pending: sastaops db migrate up`},
		],
	};
}
