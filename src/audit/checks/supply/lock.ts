import {makeCheck} from '../../check.js';
import {hasPackage, type LockedPackage, type LockFile, readLockFile} from '../../facts/lock-file.js';
import type {Finding} from '../../verdict.js';

export const supplyLock = makeCheck<{readonly lock: LockFile; readonly isNode: boolean}>({
	id: 'deps.lock',
	group: 'supply',
	title: 'A lock file pins every package by its digest',
	severity: 'medium',
	effect: 'local',
	maxRequests: 0,
	sends: [],
	why: 'Without it an install today and one tomorrow are two different shops, and nobody can say which was tested.',
	fix: 'commit package-lock.json, and install with npm ci',
	references: ['npm documentation, package-lock.json'],
	async gather(context) {
		const [lock, isNode] = await Promise.all([readLockFile(context), hasPackage(context)]);
		return {lock, isNode};
	},
	judge: judgeLock,
});

export function judgeLock({lock, isNode}: {readonly lock: LockFile; readonly isNode: boolean}): readonly Finding[] {
	switch (lock.kind) {
		case 'none':
			return [
				isNode
					? {verdict: 'fail', reason: 'there is no lock file'}
					: {verdict: 'skip', reason: 'there is no package.json here'},
			];
		case 'foreign':
			return [{verdict: 'skip', reason: `${lock.name} is not read: only npm's lock file is`}];
		case 'broken':
			return [
				{
					verdict: 'fail',
					reason: 'the lock file is no JSON',
					fix: 'mend what a merge has left in it: npm install --package-lock-only',
				},
			];
		case 'npm':
			return judgePackages(lock);
		default:
			return lock satisfies never;
	}
}

function judgePackages({lockfileVersion, packages}: Extract<LockFile, {kind: 'npm'}>): readonly Finding[] {
	if (lockfileVersion < 2)
		return [
			{
				verdict: 'fail',
				reason: `the lock file has version ${lockfileVersion}, which pins no digests of all packages`,
				fix: 'npm install --package-lock-only --lockfile-version 3',
			},
		];
	const bad = packages.flatMap((one) => {
		const problem = problemOf(one);
		return problem === undefined ? [] : [`${nameOf(one)}: ${problem}`];
	});
	if (bad.length === 0) return [{verdict: 'pass', reason: `${packages.length} packages, each with its digest`}];
	return [
		{
			verdict: 'fail',
			reason: 'some packages are not pinned by a digest, or do not come from a registry over https',
			evidence: bad.length <= 10 ? bad : [...bad.slice(0, 10), `and ${bad.length - 10} more`],
			fix: 'take them from a registry, then: npm install --package-lock-only',
		},
	];
}

function problemOf({link, inBundle, resolved, integrity}: LockedPackage): string | undefined {
	// A link is a folder of this repository; a bundled package lies inside one that has a digest.
	if (link === true || inBundle === true) return undefined;
	if (resolved !== undefined && /^git[+:]/.test(resolved)) return 'comes from a git repository';
	if (resolved !== undefined && /^http:/.test(resolved)) return 'comes over plain http';
	if (resolved?.startsWith('file:') === true) return undefined;
	if (integrity === undefined) return 'has no digest';
	return /sha512-/.test(integrity) ? undefined : `has a digest of ${integrity.split('-')[0] ?? 'no kind'} only`;
}

export function nameOf({path, version}: LockedPackage): string {
	const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
	return version === undefined ? name : `${name}@${version}`;
}
