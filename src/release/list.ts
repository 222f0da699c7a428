import {listManifests} from '../backup/store.js';
import type {LoadedConfig} from '../kernel/config/load.js';
import type {Host} from '../kernel/host.js';
import {openGit} from '../ports/git.js';
import {backupOf} from './release-backup.js';
import {readTagMessage} from './tag-message.js';
import {type TaggedVersion, taggedVersions} from './version.js';
import {storeOf} from './world.js';

export type ListedRelease = {
	readonly version: string;
	readonly tag: string;
	readonly commit: string;
	/** Of sastaops; undefined for a tag somebody else made. */
	readonly run: string | undefined;
	readonly migrations: readonly string[];
	/** The id of the backup taken before it; undefined when it is not in the store here. */
	readonly backup: string | undefined;
};

/** Processes of git that run beside each other. */
const AT_ONCE = 8;

/** The releases by the tags here, greatest first; no network and no database is asked. */
export async function listReleases(
	{loaded, limit}: {loaded: LoadedConfig; limit: number},
	host: Host,
): Promise<ListedRelease[]> {
	const {config, root} = loaded;
	const git = await openGit(root, host);
	const [tags, manifests] = await Promise.all([
		git.tags(config.release.tagPrefix),
		listManifests(storeOf(config, root)),
	]);
	const releases = taggedVersions(tags, config.release.tagPrefix).slice(0, limit);
	const listed: ListedRelease[] = [];
	for (let from = 0; from < releases.length; from += AT_ONCE) {
		const some = releases.slice(from, from + AT_ONCE);
		listed.push(...(await Promise.all(some.map(describe))));
	}
	return listed;

	async function describe({version, tag, commit}: TaggedVersion): Promise<ListedRelease> {
		const facts = readTagMessage((await git.tagObject(tag))?.message ?? '');
		const backup = backupOf(manifests, facts)?.id;
		return {version, tag, commit, run: facts.run, migrations: facts.migrationIds, backup};
	}
}
