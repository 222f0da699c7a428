import semver from 'semver';
import {fail, inconclusive, PASS, type PreflightCheck, skip, warn} from './check.js';

const MOST_FILES_NAMED = 10;

/** The first git whose `push` is atomic over every transport (git 2.24's release notes). */
const OLDEST_GIT = '2.24.0';

export const GIT_CHECKS: readonly PreflightCheck[] = [
	{
		id: 'git.version',
		title: 'git is new enough',
		judge({gitVersion}) {
			const version = semver.coerce(gitVersion);
			if (version === null) return warn(`git says ${gitVersion} of itself`);
			return semver.gte(version, OLDEST_GIT)
				? {verdict: 'pass', evidence: [gitVersion]}
				: fail(`git is ${gitVersion}; atomic pushes need ${OLDEST_GIT}`, 'Install a newer git');
		},
	},
	{
		id: 'git.clean',
		title: 'The work tree is clean',
		judge({repository: {dirtyFiles}}) {
			if (dirtyFiles.length === 0) return PASS;
			const named = dirtyFiles.slice(0, MOST_FILES_NAMED);
			const more = dirtyFiles.length - named.length;
			return fail(
				[...named, ...(more > 0 ? [`and ${more} more`] : [])],
				'Commit them, or put them away: git stash --include-untracked',
			);
		},
	},
	{
		id: 'git.branch',
		title: 'The release branch is checked out',
		judge({repository: {branch}}, {release}) {
			if (branch === release.branch) return PASS;
			return fail(
				branch === undefined ? 'HEAD is detached' : `on ${branch}; releases are made from ${release.branch}`,
				`git switch ${release.branch}`,
			);
		},
	},
	{
		id: 'git.remote',
		title: 'The remote answers',
		judge({repository: {remoteUrl, remoteError}}, {release}) {
			if (remoteUrl === undefined)
				return fail(`there is no remote ${release.remote}`, `git remote add ${release.remote} <address>`);
			return remoteError === undefined
				? PASS
				: fail(remoteError, `Check the network and your credentials: git ls-remote ${release.remote}`);
		},
	},
	{
		id: 'git.up-to-date',
		title: 'The branch is up to date with the remote',
		judge({repository: {relation, remoteBranch, head, remoteError}}, {release}) {
			const there = `${release.remote}/${release.branch}`;
			switch (relation) {
				case 'same':
					return PASS;
				case 'ahead':
					return warn(`commits here are not on ${there} yet; they are pushed with the tag, in one act`);
				case 'behind':
					return fail(
						`${there} is at ${remoteBranch?.slice(0, 7)}, ahead of ${head.slice(0, 7)}`,
						'git pull --ff-only',
					);
				case 'diverged':
					return fail(`${there} and the branch here have gone different ways`, 'git pull --rebase');
				case 'unknown':
					return remoteError === undefined
						? warn(`${there} does not exist yet; it is made with the tag`)
						: inconclusive('the remote did not answer');
				default:
					return relation satisfies never;
			}
		},
	},
	{
		id: 'git.history',
		title: 'The history since the last release is here',
		judge({history, repository: {isShallow}}) {
			if (history === undefined) return skip('there is no version to look back from');
			if (history.isComplete) return PASS;
			const since = history.previous?.tag;
			if (isShallow)
				return fail(
					`this is a shallow clone, and ${since === undefined ? 'its beginning' : since} is beyond its edge`,
					'git fetch --unshallow --tags',
				);
			return fail(`the tag ${since} is not here, or not in this branch’s history`, 'git fetch --tags');
		},
	},
	{
		id: 'version.greater',
		title: 'The version is greater than the last',
		judge({versionError, version}) {
			if (versionError) return fail(versionError.message, versionError.hint);
			return version === undefined ? inconclusive('no version could be chosen') : PASS;
		},
	},
	{
		id: 'version.changes',
		title: 'There is something to release',
		judge({history}) {
			if (history === undefined || history.previous === undefined || !history.isComplete) return PASS;
			return history.changes.length > 0 ? PASS : warn(`no commit since ${history.previous.tag}`);
		},
	},
	{
		id: 'tag.free',
		title: 'The tag is free here and on the remote',
		judge({tag, repository: {releases, remoteRefs}}) {
			if (tag === undefined) return skip('there is no version to tag');
			const there = remoteRefs?.get(`refs/tags/${tag}`);
			if (there !== undefined)
				return fail(
					`${tag} is on the remote already (${there.slice(0, 7)})`,
					`Release another version, or look at it: sastaops release verify ${tag}`,
				);
			const here = releases.find((release) => release.tag === tag);
			if (here)
				return fail(
					`${tag} exists here (${here.commit.slice(0, 7)}) and not on the remote`,
					`If it is not wanted: git tag --delete ${tag}`,
				);
			return remoteRefs ? PASS : inconclusive('the remote did not answer');
		},
	},
	{
		id: 'git.identity',
		title: 'git knows who makes the tag',
		judge: ({repository: {tagger}}) =>
			tagger
				? PASS
				: fail(
						'user.name and user.email are not set',
						'git config --global user.name "…"; git config --global user.email "…"',
					),
	},
	{
		id: 'git.signing',
		title: 'Tags can be signed',
		judge({signing}) {
			if (signing === undefined) return skip('release.sign is off');
			return signing.works
				? PASS
				: fail(signing.words, 'Check user.signingKey and gpg.format: git config --get-regexp "sign|gpg"');
		},
	},
	{
		id: 'git.push',
		title: 'The remote would take the push',
		judge({push, tag}) {
			if (tag === undefined) return skip('there is no version to push');
			if (push === undefined) return inconclusive('the remote did not answer');
			return push.isAccepted ? PASS : fail(push.words, 'Check that you may push to the branch and make tags');
		},
	},
];
