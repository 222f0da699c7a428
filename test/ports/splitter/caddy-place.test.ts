import {createHash} from 'node:crypto';
import {describe, expect, it} from 'vitest';
import {
	BASE,
	CHARACTERS,
	COUNTED_CHARACTERS,
	FACTORS,
	PLACES,
	placeBelow,
} from '../../../src/ports/splitter/caddy-place.js';

/** What Caddy computes; caddy.test.ts sees that it does. */
function placeOf(key: string): number {
	const counted = [...' '.repeat(COUNTED_CHARACTERS), ...key].slice(-COUNTED_CHARACTERS);
	const sum = counted.reduce(
		(total, character, index) => total + BigInt(CHARACTERS.indexOf(character)) * BigInt(FACTORS[index] ?? 0),
		BigInt(BASE),
	);
	return Number(sum % BigInt(PLACES));
}

const digest = (index: number) => createHash('sha256').update(String(index)).digest();
const uuid = (index: number) =>
	digest(index)
		.toString('hex')
		.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');

describe('a place by the characters of a session', () => {
	const count = 20_000;
	it.each<[string, (index: number) => string]>([
		['hex digits', (index) => digest(index).toString('hex')],
		['UUIDs', uuid],
		[
			'signed sessions of Express',
			(index) => `s%3A${digest(index).toString('base64url').slice(0, 32)}.${digest(-index).toString('base64url')}`,
		],
		['tokens that begin alike', (index) => `eyJhbGciOiJIUzI1NiJ9.${digest(index).toString('base64url')}`],
		['names of a cluster that end alike', (index) => `${digest(index).toString('hex').slice(0, 32)}.node1`],
		['numbers in turn', (index) => String(index)],
		[
			'addresses behind one browser',
			(index) => `Mozilla/5.0 (X11; Linux x86_64) Safari/537.36 10.0.${index >> 8}.${index & 255}`,
		],
	])('spreads %s evenly', (_, keyOf) => {
		const buckets = Array.from({length: 20}, () => 0);
		for (let index = 0; index < count; index++) {
			const bucket = Math.floor((placeOf(keyOf(index)) * 20) / PLACES);
			buckets[bucket] = (buckets[bucket] ?? 0) + 1;
		}
		const expected = count / 20;
		const chiSquare = buckets.reduce((sum, found) => sum + (found - expected) ** 2 / expected, 0);
		// 19 degrees of freedom: one even spread in a million is above 62.
		expect(chiSquare).toBeLessThan(62);
	});

	it('stays positive, and within what Caddy can count, for any characters', () => {
		for (const character of ['€', '\u{1f600}', '~', ' ']) {
			const place = placeOf(character.repeat(60));
			expect(place).toBeGreaterThanOrEqual(0);
			expect(place).toBeLessThan(PLACES);
		}
		const largest = BASE + FACTORS.reduce((sum, factor) => sum + factor * CHARACTERS.length, 0);
		expect(largest).toBeLessThan(2 ** 53);
		expect(FACTORS.reduce((sum, factor) => sum + factor, 0)).toBeLessThan(BASE);
	});

	it('is written as one expression that cannot be broken out of', () => {
		expect(placeBelow('{sastaops_key}', 5)).toMatch(
			/^\[\{sastaops_key\}\]\.exists\(k, type\(k\) == string && .* < 5\)\)\)\)$/,
		);
	});
});
