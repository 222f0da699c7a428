import semver from 'semver';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import {nearest} from '../kernel/suggest.js';
import type {ChangeKind} from './notes/change.js';

/** Tag, run and backup bear the version in their names, and a file name holds 255 bytes. */
const MAX_LENGTH = 100;

const WORDS = ['major', 'minor', 'patch', 'auto'] as const;

/** A release that exists: its version and the commit its tag names. */
export type TaggedVersion = {readonly version: string; readonly tag: string; readonly commit: string};

/** The tags that are versions, greatest first. */
export function taggedVersions(tags: ReadonlyMap<string, string>, prefix: string): TaggedVersion[] {
	return [...tags]
		.flatMap(([tag, commit]) => {
			const version = tag.startsWith(prefix) ? semver.valid(tag.slice(prefix.length)) : null;
			return version === null || tag !== `${prefix}${version}` ? [] : [{version, tag, commit}];
		})
		.sort((a, b) => semver.rcompare(a.version, b.version));
}

/**
 * The version a release gets: as asked for, or the next one after the last by the word given, or by what changed
 * (`auto`: breaking → major, feature → minor, else patch; below 1.0.0 breaking → minor).
 * @throws SastaError VERSION_INVALID (exit 2), VERSION_NOT_GREATER
 */
export function chooseVersion(asked: string, last: string | undefined, changes: readonly ChangeKind[]): string {
	const word = WORDS.find((known) => known === asked);
	if (word === undefined) {
		const version = semver.valid(asked);
		if (version === null || version !== asked.replace(/^v/, '').trim()) throw invalid(asked);
		if (version.length > MAX_LENGTH) throw tooLong(version);
		if (last !== undefined && semver.lte(version, last)) {
			throw new SastaError('VERSION_NOT_GREATER', `${version} is not greater than ${last}, the last release`, {
				hint: `Release a greater one: sastaops release create ${semver.inc(last, 'patch')}`,
			});
		}
		return version;
	}
	if (last === undefined) return '1.0.0';
	return semver.inc(last, word === 'auto' ? incrementFor(changes, last) : word) ?? invalidLast(last);
}

/** Refuses what can be no version before anything is connected to. @throws SastaError VERSION_INVALID */
export function assertVersionAsked(asked: string): void {
	if (!WORDS.some((word) => word === asked)) chooseVersion(asked, undefined, []);
}

export function isPrerelease(version: string): boolean {
	return semver.prerelease(version) !== null;
}

/** The release notes start from: the greatest before `version`; prereleases count only between prereleases. */
export function previousOf(version: string, releases: readonly TaggedVersion[]): TaggedVersion | undefined {
	return releases.find(
		(release) => semver.lt(release.version, version) && (isPrerelease(version) || !isPrerelease(release.version)),
	);
}

/** A version as typed (`1.2.0` or `v1.2.0`), in its normal form. @throws SastaError VERSION_INVALID */
export function parseVersion(typed: string): string {
	const version = semver.valid(typed);
	if (version === null) throw invalid(typed);
	return version;
}

function incrementFor(changes: readonly ChangeKind[], last: string): 'major' | 'minor' | 'patch' {
	if (changes.includes('breaking')) return semver.major(last) === 0 ? 'minor' : 'major';
	return changes.includes('feature') ? 'minor' : 'patch';
}

function invalid(asked: string): SastaError {
	const shown = asked.length > 60 ? `${asked.slice(0, 60)}…` : asked;
	const word = nearest(asked, WORDS);
	const coerced = semver.coerce(asked)?.version;
	const suggestion = word ?? coerced;
	return new SastaError('VERSION_INVALID', `${JSON.stringify(shown)} is no semantic version`, {
		exitCode: EXIT.usage,
		hint:
			suggestion === undefined
				? 'Give one such as 1.2.0 or 1.2.0-rc.1, or major, minor, patch, auto'
				: `Did you mean ${suggestion}?`,
	});
}

function tooLong(version: string): SastaError {
	return new SastaError('VERSION_INVALID', `The version is ${version.length} characters long`, {
		exitCode: EXIT.usage,
		hint: `Give one of ${MAX_LENGTH} at most`,
	});
}

function invalidLast(last: string): never {
	throw new Error(`cannot count on from ${last}`);
}
