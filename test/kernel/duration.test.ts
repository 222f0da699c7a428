import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {durationMs, formatBytes, formatDuration, formatMoment, parseDuration} from '../../src/kernel/duration.js';

describe('parseDuration', () => {
	it.each([
		['500ms', 500],
		['90s', 90_000],
		['1.5m', 90_000],
		['2h', 7_200_000],
		['7d', 604_800_000],
		['0s', 0],
	])('reads %s', (text, ms) => {
		expect(parseDuration(text)).toBe(ms);
	});

	it.each(['', '5', 's', '-5s', '5 s', '5S', '1e3s', '5m30s', '.5s', '5s\n', 'Infinitys'])('refuses %j', (text) => {
		expect(parseDuration(text)).toBeUndefined();
		expect(() => durationMs(text)).toThrow('not a duration');
	});
});

describe('formatDuration', () => {
	it.each([
		[400, '0.4 s'],
		[38_200, '38.2 s'],
		[59_949, '59.9 s'],
		[59_999, '1 min 0 s'],
		[119_600, '2 min 0 s'],
		[250_000, '4 min 10 s'],
		[3_599_999, '1 h 0 min'],
		[7_199_000, '1 h 59 min'],
		[86_399_999, '1 d 0 h'],
		[273_600_000, '3 d 4 h'],
	])('says %i ms as %s', (ms, text) => {
		expect(formatDuration(ms)).toBe(text);
	});

	it('never says 60 of a unit that holds 60', () => {
		fc.assert(fc.property(fc.nat(400_000_000), (ms) => !/\b60(?:\.0)? (?:s|min)/.test(formatDuration(ms))));
	});
});

describe('formatBytes', () => {
	it.each([
		[0, '0 B'],
		[512, '512 B'],
		[999, '999 B'],
		[1000, '1.0 kB'],
		[1_900_000, '1.9 MB'],
		[99_400_000, '99 MB'],
		[999_500, '1.0 MB'],
		[184_000_000, '184 MB'],
		[2_100_000_000, '2.1 GB'],
		[5e15, '5000 TB'],
	])('says %i as %s', (bytes, text) => {
		expect(formatBytes(bytes)).toBe(text);
	});
});

it('writes a moment the same on every machine', () => {
	expect(formatMoment(Date.parse('2026-11-24T08:30:59+05:30'))).toBe('2026-11-24 03:00 UTC');
});
