import {listManifests} from '../backup/store.js';
import type {LoadedConfig} from '../kernel/config/load.js';
import type {Host} from '../kernel/host.js';
import {openGit} from '../ports/git.js';
import {backupOf} from './release-backup.js';
import {readTagMessage} from './tag-message.js';
import {taggedVersions} from './version.js';
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
	return Promise.all(
		releases.map(async ({version, tag, commit}) => {
			const facts = readTagMessage((await git.tagObject(tag))?.message ?? '');
			return {
				version,
				tag,
				commit,
				run: facts.run,
				migrations: facts.migrationIds,
				backup: backupOf(manifests, facts)?.id,
			};
		}),
	);
}
