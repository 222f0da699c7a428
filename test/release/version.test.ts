import fc from 'fast-check';
import semver from 'semver';
import {describe, expect, it} from 'vitest';
import {isSastaError} from '../../src/kernel/errors.js';
import type {ChangeKind} from '../../src/release/notes/change.js';
import {chooseVersion, parseVersion, previousOf, taggedVersions} from '../../src/release/version.js';

describe('chooseVersion', () => {
	it.each<[string, string | undefined, ChangeKind[], string]>([
		['1.2.0', undefined, [], '1.2.0'],
		['v1.2.0', '1.1.9', [], '1.2.0'],
		['1.2.0-rc.1', '1.1.0', [], '1.2.0-rc.1'],
		['1.2.0', '1.2.0-rc.9', [], '1.2.0'],
		['patch', undefined, [], '1.0.0'],
		['auto', undefined, ['breaking'], '1.0.0'],
		['patch', '1.2.3', [], '1.2.4'],
		['minor', '1.2.3', [], '1.3.0'],
		['major', '1.2.3', [], '2.0.0'],
		['patch', '1.2.3-rc.1', [], '1.2.3'],
		['auto', '1.2.3', [], '1.2.4'],
		['auto', '1.2.3', ['other', 'fix'], '1.2.4'],
		['auto', '1.2.3', ['fix', 'feature'], '1.3.0'],
		['auto', '1.2.3', ['feature', 'breaking'], '2.0.0'],
		['auto', '0.2.3', ['breaking'], '0.3.0'],
		['auto', '0.2.3', ['fix'], '0.2.4'],
		['auto', '1.3.0-rc.1', ['fix'], '1.3.0'],
	])('%s after %s with %j is %s', (asked, last, changes, version) => {
		expect(chooseVersion(asked, last, changes)).toBe(version);
	});

	it.each([
		'1.2',
		'1',
		'',
		' ',
		'1.2.3.4',
		'01.2.3',
		'1.2.3+build',
		'=1.2.3',
		'>1.0.0',
		'vv1.2.3',
		'latest',
		'Major',
		`1.0.0-${'a'.repeat(120)}`,
	])('%j is refused', (asked) => {
		expect(() => chooseVersion(asked, '1.0.0', [])).toThrowError(
			expect.objectContaining({code: 'VERSION_INVALID', exitCode: 2}),
		);
	});

	it.each([
		['1.0.0', '1.0.0'],
		['0.9.0', '1.0.0'],
		['1.0.0-rc.1', '1.0.0'],
	])('%s after %s is not greater', (asked, last) => {
		expect(() => chooseVersion(asked, last, [])).toThrowError(
			expect.objectContaining({code: 'VERSION_NOT_GREATER', exitCode: 4, hint: expect.stringContaining('1.0.1')}),
		);
	});

	it.each([
		['majr', 'Did you mean major?'],
		['1.2', 'Did you mean 1.2.0?'],
	])('suggests for %s', (asked, hint) => {
		expect(() => chooseVersion(asked, undefined, [])).toThrowError(expect.objectContaining({hint}));
	});

	it('gives a greater version or refuses, whatever is asked', () => {
		const asked = fc.oneof(
			fc.string({unit: 'binary'}),
			fc.stringMatching(/^v?\d{1,3}\.\d{1,3}\.\d{1,3}(-[a-z0-9.]{1,8})?$/),
			fc.constantFrom('major', 'minor', 'patch', 'auto', '__proto__', 'constructor'),
		);
		const last = fc.tuple(fc.nat(20), fc.nat(20), fc.nat(20)).map((parts) => parts.join('.'));
		fc.assert(
			fc.property(asked, last, (text, released) => {
				try {
					expect(semver.gt(chooseVersion(text, released, []), released)).toBe(true);
				} catch (error) {
					if (!isSastaError(error, 'VERSION_INVALID') && !isSastaError(error, 'VERSION_NOT_GREATER')) throw error;
				}
			}),
			{numRuns: 500},
		);
	});
});

describe('taggedVersions', () => {
	it('are the tags that are versions with the prefix, greatest first', () => {
		const names = [
			'v1.0.0',
			'v1.10.0',
			'v1.9.0',
			'v1.10.0-rc.1',
			'2.0.0',
			'v2',
			'vnext',
			'v1.0',
			'v01.0.0',
			'v3.0.0+b',
		];
		const tags = new Map(names.map((name) => [name, 'c']));
		expect(taggedVersions(tags, 'v').map(({tag}) => tag)).toEqual(['v1.10.0', 'v1.10.0-rc.1', 'v1.9.0', 'v1.0.0']);
		expect(taggedVersions(tags, '').map(({tag}) => tag)).toEqual(['2.0.0']);
		expect(taggedVersions(new Map([['shop/v1.0.0', 'c']]), 'shop/v')).toEqual([
			{version: '1.0.0', tag: 'shop/v1.0.0', commit: 'c'},
		]);
	});
});

describe('previousOf', () => {
	const releases = ['2.0.0-rc.1', '1.2.0', '1.2.0-rc.2', '1.2.0-rc.1', '1.1.0'].map((version) => ({
		version,
		tag: `v${version}`,
		commit: 'c',
	}));
	it.each([
		['2.0.0', '1.2.0'],
		['2.0.0-rc.2', '2.0.0-rc.1'],
		['1.2.0', '1.1.0'],
		['1.2.0-rc.2', '1.2.0-rc.1'],
		['1.1.0', undefined],
	])('before %s stands %s', (version, previous) => {
		expect(previousOf(version, releases)?.version).toBe(previous);
	});
});

it('a version as typed is read with or without its v', () => {
	expect([parseVersion('v1.2.0'), parseVersion('1.2.0')]).toEqual(['1.2.0', '1.2.0']);
	expect(() => parseVersion('next')).toThrowError(expect.objectContaining({code: 'VERSION_INVALID'}));
});
