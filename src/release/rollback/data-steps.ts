import {compareContent, databaseContent} from '../../backup/content.js';
import {createBackup} from '../../backup/create.js';
import {ensureLineage} from '../../backup/lineage.js';
import {restoreBackup} from '../../backup/restore.js';
import {readManifest} from '../../backup/store.js';
import {assertBackup} from '../../backup/verify.js';
import {splitArgv} from '../../kernel/argv.js';
import {durationMs, formatBytes} from '../../kernel/duration.js';
import {isSastaError, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import {isDone, type Step, wasBegun} from '../../kernel/steps.js';
import {dataPartsOf, type RollbackContext} from './context.js';
import {exportLostDocuments} from './export-lost.js';
import {dropCollections, liveBefore, readSwitchState, renameAll, restoreViews, viewsNow} from './live-switch.js';
import {whileNobodyWrites} from './quiet.js';
import {remainingRenames, reverseRenames} from './switch.js';

/** The whole archive, every byte, before anything is touched. */
export const checkBackup: Step<RollbackContext> = {
	name: 'check-backup',
	title: ({plan}) => `verify     the backup ${plan.data?.backup ?? ''}`,
	probe: async ({journal}) => (isDone(journal.records, 'check-backup') ? {state: 'done'} : {state: 'absent'}),
	async apply(context) {
		const {data} = await dataPartsOf(context);
		const manifest = await assertBackup({store: context.world.store, backup: data.backup, depth: 'full'}, context.host);
		if (manifest.archive.sha256 !== data.backupSha256) {
			throw new SastaError('BACKUP_REPLACED', `The backup ${data.backup} is not the one the plan was made with`, {
				exitCode: EXIT.stopped,
				hint: 'sastaops release abort, then plan again',
			});
		}
		return {detail: formatBytes(manifest.archive.uncompressedBytes)};
	},
};

/** What is live now is kept whole, so that the rollback can itself be rolled back. */
export const safetyBackup: Step<RollbackContext> = {
	name: 'safety-backup',
	title: () => 'back up    what is live now',
	async probe(context) {
		const {data} = await dataPartsOf(context);
		const manifest = await findManifest(context, data.safetyBackup);
		if (manifest?.verified) return {state: 'done'};
		return wasBegun(context.journal.records, 'switch')
			? {state: 'foreign', reason: `The safety backup ${data.safetyBackup} is gone`}
			: {state: 'absent'};
	},
	async apply(context) {
		const {data, database} = await dataPartsOf(context);
		const {backup} = context.world.config;
		const manifest = await createBackup(
			{
				mongo: database.mongo,
				database: data.database,
				lineage: await ensureLineage(database.state, data.database),
				store: context.world.store,
				id: data.safetyBackup,
				engine: backup.engine,
				mongodump: words(backup.mongodump),
				timeoutMs: durationMs(backup.timeout),
			},
			context.host,
		);
		return {detail: `${manifest.id}   ${formatBytes(manifest.archive.uncompressedBytes)}`};
	},
	async undo(context) {
		return `the safety backup ${(await dataPartsOf(context)).data.safetyBackup} is kept`;
	},
};

export const maintenanceOn: Step<RollbackContext> = {
	name: 'maintenance-on',
	title: () => 'stop       writes to the shop',
	async probe(context) {
		const {maintenance} = await dataPartsOf(context);
		const isOn = await maintenance.isOn(context.plan.run);
		return isOn === true ||
			(isOn === 'unknown' && isDone(context.journal.records, 'maintenance-on')) ||
			isDone(context.journal.records, 'maintenance-off')
			? {state: 'done'}
			: {state: 'absent'};
	},
	async apply(context) {
		const {maintenance} = await dataPartsOf(context);
		await maintenance.on(context.plan.run, `rollback to ${context.plan.version}`);
		return {detail: maintenance.title};
	},
	async undo(context) {
		await (await dataPartsOf(context)).maintenance.off(context.plan.run);
		return 'the shop takes writes again';
	},
};

/** Beside the live data, under names of its own. */
export const restoreStaged: Step<RollbackContext> = {
	name: 'restore',
	title: ({plan}) => `restore    ${plan.data?.backup ?? ''} beside the live data`,
	probe: async ({journal}) =>
		wasBegun(journal.records, 'switch') || isDone(journal.records, 'compare') ? {state: 'done'} : {state: 'absent'},
	async apply(context) {
		const {data, database, manifest} = await dataPartsOf(context);
		await dropCollections(context, data.names.staged);
		const {documents} = await restoreBackup(
			{
				mongo: database.mongo,
				manifest,
				store: context.world.store,
				toDatabase: data.database,
				toPrefix: data.names.staged,
				engine: context.world.config.backup.engine,
				mongorestore: words(context.world.config.backup.mongorestore),
				timeoutMs: durationMs(context.world.config.backup.timeout),
				exclude: manifest.collections.filter(({type}) => type === 'view').map(({name}) => name),
			},
			context.host,
		);
		return {detail: `${documents.toLocaleString('en-IN')} documents`};
	},
	async undo(context) {
		const dropped = await dropCollections(context, (await dataPartsOf(context)).data.names.staged);
		return `${dropped} restored collections are dropped`;
	},
};

/** Counts, content, indexes and options, against the manifest. */
export const compareStaged: Step<RollbackContext> = {
	name: 'compare',
	title: () => 'compare    what was restored with the manifest',
	probe: async ({journal}) => (wasBegun(journal.records, 'switch') ? {state: 'done'} : {state: 'absent'}),
	async apply(context) {
		const {data, database, manifest} = await dataPartsOf(context);
		const expected = manifest.collections.filter(({type}) => type !== 'view');
		const differences = compareContent(expected, await databaseContent(database.db, context.host, data.names.staged));
		if (differences.length === 0) return {detail: `${expected.length} collections, content hashes equal`};
		throw new SastaError('RESTORE_DIFFERS', 'What was restored is not what was backed up; the live data is untouched', {
			exitCode: EXIT.stopped,
			details: differences.map(
				({collection, what, expected: wanted, found}) =>
					`${collection}: ${what} ${short(found)}, expected ${short(wanted)}`,
			),
			hint: 'It stays to be looked at. Restore again: sastaops release resume; or go back: sastaops release abort',
		});
	},
};

/** Every document that the backup lacks or holds otherwise, on the disk before anything moves. */
export const exportLost: Step<RollbackContext> = {
	name: 'export',
	title: () => 'export     what was written since the backup',
	probe: async ({journal}) => (wasBegun(journal.records, 'switch') ? {state: 'done'} : {state: 'absent'}),
	async apply(context) {
		const {data, database} = await dataPartsOf(context);
		const request = {db: database.db, staged: data.names.staged, run: context.plan.run, root: context.world.git.root};
		const lost = await whileNobodyWrites({mongo: database.mongo, database: data.database}, context.host, () =>
			exportLostDocuments(request, context.host),
		);
		return {
			detail: `${lost.documents.toLocaleString('en-IN')} documents to ${lost.folder}`,
			facts: {folder: lost.folder, documents: lost.documents},
		};
	},
	async undo(context) {
		return `the export in .sastaops/rollbacks/${context.plan.run} is kept`;
	},
};

/** The restored collections take the live ones' places, which stay under safety names. */
export const switchLive: Step<RollbackContext> = {
	name: 'switch',
	title: () => 'switch     to the restored data',
	// Told done only after the last rename: what is missing of a cut one is told by the names that exist.
	probe: async ({journal}) => (isDone(journal.records, 'switch') ? {state: 'done'} : {state: 'absent'}),
	async apply(context, note) {
		const {manifest} = await dataPartsOf(context);
		const state = await readSwitchState(context);
		if (!liveBefore(context)) await note({collections: state.existing, views: await viewsNow(context)});
		await renameAll(context, remainingRenames(state));
		await restoreViews(
			context,
			manifest.collections.filter(({type}) => type === 'view'),
		);
		return {};
	},
	async undo(context) {
		const before = liveBefore(context);
		if (!before) return 'nothing was switched';
		await renameAll(context, reverseRenames(await readSwitchState(context), before));
		await restoreViews(context, before.views);
		return 'the data that was live is live again';
	},
};

export const maintenanceOff: Step<RollbackContext> = {
	name: 'maintenance-off',
	title: () => 'allow      writes to the shop',
	async probe(context) {
		const {maintenance} = await dataPartsOf(context);
		const isOn = await maintenance.isOn(context.plan.run);
		return isOn === false || (isOn === 'unknown' && isDone(context.journal.records, 'maintenance-off'))
			? {state: 'done'}
			: {state: 'absent'};
	},
	async apply(context) {
		await (await dataPartsOf(context)).maintenance.off(context.plan.run);
		return {};
	},
};

export const cleanUp: Step<RollbackContext> = {
	name: 'clean-up',
	title: () => 'drop       the collections that were live before',
	probe: async () => ({state: 'absent'}),
	async apply(context) {
		const {data} = await dataPartsOf(context);
		const dropped = await dropCollections(context, data.names.before);
		return {detail: `${dropped} collections; they are in the safety backup`};
	},
};

async function findManifest({world}: RollbackContext, id: string) {
	try {
		return await readManifest(world.store, id);
	} catch (error) {
		if (isSastaError(error, 'BACKUP_NOT_FOUND')) return undefined;
		throw error;
	}
}

function words(command: string | readonly string[]): readonly string[] {
	return typeof command === 'string' ? splitArgv(command) : command;
}

function short(text: string): string {
	return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
