import {join, relative, resolve} from 'node:path';
import {readLineage} from '../../backup/lineage.js';
import type {BackupManifest} from '../../backup/manifest.js';
import {listManifests} from '../../backup/store.js';
import {judgeRename, readIdentity} from '../../database/privileges.js';
import type {Host} from '../../kernel/host.js';
import {type KnownRun, listRuns} from '../../kernel/journal/open-run.js';
import {wasBegun} from '../../kernel/steps.js';
import {type MigrationRow, migrationRows} from '../../migrate/rows.js';
import {githubRepository, githubToken} from '../facts/github.js';
import {type TaggedVersion, taggedVersions} from '../version.js';
import type {World} from '../world.js';
import {chooseBackup, lastBackAt} from './choose-backup.js';
import {readWritesSince, type WritesSince} from './writes-since.js';

/** Everything a rollback is decided from, read without changing anything. */
export type RollbackFacts = {
	readonly nowMs: number;
	readonly head: string;
	/** All releases by tags here and on the remote, greatest first. */
	readonly releases: readonly TaggedVersion[];
	readonly target: TaggedVersion | undefined;
	/** Undefined for `database: none`. */
	readonly data: RollbackDataFacts | undefined;
	/** Somebody named the backup to go back to: the way forward again, after a rollback. */
	readonly isBackupChosen: boolean;
	readonly openRun: KnownRun | undefined;
	/** The open run is past its push and may be ended by a rollback. */
	readonly isOpenRunPushed: boolean;
	readonly githubRepository: string | undefined;
};

export type RollbackDataFacts = {
	/** Applied migrations whose files the target's commit does not have. */
	readonly since: readonly MigrationRow[];
	/** The backup that holds the data as the target's code left it; see chooseBackup. */
	readonly backup: BackupManifest | undefined;
	readonly lineage: string | undefined;
	/** Estimated, for the question; the run exports them exactly. */
	readonly writes: WritesSince | undefined;
	/** Whether the user may rename collections, as far as the server tells. */
	readonly rename: 'yes' | 'no' | 'unknown';
	/** Every collection and view there is. */
	readonly collections: readonly string[];
	/** Collections that cannot be switched by renaming them. */
	readonly unswitchable: readonly string[];
};

export async function gatherRollbackFacts(
	world: World,
	{version, backupId}: {version: string; backupId: string | undefined},
	host: Host,
): Promise<RollbackFacts> {
	const {git, config, runs, mirror} = world;
	const {tagPrefix, remote} = config.release;
	const [head, local, remoteRefs, known, repository] = await Promise.all([
		git.head(),
		git.tags(tagPrefix),
		git.lsRemote(remote, [`refs/tags/${tagPrefix}*`]),
		listRuns(runs, mirror),
		githubRepository(world, host),
	]);
	const there = [...remoteRefs]
		.filter(([ref]) => ref.endsWith('^{}'))
		.map(([ref, commit]) => [ref.slice('refs/tags/'.length, -'^{}'.length), commit] as const);
	const releases = taggedVersions(new Map([...there, ...local]), tagPrefix);
	const target = releases.find((release) => release.version === version);
	const openRun = known.findLast(({isOpen}) => isOpen);
	const backAtMs = lastBackAt(
		known.map(({journal}) => journal.records),
		version,
	);
	return {
		nowMs: host.now(),
		head,
		releases,
		target,
		data: target && world.database ? await readDataFacts(world, {target, releases, backupId, backAtMs}) : undefined,
		isBackupChosen: backupId !== undefined,
		openRun,
		isOpenRunPushed: openRun
			? wasBegun(openRun.journal.records, 'deploy') || wasBegun(openRun.journal.records, 'push')
			: false,
		githubRepository: githubToken(host.env) === undefined ? undefined : repository,
	};
}

async function readDataFacts(
	{database, git, root, store}: World,
	{
		target,
		releases,
		backupId,
		backAtMs,
	}: {
		target: TaggedVersion;
		releases: readonly TaggedVersion[];
		backupId: string | undefined;
		backAtMs: number | undefined;
	},
): Promise<RollbackDataFacts> {
	if (!database) throw new Error('no database');
	const folder = relative(git.root, resolve(root, database.config.migrations));
	const [files, rows, manifests, lineage, collections, identity] = await Promise.all([
		git.listFiles(target.commit, folder),
		migrationRows(database.db)
			.find({state: {$in: ['applied', 'marked', 'running', 'failed']}})
			.sort({_id: 1})
			.toArray(),
		listManifests(store),
		readLineage(database.state, database.config.name),
		database.db.listCollections({}, {nameOnly: true}).toArray(),
		readIdentity(database.db),
	]);
	const known = new Set(files.map((file) => file.slice(join(folder, '/').length).replace(/\.[cm]?[jt]s$/, '')));
	const above = new Set(versionsAbove(releases, target));
	const backup =
		backupId === undefined ? chooseBackup({manifests, above, backAtMs}) : manifests.find(({id}) => id === backupId);
	return {
		since: rows.filter(({_id}) => !known.has(_id)),
		backup,
		lineage,
		writes: backup && (await readWritesSince(database.db, backup)),
		rename: judgeRename(identity, database.config.name),
		collections: collections.map(({name}) => name),
		unswitchable: collections.filter(({type}) => type === 'timeseries').map(({name}) => name),
	};
}

function versionsAbove(releases: readonly TaggedVersion[], target: TaggedVersion): string[] {
	const place = releases.findIndex(({tag}) => tag === target.tag);
	return releases.slice(0, place).map(({version}) => version);
}
