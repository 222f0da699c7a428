import type {Command} from 'commander';
import type {BackupDatabase} from '../backup/open.js';
import type {VerifyDepth} from '../backup/verify.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {createdAnswer, listAnswer, verifiedAnswer} from './backup-answers.js';
import {pruneBackups} from './backup-prune.js';
import {type RestoreFlags, restoreIntoDatabase} from './backup-restore.js';
import {rehearsedAnswer} from './backup-restore-answers.js';
import type {Actions, Session} from './session.js';

export function addBackup(program: Command, actions: Actions): void {
	const backup = program.command('backup').description('Back the database up, prove it, restore it').helpGroup('Data:');

	backup
		.command('create')
		.description('Back the database up now, and verify the archive')
		.action(actions.run((session) => create(session)));

	backup
		.command('list')
		.description('Backups in the store, newest first')
		.action(
			actions.run(async (session) => {
				const {backupSettings} = await import('../backup/open.js');
				const {listStore} = await import('../backup/store.js');
				const {store} = backupSettings(await session.loadConfig());
				return listAnswer(session, store, await listStore(store));
			}),
		);

	backup
		.command('verify')
		.description('Read a backup from the disk and hold it against its manifest; no server is asked')
		.argument('<id>', 'a backup, or "latest"')
		.option('--depth <depth>', 'hash (the file only) or full (every block, document, CRC and count)', 'full')
		.action(actions.run((session, id: string, flags: {depth: string}) => verify(session, id, readDepth(flags.depth))));

	backup
		.command('restore')
		.description('Verify a backup and restore it into an empty database')
		.argument('<id>', 'a backup, or "latest"')
		.requiredOption('--to <database>', 'database to restore into')
		.option('--from-other-database <name>', 'take a backup of the database with this name, not of the configured one')
		.option('--drop', 'drop what the database holds first; needs its name typed, or --confirm')
		.option('--confirm <name>', 'name of the database that may be dropped')
		.option('--dry-run', 'verify and print the plan, then stop')
		.action(actions.run((session, id: string, flags: RestoreFlags) => restoreIntoDatabase(session, id, flags)));

	backup
		.command('rehearse')
		.description('Restore a backup into a scratch database, compare it with the manifest, drop it')
		.argument('<id>', 'a backup, or "latest"')
		.addHelpText('after', '\nSASTAOPS_REHEARSAL_URI names another server to rehearse on.')
		.action(actions.run((session, id: string) => rehearse(session, id)));

	backup
		.command('prune')
		.description('Remove the backups that backup.keep does not ask for')
		.option('--dry-run', 'print the plan, then stop')
		.action(actions.run((session, flags: {dryRun?: boolean}) => pruneBackups(session, flags)));
}

async function create(session: Session) {
	const [{backupSettings, openBackupDatabase}, {createBackup}, {ensureLineage}, {makeBackupId}] = await Promise.all([
		import('../backup/open.js'),
		import('../backup/create.js'),
		import('../backup/lineage.js'),
		import('../backup/backup-id.js'),
	]);
	const {host} = session;
	const loaded = await session.loadConfig();
	return withDatabase(await openBackupDatabase(loaded.config, host), async ({mongo, name, state}) => {
		const settings = backupSettings(loaded);
		const startedMs = host.monotonicMs();
		const lineage = await ensureLineage(state, name);
		const manifest = await createBackup({...settings, mongo, database: name, lineage, id: makeBackupId(host)}, host);
		return createdAnswer(session, settings.store, manifest, host.monotonicMs() - startedMs);
	});
}

async function verify(session: Session, which: string, depth: VerifyDepth) {
	const [{backupSettings, findBackup}, {verifyBackup}] = await Promise.all([
		import('../backup/open.js'),
		import('../backup/verify.js'),
	]);
	const loaded = await session.loadConfig();
	const {store} = backupSettings(loaded);
	const backup = await findBackup(store, which, loaded.config);
	return verifiedAnswer(session, await verifyBackup({store, backup, depth}, session.host));
}

async function rehearse(session: Session, which: string) {
	const [{backupSettings, findBackup, openBackupDatabase}, {rehearseBackup}] = await Promise.all([
		import('../backup/open.js'),
		import('../backup/rehearse.js'),
	]);
	const {host} = session;
	const loaded = await session.loadConfig();
	const settings = backupSettings(loaded);
	const manifest = await findBackup(settings.store, which, loaded.config);
	const scratchUri = host.env['SASTAOPS_REHEARSAL_URI'];
	const server = scratchUri ? await openScratchServer(scratchUri, host) : await openBackupDatabase(loaded.config, host);
	return withDatabase(server, async ({mongo}) =>
		rehearsedAnswer(session, await rehearseBackup({...settings, mongo, manifest}, host)),
	);
}

async function openScratchServer(uri: string, host: Host): Promise<Pick<BackupDatabase, 'mongo' | 'close'>> {
	const {openMongo} = await import('../ports/mongo.js');
	const mongo = await openMongo(uri, host);
	return {mongo, close: () => mongo.close()};
}

async function withDatabase<Database extends {close(): Promise<void>}, T>(
	database: Database,
	work: (database: Database) => Promise<T>,
): Promise<T> {
	try {
		return await work(database);
	} finally {
		await database.close();
	}
}

function readDepth(depth: string): VerifyDepth {
	if (depth === 'hash' || depth === 'full') return depth;
	throw new SastaError('USAGE', `--depth ${depth} is not a depth I know`, {
		exitCode: EXIT.usage,
		hint: 'Use hash or full',
	});
}
