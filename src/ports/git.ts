import {simpleGit} from 'simple-git';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Commit, TagObject} from './git-parse.js';
import {gitReaders} from './git-read.js';
import {gitRemotes} from './git-remote.js';
import {gitWriters} from './git-write.js';
import {type ProcessResult, runProcess} from './process.js';

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
	/** Gets the commit a remote's branch names, without moving any ref here. */
	fetchBranch(remote: string, branch: string): Promise<void>;
	/** Gets one tag, and what it needs, from the remote. */
	fetchTag(remote: string, tag: string): Promise<void>;
	/** The content of a file at a commit; undefined when it is not there. */
	show(commit: string, path: string): Promise<string | undefined>;
	/** The files below a folder at a commit; both are paths from the work tree's top. */
	listFiles(commit: string, folder: string): Promise<string[]>;
	/** Runs git and gives its answer whatever its exit code. */
	run(
		args: readonly string[],
		options?: {readonly input?: string; readonly env?: Readonly<Record<string, string>>},
	): Promise<ProcessResult>;
};

export type GitHost = Pick<Host, 'cwd' | 'env' | 'signal' | 'monotonicMs' | 'redact'>;

const LOCAL_TIMEOUT_MS = 60_000;

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
		...gitReaders(git, run),
		...gitRemotes(root, host),
		...gitWriters({git, run, root}),
	};
}
