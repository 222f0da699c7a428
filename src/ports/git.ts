import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {type SimpleGit, simpleGit} from 'simple-git';
import {errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {parseLog, parseRefs, parseTagObject, type TagObject} from './git-parse.js';
import {lastWords, type ProcessResult, runProcess} from './process.js';

export type Commit = {
	readonly hash: string;
	readonly authorName: string;
	readonly authorEmail: string;
	/** ISO 8601. */
	readonly date: string;
	readonly message: string;
};

export type Tagger = {
	readonly name: string;
	readonly email: string;
	/** Seconds since the epoch and the offset, as git writes them: `1764000000 +0530`. */
	readonly date: string;
};

export type PushRequest = {
	readonly remote: string;
	/** Object id or ref on the left, full ref name on the right: `abc…:refs/tags/v1.2.0`. Empty on the left deletes. */
	readonly refspecs: readonly string[];
	/** What each ref must be on the remote for the push to happen: object id, or empty for "must not exist". */
	readonly leases: readonly {readonly ref: string; readonly expected: string}[];
	readonly dryRun?: boolean;
};

export type Git = {
	/** The work tree's top folder. */
	readonly root: string;
	/** Of git itself: `2.39.5`. */
	version(): Promise<string>;
	head(): Promise<string>;
	/** Undefined on a detached HEAD. */
	branch(): Promise<string | undefined>;
	/** Changed and untracked files, as `git status --porcelain` shows them. */
	dirtyFiles(): Promise<string[]>;
	isShallow(): Promise<boolean>;
	/** The commit a name means; undefined where it means none. */
	resolve(name: string): Promise<string | undefined>;
	isAncestor(ancestor: string, descendant: string): Promise<boolean>;
	/** Local tags whose name begins with the prefix: name to commit. */
	tags(prefix: string): Promise<Map<string, string>>;
	/** Commits in `to` that `from` does not have, newest first. */
	log(from: string | undefined, to: string): Promise<Commit[]>;
	/** The object a tag's ref holds; undefined when there is no such tag. */
	tagObject(tag: string): Promise<TagObject | undefined>;
	remoteUrl(remote: string): Promise<string | undefined>;
	config(key: string): Promise<string | undefined>;
	/** Refs on the remote: full name to object id, peeled ones (`…^{}`) included. @throws SastaError REMOTE_UNREACHABLE */
	lsRemote(remote: string, patterns: readonly string[]): Promise<Map<string, string>>;
	/** Makes an annotated tag with these very bytes, so that it can be made again: same input, same object id. */
	createTag(request: {
		readonly tag: string;
		readonly commit: string;
		readonly message: string;
		readonly tagger: Tagger;
		readonly sign: boolean;
	}): Promise<TagObject>;
	/** A commit that changes one file, made without touching any work tree, index or ref; resolves to its id. */
	commitFile(request: {
		readonly parent: string;
		readonly path: string;
		readonly content: string;
		readonly message: string;
		readonly author: Tagger;
	}): Promise<string>;
	/** Deletes a local tag if it still holds this object. */
	deleteTag(tag: string, objectId: string): Promise<void>;
	/** Pushes with `--atomic`, explicit refspecs and leases. The words git answers with prove nothing: ask `lsRemote`. */
	push(request: PushRequest): Promise<ProcessResult>;
	/** Gets one tag, and what it needs, from the remote. */
	fetchTag(remote: string, tag: string): Promise<void>;
	/** The content of a file at a commit; undefined when it is not there. */
	show(commit: string, path: string): Promise<string | undefined>;
	/** Names of the files below a folder at a commit. */
	listFiles(commit: string, folder: string): Promise<string[]>;
	/** Runs git and gives its answer whatever its exit code. */
	run(
		args: readonly string[],
		options?: {readonly input?: string; readonly env?: Readonly<Record<string, string>>},
	): Promise<ProcessResult>;
};

type GitHost = Pick<Host, 'cwd' | 'env' | 'signal' | 'monotonicMs' | 'redact'>;

const LOCAL_TIMEOUT_MS = 60_000;
const NETWORK_TIMEOUT_MS = 120_000;

/** Variables simple-git refuses to pass on; reading needs none of them. */
const GUARDED = /^(?:GIT_.*|EDITOR|VISUAL|PAGER|PREFIX|SSH_ASKPASS)$/i;

/** Of these, those that decide where git finds its configuration. */
const KEPT_ENVIRONMENT = ['GIT_CONFIG_GLOBAL', 'GIT_CONFIG_SYSTEM', 'GIT_CONFIG_NOSYSTEM', 'GIT_CEILING_DIRECTORIES'];

/**
 * Opens the repository around `cwd`.
 * @throws SastaError GIT_MISSING, NO_REPOSITORY
 */
export async function openGit(cwd: string, host: GitHost): Promise<Git> {
	const run: Git['run'] = (args, {input, env} = {}) =>
		runProcess(host, {
			argv: ['git', ...args],
			cwd,
			timeoutMs: LOCAL_TIMEOUT_MS,
			uninterruptible: true,
			...(input === undefined ? {} : {input}),
			...(env ? {env} : {}),
		});
	const top = await run(['rev-parse', '--show-toplevel']).catch((error: unknown) => {
		throw new SastaError('GIT_MISSING', 'git is needed and cannot be run', {
			exitCode: EXIT.usage,
			cause: error,
			hint: 'Install git',
		});
	});
	if (top.exitCode !== 0) {
		throw new SastaError('NO_REPOSITORY', `${cwd} is not inside a git repository`, {
			exitCode: EXIT.usage,
			hint: 'Go to your shop’s repository and run it there',
		});
	}
	const root = top.stdout.trim();
	const environment = Object.fromEntries(
		Object.entries(host.env).filter(([name]) => !GUARDED.test(name) || KEPT_ENVIRONMENT.includes(name)),
	);
	const git = simpleGit({
		baseDir: root,
		allowEnvironment: KEPT_ENVIRONMENT,
		unsafe: {allowUnsafeConfigPaths: true},
		timeout: {block: LOCAL_TIMEOUT_MS},
	}).env(environment as NodeJS.ProcessEnv);
	return {
		root,
		run,
		...readers(git, run),
		...remotes(root, host),
		...tagging(git, run),
		commitFile: (request) => commitFile(run, root, request),
	};
}

type Readers = Pick<
	Git,
	| 'version'
	| 'head'
	| 'branch'
	| 'dirtyFiles'
	| 'isShallow'
	| 'resolve'
	| 'isAncestor'
	| 'tags'
	| 'log'
	| 'remoteUrl'
	| 'config'
	| 'show'
	| 'listFiles'
>;

function readers(git: SimpleGit, run: Git['run']): Readers {
	const resolve: Git['resolve'] = async (name) => {
		const {exitCode, stdout} = await run(['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`]);
		return exitCode === 0 ? stdout.trim() : undefined;
	};
	return {
		resolve,
		version: async () => (await run(['--version'])).stdout.trim().replace(/^git version /, ''),
		head: async () => {
			const commit = await resolve('HEAD');
			if (commit === undefined)
				throw new SastaError('NO_COMMITS', 'The repository has no commit yet', {hint: 'Commit something first'});
			return commit;
		},
		branch: async () => {
			const {exitCode, stdout} = await run(['symbolic-ref', '--quiet', '--short', 'HEAD']);
			return exitCode === 0 ? stdout.trim() : undefined;
		},
		dirtyFiles: async () =>
			(await git.status()).files.map(({path, index, working_dir: workTree}) => `${index}${workTree} ${path}`),
		isShallow: async () => (await git.revparse(['--is-shallow-repository'])).trim() === 'true',
		isAncestor: async (ancestor, descendant) =>
			(await run(['merge-base', '--is-ancestor', ancestor, descendant])).exitCode === 0,
		tags: async (prefix) =>
			parseRefs(
				await git.raw([
					'for-each-ref',
					'--format=%(if)%(*objectname)%(then)%(*objectname)%(else)%(objectname)%(end) %(refname:short)',
					`refs/tags/${prefix}*`,
				]),
			),
		log: async (from, to) =>
			parseLog(
				await git.raw([
					'log',
					'-z',
					'--no-show-signature',
					'--format=%H%x01%aN%x01%aE%x01%aI%x01%B',
					from === undefined ? to : `${from}..${to}`,
					'--',
				]),
			),
		remoteUrl: async (remote) => {
			const {exitCode, stdout} = await run(['remote', 'get-url', remote]);
			return exitCode === 0 ? stdout.trim() : undefined;
		},
		config: async (key) => (await git.getConfig(key)).value ?? undefined,
		show: async (commit, path) => {
			const {exitCode, stdout} = await run(['show', `${commit}:${path}`]);
			return exitCode === 0 ? stdout : undefined;
		},
		listFiles: async (commit, folder) => {
			const {exitCode, stdout} = await run(['ls-tree', '-r', '-z', '--name-only', commit, '--', folder]);
			return exitCode === 0 ? stdout.split('\0').filter((name) => name !== '') : [];
		},
	};
}

function remotes(root: string, host: GitHost): Pick<Git, 'lsRemote' | 'push' | 'fetchTag'> {
	const network = (args: readonly string[]) =>
		runProcess(host, {argv: ['git', ...args], cwd: root, timeoutMs: NETWORK_TIMEOUT_MS, uninterruptible: true});
	return {
		lsRemote: async (remote, patterns) => {
			const {exitCode, stdout, stderr, timedOut} = await network(['ls-remote', '--quiet', remote, ...patterns]);
			if (exitCode !== 0) {
				throw new SastaError(
					'REMOTE_UNREACHABLE',
					`The git remote ${remote} does not answer${timedOut ? ' in time' : ''}`,
					{
						exitCode: EXIT.outside,
						details: lastWords(stderr, host),
						hint: 'Check the network and your credentials: git ls-remote',
					},
				);
			}
			return parseRefs(stdout);
		},
		push: ({remote, refspecs, leases, dryRun = false}) =>
			network([
				'push',
				'--atomic',
				'--porcelain',
				'--no-follow-tags',
				'--recurse-submodules=no',
				...(dryRun ? ['--dry-run'] : []),
				...leases.map(({ref, expected}) => `--force-with-lease=${ref}:${expected}`),
				remote,
				...refspecs,
			]),
		fetchTag: async (remote, tag) => {
			const {exitCode, stderr} = await network([
				'fetch',
				'--quiet',
				'--no-tags',
				remote,
				`refs/tags/${tag}:refs/tags/${tag}`,
			]);
			if (exitCode !== 0) {
				throw new SastaError('REMOTE_UNREACHABLE', `Cannot fetch the tag ${tag} from ${remote}`, {
					exitCode: EXIT.outside,
					details: lastWords(stderr, host),
				});
			}
		},
	};
}

function tagging(git: SimpleGit, run: Git['run']): Pick<Git, 'tagObject' | 'createTag' | 'deleteTag'> {
	const tagObject: Git['tagObject'] = async (tag) => {
		const {exitCode, stdout} = await run(['rev-parse', '--verify', '--quiet', `refs/tags/${tag}`]);
		if (exitCode !== 0) return undefined;
		const objectId = stdout.trim();
		const type = (await git.raw(['cat-file', '-t', objectId])).trim();
		if (type !== 'tag') return {objectId, commit: objectId, message: undefined};
		return parseTagObject(objectId, await git.raw(['cat-file', '-p', objectId]));
	};
	return {
		tagObject,
		createTag: async ({tag, commit, message, tagger, sign}) => {
			const env = {
				GIT_COMMITTER_NAME: tagger.name,
				GIT_COMMITTER_EMAIL: tagger.email,
				GIT_COMMITTER_DATE: tagger.date,
				GIT_EDITOR: 'true',
			};
			const {exitCode, stderr} = await run(
				['tag', sign ? '--sign' : '--no-sign', '--annotate', '--cleanup=verbatim', '--file=-', tag, commit],
				{input: message, env},
			);
			const made = exitCode === 0 ? await tagObject(tag) : undefined;
			if (!made)
				throw new SastaError('TAG_FAILED', `git could not make the tag ${tag}`, {
					exitCode: EXIT.stopped,
					details: stderr.trim().split('\n').slice(-3),
				});
			return made;
		},
		deleteTag: async (tag, objectId) => {
			const {exitCode, stderr} = await run(['update-ref', '-d', `refs/tags/${tag}`, objectId]);
			if (exitCode !== 0)
				throw new SastaError('TAG_CHANGED', `The local tag ${tag} is no longer ours; it stays`, {
					exitCode: EXIT.stopped,
					cause: new Error(errorMessage(stderr)),
				});
		},
	};
}

async function commitFile(
	run: Git['run'],
	root: string,
	{parent, path, content, message, author}: Parameters<Git['commitFile']>[0],
): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'sastaops-index-'));
	const env = {
		GIT_INDEX_FILE: join(folder, 'index'),
		GIT_AUTHOR_NAME: author.name,
		GIT_AUTHOR_EMAIL: author.email,
		GIT_AUTHOR_DATE: author.date,
		GIT_COMMITTER_NAME: author.name,
		GIT_COMMITTER_EMAIL: author.email,
		GIT_COMMITTER_DATE: author.date,
	};
	const must = async (args: readonly string[], input?: string): Promise<string> => {
		const {exitCode, stdout, stderr} = await run(args, {env, ...(input === undefined ? {} : {input})});
		if (exitCode === 0) return stdout.trim();
		throw new SastaError('COMMIT_FAILED', `git could not write ${path} in ${root}`, {
			exitCode: EXIT.stopped,
			details: stderr.trim().split('\n').slice(-3),
		});
	};
	try {
		const blob = await must(['hash-object', '-w', '--stdin'], content);
		await must(['read-tree', parent]);
		await must(['update-index', '--add', '--cacheinfo', `100644,${blob},${path}`]);
		return await must(['commit-tree', '-p', parent, '-F', '-', await must(['write-tree'])], message);
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}
