import type {Config} from '../../kernel/config/schema.js';
import {errorMessage, isSastaError} from '../../kernel/errors.js';
import type {Host} from '../../kernel/host.js';
import type {Git, Tagger} from '../../ports/git.js';
import {lastWords} from '../../ports/process.js';
import {type Change, readChange} from '../notes/change.js';
import {webUrlOf} from '../notes/write.js';
import {type TaggedVersion, taggedVersions} from '../version.js';

/** What the repository and its remote say, before the version is chosen. */
export type RepositoryFacts = {
	readonly head: string;
	/** Undefined on a detached HEAD. */
	readonly branch: string | undefined;
	readonly dirtyFiles: readonly string[];
	readonly isShallow: boolean;
	readonly remoteUrl: string | undefined;
	/** Undefined when the remote does not answer. */
	readonly remoteRefs: ReadonlyMap<string, string> | undefined;
	readonly remoteError: string | undefined;
	/** Versions by tags here and on the remote together, greatest first. */
	readonly releases: readonly TaggedVersion[];
	/** Those whose tag is here, so that their history can be read. */
	readonly releasesHere: readonly TaggedVersion[];
	/** The branch's commit on the remote; undefined when it is not there. */
	readonly remoteBranch: string | undefined;
	readonly relation: 'same' | 'ahead' | 'behind' | 'diverged' | 'unknown';
	readonly tagger: Omit<Tagger, 'date'> | undefined;
	readonly webUrl: string | undefined;
};

export async function readRepository(
	git: Git,
	{release}: Config,
	dirtyFiles: readonly string[],
): Promise<RepositoryFacts> {
	const [head, branch, isShallow, remoteUrl, localTags, name, email] = await Promise.all([
		git.head(),
		git.branch(),
		git.isShallow(),
		git.remoteUrl(release.remote),
		git.tags(release.tagPrefix),
		git.config('user.name'),
		git.config('user.email'),
	]);
	const remote = await readRemote(git, release.remote, release.tagPrefix, release.branch);
	const releasesHere = taggedVersions(localTags, release.tagPrefix);
	const there = taggedVersions(remote.tags, release.tagPrefix);
	const known = new Set(releasesHere.map(({tag}) => tag));
	const remoteBranch = remote.refs?.get(`refs/heads/${release.branch}`);
	return {
		head,
		branch,
		dirtyFiles,
		isShallow,
		remoteUrl,
		remoteRefs: remote.refs,
		remoteError: remote.error,
		releases: taggedVersions(
			new Map([
				...localTags,
				...there.filter(({tag}) => !known.has(tag)).map(({tag, commit}) => [tag, commit] as const),
			]),
			release.tagPrefix,
		),
		releasesHere,
		remoteBranch,
		relation: await relationOf(git, head, remoteBranch),
		tagger: name !== undefined && email !== undefined ? {name, email} : undefined,
		webUrl: webUrlOf(remoteUrl),
	};
}

async function readRemote(git: Git, remote: string, prefix: string, branch: string) {
	try {
		const refs = await git.lsRemote(remote, [`refs/heads/${branch}`, `refs/tags/${prefix}*`]);
		const tags = new Map<string, string>();
		for (const [ref, objectId] of refs) {
			const [, tag, peeled] = /^refs\/tags\/(.*?)(\^\{\})?$/.exec(ref) ?? [];
			if (tag !== undefined && (peeled || !tags.has(tag))) tags.set(tag, objectId);
		}
		return {refs, tags, error: undefined};
	} catch (error) {
		if (!isSastaError(error, 'REMOTE_UNREACHABLE')) throw error;
		return {
			refs: undefined,
			tags: new Map<string, string>(),
			error: [errorMessage(error), ...error.details].join(': '),
		};
	}
}

async function relationOf(git: Git, head: string, remote: string | undefined): Promise<RepositoryFacts['relation']> {
	if (remote === undefined) return 'unknown';
	if (remote === head) return 'same';
	// A commit we do not have can only be newer than what we know.
	if ((await git.resolve(remote)) === undefined) return 'behind';
	if (await git.isAncestor(remote, head)) return 'ahead';
	return (await git.isAncestor(head, remote)) ? 'behind' : 'diverged';
}

/** Changed and untracked files, without what lies in sastaops' own folders. */
export async function readDirtyFiles(git: Git, ignoredFolders: readonly string[]): Promise<string[]> {
	const dirty = await git.dirtyFiles();
	return dirty.filter((line) => !ignoredFolders.some((folder) => line.slice(3).startsWith(`${folder}/`)));
}

/** What changed since a release, and whether all of it can be seen from here. */
export type HistoryFacts = {
	readonly previous: TaggedVersion | undefined;
	readonly changes: readonly Change[];
	/** False when a shallow clone ends before the previous release, or its tag was never fetched. */
	readonly isComplete: boolean;
};

export async function readHistory(
	git: Git,
	{head, isShallow, releasesHere}: Pick<RepositoryFacts, 'head' | 'isShallow' | 'releasesHere'>,
	previous: TaggedVersion | undefined,
): Promise<HistoryFacts> {
	const isHere =
		previous !== undefined &&
		releasesHere.some(({tag}) => tag === previous.tag) &&
		(await git.isAncestor(previous.commit, head));
	const isComplete = previous === undefined ? !isShallow : isHere;
	const commits = await git.log(isHere ? previous.commit : undefined, head);
	return {previous, changes: commits.map(readChange), isComplete};
}

/** Whether the remote would take our push, asked with `--dry-run`; the pre-push hook runs too. */
export async function tryPush(
	git: Git,
	{remote, tag, commit, branch}: {remote: string; tag: string; commit: string; branch: string},
	host: Pick<Host, 'redact'>,
) {
	const {exitCode, stderr, stdout} = await git.push({
		remote,
		refspecs: [`${commit}:refs/heads/${branch}`, `${commit}:refs/tags/${tag}`],
		leases: [{ref: `refs/tags/${tag}`, expected: ''}],
		dryRun: true,
	});
	return {isAccepted: exitCode === 0, words: lastWords(`${stdout}\n${stderr}`, host)};
}

/** Whether signing works, proved on a commit object that no ref will ever name. */
export async function trySigning(git: Git, commit: string, host: Pick<Host, 'redact'>) {
	const {exitCode, stderr} = await git.run(['commit-tree', '-S', '-m', 'signing probe', `${commit}^{tree}`]);
	return {works: exitCode === 0, words: lastWords(stderr, host)};
}
