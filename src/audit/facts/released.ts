import * as semver from 'semver';
import {isSastaError} from '../../kernel/errors.js';
import {type Git, openGit} from '../../ports/git.js';
import type {AuditContext} from '../context.js';

/** The newest release of this repository. */
export type Released = {readonly git: Git; readonly version: string; readonly tag: string; readonly commit: string};

/**
 * By the tags of the clone: the greatest version that is no prerelease. `none` has no tag of a release, `no-repository` is
 * no git repository at all.
 */
export function readReleased(context: AuditContext): Promise<Released | 'none' | 'no-repository'> {
	return context.shared('released', async () => {
		const {loaded, host} = context;
		const {tagPrefix} = loaded.config.release;
		const git = await openGit(loaded.root, host).catch((error: unknown) => {
			if (isSastaError(error, 'NO_REPOSITORY')) return undefined;
			throw error;
		});
		if (git === undefined) return 'no-repository';
		const tags = [...(await git.tags(tagPrefix))].flatMap(([tag, commit]) => {
			const version = semver.valid(tag.slice(tagPrefix.length));
			return version === null || semver.prerelease(version) !== null ? [] : [{git, tag, commit, version}];
		});
		return tags.sort((a, b) => semver.rcompare(a.version, b.version))[0] ?? 'none';
	});
}
