import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {secondsPattern} from '../../../src/ports/splitter/nginx-seconds.js';
import {type NginxSplit, parseSplit, renderSplit, stateOf} from '../../../src/ports/splitter/nginx-split.js';
import {makeRandom} from '../../support/sweep.js';

const SPLIT: NginxSplit = {
	generation: '0123456789abcdef',
	life: 'fedcba9876543210',
	weight: 500,
	fromS: 1_764_000_000,
	endS: 1_764_000_300,
	owner: 'run-1',
};

describe('the seconds of a lease', () => {
	it('match from the first until before the last, to the millisecond', () => {
		const random = makeRandom(5);
		for (let round = 0; round < 200; round++) {
			const from = 1_764_000_000 + Math.floor(random() * 100_000);
			const end = from + 1 + Math.floor(random() * 4000);
			const pattern = new RegExp(secondsPattern(from, end));
			for (const second of [from, end - 1, from + Math.floor(random() * (end - from))])
				for (const ms of ['000', '999']) expect(`${second}.${ms}`).toMatch(pattern);
			for (const second of [from - 1, end, end + 10, from - 1000, from * 10, Math.floor(from / 10)])
				expect(`${second}.000`).not.toMatch(pattern);
		}
	});

	it('are few words, however long the lease', () => {
		for (let minutes = 1; minutes <= 61; minutes++)
			expect(secondsPattern(1_764_000_007, 1_764_000_007 + minutes * 60).split('|').length).toBeLessThan(60);
	});
});

describe('a split file', () => {
	it('begins as the template of the package', () => {
		const nothing = {generation: '0'.repeat(16), life: '0'.repeat(16), weight: 0, fromS: 0, endS: 0, owner: undefined};
		expect(readFileSync('templates/canary/split.conf', 'utf8')).toBe(renderSplit(nothing));
	});

	it.each([0, 1, 500, 9999, 10_000])('is read back at a weight of %d', (weight) => {
		for (const owner of ['run-1', undefined, '-', '"; } $msec'])
			expect(parseSplit(renderSplit({...SPLIT, weight, owner}))).toEqual({...SPLIT, weight, owner});
	});

	it('is not taken with a byte changed, added or removed', () => {
		const content = renderSplit(SPLIT);
		const random = makeRandom(7);
		for (let round = 0; round < 300; round++) {
			const at = Math.floor(random() * content.length);
			const other = content[at] === 'x' ? 'y' : 'x';
			expect(parseSplit(content.slice(0, at) + other + content.slice(at + 1))).not.toEqual(SPLIT);
			expect(parseSplit(content.slice(0, at) + content.slice(at + 1))).not.toEqual(SPLIT);
			expect(parseSplit(content.slice(0, at))).toBeUndefined();
		}
		expect(parseSplit(`${content}\n`)).toBeUndefined();
	});

	it('has a lease only from its first second on', () => {
		expect(stateOf(SPLIT, SPLIT.fromS * 1000)).toMatchObject({share: 0.05, leaseMs: 300_000});
		expect(stateOf(SPLIT, SPLIT.fromS * 1000 - 1)).toMatchObject({leaseMs: 0});
		expect(stateOf(SPLIT, SPLIT.endS * 1000 + 1)).toMatchObject({leaseMs: 0});
	});
});
