import fc from 'fast-check';
import {expect, it} from 'vitest';
import {canonicalJson, sha256} from '../../src/kernel/canonical.js';

it('gives equal text for equal values, however their keys were ordered', () => {
	const shuffled = (value: unknown): unknown => {
		if (Array.isArray(value)) return value.map(shuffled);
		if (typeof value !== 'object' || value === null) return value;
		return Object.fromEntries(
			Object.entries(value)
				.reverse()
				.map(([key, item]) => [key, shuffled(item)]),
		);
	};
	fc.assert(
		fc.property(fc.jsonValue(), (value) => {
			expect(canonicalJson(shuffled(value))).toBe(canonicalJson(value));
			expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
		}),
	);
});

it('hashes text as its UTF-8 bytes', () => {
	expect(sha256('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
	expect(sha256('चाय')).toBe(sha256(Buffer.from('चाय', 'utf8')));
});
