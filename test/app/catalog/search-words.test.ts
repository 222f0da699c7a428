import fc from 'fast-check';
import {expect, it} from 'vitest';
import {byBeginnings, byTextIndex, readWords} from '../../../src/app/catalog/search-words.js';

it('asks a text index for every word, each in quotes', () => {
	expect(byTextIndex(readWords('Brass "lamp" -oil'))).toEqual({$text: {$search: '"brass" "lamp" "oil"'}});
});

it('leaves nothing of a search that a pattern or a text index would obey', () => {
	fc.assert(
		fc.property(fc.string({unit: 'binary', maxLength: 64}), (text) => {
			let words: readonly string[];
			try {
				words = readWords(text);
			} catch (error) {
				expect(error).toMatchObject({statusCode: 400, code: 'BAD_SEARCH'});
				return;
			}
			expect(words.length).toBeLessThanOrEqual(5);
			for (const word of words) expect(word).toMatch(/^[\p{L}\p{N}\p{M}]+$/u);
			expect(JSON.stringify(byBeginnings(words))).not.toContain('.*');
		}),
		{numRuns: 2000},
	);
});
