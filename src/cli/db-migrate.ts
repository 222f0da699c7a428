import {relative} from 'node:path';
import type {Command} from 'commander';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer} from '../kernel/report.js';
import {lintBlocks, problemBlocks, statusBlock} from './db-blocks.js';
import {migrateDown, migrateUp, resume} from './db-migrate-run.js';
import {confirmPlan, readFolders, withLease, withShop} from './db-shop.js';
import type {Actions, Session} from './session.js';

export function addMigrate(db: Command, actions: Actions): void {
	const migrate = db.command('migrate').description('Change the database by the files of migrations/');
	migrate
		.command('status')
		.description('What is applied, what is pending, and what stands in the way')
		.action(actions.run(status));
	migrate
		.command('up')
		.description('Apply what is pending')
		.option('--to <id>', 'up to and with this one')
		.option('--timeout <duration>', 'the longest one of them may take: 30m, 2h')
		.option('--dry-run', 'show documents, plans and lint, and stop')
		.action(actions.run(migrateUp));
	migrate
		.command('down')
		.description('Take back the newest migration by its down')
		.option('--to <id>', 'take back everything newer than this one')
		.option('--dry-run', 'show what would be taken back, and stop')
		.option('--confirm <database>', 'the name of the database, in place of typing it')
		.action(actions.run(migrateDown));
	migrate
		.command('lint')
		.description('Judge migrations by their source and by the data they will meet')
		.option('--all', 'those that are applied as well')
		.option('--no-database', 'by their source alone')
		.action(actions.run(lint));
	migrate
		.command('create')
		.description('Write the next migration file')
		.argument('<name...>', 'what it does, in a few words')
		.option('--contract', 'one that takes away what old code may need')
		.action(actions.run(create));
	migrate.command('resume').description('Go on with the migration that was interrupted').action(actions.run(resume));
	migrate
		.command('mark-applied')
		.description('Count a migration as applied without running it')
		.argument('<id>', 'the migration')
		.requiredOption('--reason <text>', 'why; kept in the database')
		.action(actions.run(markApplied));
}

async function status(session: Session): Promise<Answer> {
	const {command, host} = session;
	const [{loadCatalogue}, {migrationStatus}, {planMigrations}] = await Promise.all([
		import('../migrate/catalogue.js'),
		import('../migrate/status.js'),
		import('../migrate/plan.js'),
	]);
	return withShop(session, async (shop) => {
		const catalogue = await loadCatalogue(shop.migrations, host);
		const migrations = await migrationStatus(shop.db, catalogue);
		const {pending, problems} = planMigrations(catalogue, migrations);
		const isDirty = problems.some(({kind}) => kind === 'dirty');
		const isBarred = problems.some(({severity}) => severity === 'error');
		const next = isDirty
			? 'sastaops db migrate resume'
			: pending.length > 0 && !isBarred
				? 'sastaops db migrate up --dry-run'
				: undefined;
		return {
			report: {
				command,
				verdict: isBarred ? 'fail' : problems.length > 0 ? 'warn' : 'pass',
				exitCode: isDirty ? EXIT.stopped : isBarred ? EXIT.no : EXIT.ok,
				data: {migrations, problems},
				...(next ? {next} : {}),
			},
			document: [
				{
					kind: 'title',
					text: `${shop.config.name}: ${migrations.length} migrations, ${pending.length} pending`,
				},
				...(migrations.length > 0 ? [statusBlock(migrations)] : []),
				...problemBlocks(problems),
				...(next ? [{kind: 'next' as const, steps: [{label: 'Next', command: next}]}] : []),
			],
		};
	});
}

async function lint(session: Session, flags: {all?: boolean; database: boolean}): Promise<Answer> {
	const {command, host} = session;
	const [{loadCatalogue}, {migrationStatus}, {planMigrations}, {lintMigrations}] = await Promise.all([
		import('../migrate/catalogue.js'),
		import('../migrate/status.js'),
		import('../migrate/plan.js'),
		import('../migrate/lint.js'),
	]);
	const {migrations: folder} = await readFolders(session);
	const catalogue = await loadCatalogue(folder, host);
	const nowMs = host.now();
	const findings = flags.database
		? await withShop(session, async ({db}) => {
				const known = await migrationStatus(db, catalogue);
				const pending = flags.all ? catalogue.migrations : planMigrations(catalogue, known).pending;
				return lintMigrations({catalogue, pending, db, status: known, nowMs});
			})
		: await lintMigrations({catalogue, pending: catalogue.migrations, nowMs});
	const errors = findings.filter(({severity}) => severity === 'error').length;
	const isClean = findings.every(({severity}) => severity === 'info');
	return {
		report: {
			command,
			verdict: errors > 0 ? 'fail' : isClean ? 'pass' : 'warn',
			exitCode: errors > 0 ? EXIT.no : EXIT.ok,
			data: {findings},
		},
		document: [
			...lintBlocks(findings),
			{kind: 'text', text: isClean ? 'Nothing to object to.' : `${errors} errors, ${findings.length} findings.`},
		],
	};
}

async function create(session: Session, words: string[], flags: {contract?: boolean}): Promise<Answer> {
	const [{createMigration}, {packageFile}, {migrations: folder}] = await Promise.all([
		import('../migrate/create.js'),
		import('../kernel/package-file.js'),
		readFolders(session),
	]);
	const file = await createMigration({
		folder,
		name: words.join(' '),
		phase: flags.contract ? 'contract' : 'expand',
		template: packageFile('templates', 'migration.ts'),
	});
	const next = 'sastaops db migrate lint';
	return {
		report: {command: session.command, verdict: 'pass', exitCode: EXIT.ok, data: {file}, next},
		document: [
			{kind: 'text', text: `Wrote ${relative(session.host.cwd, file)}`},
			{kind: 'next', steps: [{label: 'When it is written', command: next}]},
		],
	};
}

async function markApplied(session: Session, id: string, flags: {reason: string}): Promise<Answer> {
	const {command, host} = session;
	const [{loadCatalogue}, {findMigration}, {markApplied: mark}] = await Promise.all([
		import('../migrate/catalogue.js'),
		import('../migrate/run.js'),
		import('../migrate/mark.js'),
	]);
	return withShop(session, async (shop) => {
		const migration = findMigration(await loadCatalogue(shop.migrations, host), id);
		await confirmPlan(session, `Count ${id} as applied in ${shop.config.name} without running it?`);
		await withLease(session, shop, ({lease, run}) =>
			mark({db: shop.db, lease, migration, run, reason: flags.reason}, host),
		);
		const next = 'sastaops db migrate status';
		return {
			report: {command, verdict: 'pass', exitCode: EXIT.ok, data: {id, reason: flags.reason}, next},
			document: [{kind: 'text', text: `${id} counts as applied: ${flags.reason}`}],
		};
	});
}
