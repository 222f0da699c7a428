import type {Filter} from 'mongodb';
import {errorCode} from '../../kernel/errors.js';
import type {Product} from '../documents.js';
import type {Shop} from '../shop.js';
import {byBeginnings, byTextIndex, readWords} from './search-words.js';

export type Search = (text: string) => Filter<Product>;

/** How servers say that there are no text indexes, or that this user may not make one. */
const IMPOSSIBLE: readonly unknown[] = [67, 13, 323];
/** A collection has one text index at most, and this one has another than ours: as good for searching. */
const OTHER_OPTIONS: readonly unknown[] = [85, 86];

/**
 * Search by a text index where the server has them, else by the beginnings of words: that reads every product, so the
 * number of words and the time of the query are bounded.
 */
export async function openSearch({collections}: Pick<Shop, 'collections'>): Promise<Search> {
	const hasTextIndex = await collections.products.createIndex({name: 'text'}, {default_language: 'none'}).then(
		() => true,
		(error: unknown) => {
			if (OTHER_OPTIONS.includes(errorCode(error))) return true;
			if (IMPOSSIBLE.includes(errorCode(error))) return false;
			throw error;
		},
	);
	return (text) => (hasTextIndex ? byTextIndex(readWords(text)) : byBeginnings(readWords(text)));
}
