import {expect, it} from 'vitest';
import {nearest} from '../../src/kernel/suggest.js';

it.each([
	['brnach', 'branch'],
	['BRANCH', 'branch'],
	['tagprefix', 'tagPrefix'],
	['sgn', 'sign'],
	['completely-else', undefined],
	['', undefined],
])('nearest to %j is %s', (word, known) => {
	expect(nearest(word, ['branch', 'tagPrefix', 'sign'])).toBe(known);
});

it('nothing is near when nothing is known', () => {
	expect(nearest('branch', [])).toBeUndefined();
});
