import type {WebAnswer} from '../../ports/web/exchange.js';
import {type AuditContext, targetOf} from '../context.js';
import {fieldOf, jsonOf, listOf, textOf} from './api.js';

export type Product = {readonly slug: string; readonly pricePaise: number | undefined; readonly isInStock: boolean};

/** GET /products, the same answer for all who ask. */
export function productPage(context: AuditContext): Promise<WebAnswer> {
	return context.site.page(`${targetOf(context).api}/products`);
}

/** The products of a list; undefined where the answer is none. */
export function productsIn(answer: Pick<WebAnswer, 'status' | 'body'>): readonly Product[] | undefined {
	if (answer.status !== 200) return undefined;
	return listOf(jsonOf(answer), 'products')?.flatMap((item) => productIn(item) ?? []);
}

/** Undefined for what names no product. */
export function productIn(item: unknown): Product | undefined {
	const slug = textOf(item, 'slug', 'id', '_id');
	if (slug === undefined) return undefined;
	const price = fieldOf(item, 'pricePaise');
	return {
		slug,
		pricePaise: typeof price === 'number' ? price : undefined,
		isInStock: fieldOf(item, 'inStock') !== false && fieldOf(item, 'stock') !== 0,
	};
}

/** The one that is named; else the cheapest in stock. */
export function chooseProduct(products: readonly Product[], slug: string | undefined): Product | undefined {
	if (slug !== undefined) return products.find((product) => product.slug === slug);
	const price = ({pricePaise}: Product) => pricePaise ?? Number.POSITIVE_INFINITY;
	return products.filter(({isInStock}) => isInStock).sort((a, b) => price(a) - price(b))[0];
}
