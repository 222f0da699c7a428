import {type Filter, MongoServerError} from 'mongodb';
import type {Product} from '../documents.js';
import {HttpError} from '../http-error.js';
import {readCursor, writeCursor} from '../page-cursor.js';
import type {Shop} from '../shop.js';
import type {Search} from './search.js';

/** `-price`: dearest first. */
export type Order = 'slug' | 'price' | '-price';

export type Wanted = {
	readonly category?: string;
	readonly q?: string;
	readonly minPaise?: number;
	readonly maxPaise?: number;
	readonly sort: Order;
	readonly limit: number;
	readonly cursor?: string;
};

/** What a visitor may know of a product. */
export type Listed = Pick<Product, 'slug' | 'name' | 'category' | 'pricePaise' | 'stock'>;

export const LISTED = {_id: 0, slug: 1, name: 1, category: 1, pricePaise: 1, stock: 1} as const;

/** A search that takes longer is better narrowed than waited for. */
const LONGEST_MS = 1000;
const MAX_TIME_EXPIRED = 50;

/** Both keys run the same way, so that one index serves both ways. The slug settles between equal prices. */
const SORTS = {
	slug: {slug: 1},
	price: {pricePaise: 1, slug: 1},
	'-price': {pricePaise: -1, slug: -1},
} as const;

/**
 * One page, and the cursor of the next.
 * @throws HttpError 400 BAD_CURSOR, BAD_SEARCH; 503 SEARCH_TOO_SLOW
 */
export async function listProducts(
	{collections}: Pick<Shop, 'collections'>,
	search: Search,
	wanted: Wanted,
): Promise<{readonly products: readonly Listed[]; readonly next: string | null}> {
	const found = await collections.products
		.find<Listed>({$and: conditionsOf(wanted, search)}, {projection: LISTED, maxTimeMS: LONGEST_MS})
		.sort(SORTS[wanted.sort])
		// One more than shown tells whether there is a next page.
		.limit(wanted.limit + 1)
		.toArray()
		.catch((error: unknown) => {
			if (!(error instanceof MongoServerError) || error.code !== MAX_TIME_EXPIRED) throw error;
			throw new HttpError(503, 'SEARCH_TOO_SLOW', 'The search took too long; narrow it or try again', 5);
		});
	const products = found.slice(0, wanted.limit);
	const last = products.at(-1);
	return {products, next: found.length > products.length && last ? cursorAfter(last, wanted.sort) : null};
}

function conditionsOf({category, q, minPaise, maxPaise, sort, cursor}: Wanted, search: Search): Filter<Product>[] {
	const conditions: Filter<Product>[] = [{}];
	if (category !== undefined) conditions.push({category: {$eq: category}});
	if (minPaise !== undefined) conditions.push({pricePaise: {$gte: minPaise}});
	if (maxPaise !== undefined) conditions.push({pricePaise: {$lte: maxPaise}});
	if (q !== undefined) conditions.push(search(q));
	if (cursor !== undefined) conditions.push(after(cursor, sort));
	return conditions;
}

function cursorAfter({slug, pricePaise}: Listed, sort: Order): string {
	return writeCursor(sort === 'slug' ? [sort, slug] : [sort, pricePaise, slug]);
}

function after(cursor: string, sort: Order): Filter<Product> {
	if (sort === 'slug') {
		const [of, slug] = readCursor(cursor, ['string', 'string']);
		assertSort(of, sort);
		return {slug: {$gt: slug}};
	}
	const [of, price, slug] = readCursor(cursor, ['string', 'number', 'string']);
	assertSort(of, sort);
	const beyond = (value: string | number) => (sort === 'price' ? {$gt: value} : {$lt: value});
	return {$or: [{pricePaise: beyond(price)}, {pricePaise: {$eq: price}, slug: beyond(slug)}]} as Filter<Product>;
}

function assertSort(of: string, sort: Order): void {
	if (of !== sort) throw new HttpError(400, 'BAD_CURSOR', 'The cursor is of a list in another order');
}
