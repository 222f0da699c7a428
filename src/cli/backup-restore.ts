import type {BackupManifest} from '../backup/manifest.js';
import type {BackupDatabase} from '../backup/open.js';
import {SastaError} from '../kernel/errors.js';
import {renderText} from '../kernel/render-text.js';
import type {Answer} from '../kernel/report.js';
import {type RestorePlan, restoreDryRunAnswer, restoredAnswer, restorePlanBlocks} from './backup-restore-answers.js';
import type {Session} from './session.js';

export type RestoreFlags = {
	readonly to: string;
	readonly fromOtherDatabase?: string;
	readonly drop?: boolean;
	readonly confirm?: string;
	readonly dryRun?: boolean;
};

/** `backup restore`: everything that can refuse does so before anything is asked, and everything is asked before a write. */
export async function restoreIntoDatabase(session: Session, which: string, flags: RestoreFlags): Promise<Answer> {
	const [{backupSettings, findBackup, openBackupDatabase}, {assertBackup}, {compareWithManifest}, {restoreBackup}] =
		await Promise.all([
			import('../backup/open.js'),
			import('../backup/verify.js'),
			import('../backup/content.js'),
			import('../backup/restore.js'),
		]);
	const {host} = session;
	const loaded = await session.loadConfig();
	const settings = backupSettings(loaded);
	const found = await findBackup(settings.store, which, loaded.config);
	const database = await openBackupDatabase(loaded.config, host);
	try {
		const plan = await makePlan(database, found, flags);
		// Before a question is asked or anything dropped; restoreBackup does it again, right before it writes.
		const manifest = await assertBackup({store: settings.store, backup: found, depth: 'full'}, host);
		if (flags.dryRun) return restoreDryRunAnswer(session, plan);
		await confirm(session, plan, flags);
		const db = database.mongo.db(flags.to);
		if (plan.dropped.length > 0) await db.dropDatabase();
		const result = await restoreBackup({...settings, mongo: database.mongo, manifest, toDatabase: flags.to}, host);
		return restoredAnswer(session, plan, result, await compareWithManifest(db, manifest, host));
	} finally {
		await database.close();
	}
}

/** @throws SastaError BACKUP_FOREIGN, RESTORE_LIVE, TARGET_NOT_EMPTY */
async function makePlan(
	{mongo, name, state}: BackupDatabase,
	manifest: BackupManifest,
	{to, fromOtherDatabase, drop}: RestoreFlags,
): Promise<RestorePlan> {
	const [{assertLineage, readLineage}, {listLiveCollections}] = await Promise.all([
		import('../backup/lineage.js'),
		import('../backup/live-collections.js'),
	]);
	assertLineage(manifest, {name, lineage: await readLineage(state, name)}, fromOtherDatabase);
	const present = (await listLiveCollections(mongo.db(to))).map((collection) => collection.name);
	if (present.length > 0 && to === name) {
		throw new SastaError('RESTORE_LIVE', `${to} is the shop's own database, and it is not empty`, {
			hint: 'To take the shop back: sastaops release rollback. To look at the data: --to another name',
		});
	}
	if (present.length > 0 && !drop) {
		throw new SastaError(
			'TARGET_NOT_EMPTY',
			`The database ${to} is not empty: it has ${present.slice(0, 5).join(', ')}`,
			{
				hint: `Choose another name, or say --drop --confirm ${to}`,
			},
		);
	}
	return {manifest, toDatabase: to, dropped: present};
}

async function confirm(
	{host, flags, ask}: Session,
	plan: RestorePlan,
	{confirm: confirmed}: RestoreFlags,
): Promise<void> {
	const {toDatabase, dropped} = plan;
	const destroys = dropped.length > 0;
	if (destroys ? confirmed === toDatabase : flags.yes) return;
	host.stderr.write(`${renderText(restorePlanBlocks(plan))}\n`);
	const isSure = destroys
		? await ask({
				text: `This drops what ${toDatabase} holds.`,
				typed: toDatabase,
				flag: `--confirm ${toDatabase}`,
			})
		: await ask({text: 'Restore?', flag: '--yes'});
	if (!isSure) throw new SastaError('DECLINED', 'Not confirmed: nothing was changed');
}
