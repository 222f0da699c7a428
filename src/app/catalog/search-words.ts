import type {Filter} from 'mongodb';
import type {Product} from '../documents.js';
import {HttpError} from '../http-error.js';

/** Each word is one more condition on every product that is looked at. */
const MOST_WORDS = 5;

/** Letters, digits and the marks that belong to letters, of any script; so nothing is left that a pattern would obey. */
const WORD = /[\p{L}\p{N}\p{M}]+/gu;

/** The words somebody searches for. @throws HttpError 400 BAD_SEARCH where there are none, or too many */
export function readWords(text: string): readonly string[] {
	const words = text.normalize('NFC').toLowerCase().match(WORD) ?? [];
	if (words.length === 0) throw new HttpError(400, 'BAD_SEARCH', 'Search for at least one word');
	if (words.length > MOST_WORDS) throw new HttpError(400, 'BAD_SEARCH', `Search for at most ${MOST_WORDS} words`);
	return words;
}

/** All of these words, whole, by the text index. */
export function byTextIndex(words: readonly string[]): Filter<Product> {
	// In quotes each word must be there; without them one of them would do.
	return {$text: {$search: words.map((word) => `"${word}"`).join(' ')}};
}

/**
 * What stands between two words of a name: whatever is no letter of ASCII, nor in the ranges where the other scripts are.
 * Written out as characters: not every server knows `\p{L}` or `\u`.
 */
const BETWEEN = '[^0-9A-Za-z\u00aa-\u1fff\u2c00-\ud7ff]';

/** All of these words, each at the beginning of a word of the name: for a server without text indexes. */
export function byBeginnings(words: readonly string[]): Filter<Product> {
	return {$and: words.map((word) => ({name: {$regex: `(?:^|${BETWEEN})${word}`, $options: 'i'}}))};
}
