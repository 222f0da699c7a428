import type {BackupManifest} from '../../backup/manifest.js';
import {readManifest} from '../../backup/store.js';
import {splitArgv} from '../../kernel/argv.js';
import {durationMs, formatBytes} from '../../kernel/duration.js';
import {isSastaError, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Step, StepFacts} from '../../kernel/steps.js';
import {databaseOf, type ReleaseContext, textFact} from '../context.js';

/** Data first: nothing that changes anything comes before this is on the disk and whole. */
export const backUp: Step<ReleaseContext> = {
	name: 'backup',
	title: ({plan}) => `back up    ${plan.database?.name ?? ''}`,
	async probe(context) {
		const manifest = await backupManifestOf(context);
		if (manifest) return {state: 'done', facts: factsOfManifest(manifest), detail: describe(manifest)};
		if (!(await hasDataChanged(context))) return {state: 'absent'};
		const sha256 = textFact(context, 'backup', 'sha256');
		if (sha256 === undefined)
			return {
				state: 'foreign',
				reason: 'The data was changed and there is no backup of this run',
				hint: 'sastaops backup list',
			};
		return {
			state: 'done',
			facts: {sha256, isElsewhere: true},
			detail: `on the machine that began the run (sha256 ${sha256.slice(0, 8)}…)`,
		};
	},
	async apply(context) {
		const {plan, world, host} = context;
		const {mongo, state, config} = databaseOf(context);
		const {backup} = world.config;
		const [{createBackup}, {ensureLineage}] = await Promise.all([
			import('../../backup/create.js'),
			import('../../backup/lineage.js'),
		]);
		const manifest = await createBackup(
			{
				mongo,
				database: config.name,
				lineage: await ensureLineage(state, config.name),
				store: world.store,
				id: backupId(context),
				engine: backup.engine,
				mongodump: typeof backup.mongodump === 'string' ? splitArgv(backup.mongodump) : backup.mongodump,
				timeoutMs: durationMs(backup.timeout),
				release: {version: plan.version, tag: plan.tag, run: plan.run},
			},
			host,
		);
		return {facts: factsOfManifest(manifest), detail: describe(manifest)};
	},
	async undo(context) {
		const manifest = await backupManifestOf(context);
		return manifest ? `the backup ${manifest.id} is kept in ${context.world.store}` : 'no backup was finished';
	},
};

/** Reads the archive again from the disk, so that nothing that happened to it since goes unseen. */
export const verifyBackup: Step<ReleaseContext> = {
	name: 'verify-backup',
	title: () => 'verify     the backup',
	async probe(context) {
		return context.facts('backup')['isElsewhere'] === true
			? {state: 'done', detail: 'was verified where it lies'}
			: {state: 'absent'};
	},
	async apply(context) {
		const {assertBackup} = await import('../../backup/verify.js');
		const manifest = await assertBackup(
			{store: context.world.store, backup: backupId(context), depth: 'hash'},
			context.host,
		);
		if (manifest.archive.sha256 !== textFact(context, 'backup', 'sha256')) {
			throw new SastaError('BACKUP_REPLACED', `The backup ${manifest.id} is not the one this run made`, {
				exitCode: EXIT.stopped,
				hint: 'sastaops release abort, and find out who replaced it',
			});
		}
		const documents = manifest.collections.reduce((sum, collection) => sum + collection.documents, 0);
		return {detail: `${documents.toLocaleString('en-IN')} documents, every checksum`};
	},
};

export function backupId({plan}: Pick<ReleaseContext, 'plan'>): string {
	if (!plan.backup) throw new Error('a backup step was planned without a backup');
	return plan.backup.id;
}

/** The manifest of the run's backup; undefined when it lies on another machine. */
export async function backupManifestOf(context: ReleaseContext): Promise<BackupManifest | undefined> {
	try {
		return await readManifest(context.world.store, backupId(context));
	} catch (error) {
		if (isSastaError(error, 'BACKUP_NOT_FOUND')) return undefined;
		throw error;
	}
}

/** Whether this run has begun to migrate: a backup taken now would no longer be of the data before it. */
async function hasDataChanged(context: ReleaseContext): Promise<boolean> {
	const {db} = databaseOf(context);
	const [row, seed] = await Promise.all([
		db.collection('sastaops_migrations').findOne({run: context.plan.run}),
		db.collection('sastaops_seeds').findOne({run: context.plan.run, undoneAt: null}),
	]);
	return row !== null || seed !== null;
}

function factsOfManifest({id, archive}: BackupManifest): StepFacts {
	return {id, sha256: archive.sha256, bytes: archive.bytes};
}

function describe({archive, collections}: BackupManifest): string {
	return `${formatBytes(archive.uncompressedBytes)} in ${collections.length} collections   sha256 ${archive.sha256.slice(0, 4)}…${archive.sha256.slice(-2)}`;
}
