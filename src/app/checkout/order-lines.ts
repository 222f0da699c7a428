import type {OrderLine, Product} from '../documents.js';
import {HttpError} from '../http-error.js';
import type {Wish} from './cart.js';

/** The least the provider takes, Razorpay's documented minimum. */
const LEAST_PAISE = 100;
/** ₹ 5,00,000, the most that Razorpay takes in one payment of an account as it is opened. */
const MOST_PAISE = 50_000_000;

/**
 * The lines of an order at the prices the products have now.
 * @throws HttpError 404 UNKNOWN_PRODUCT, 409 OUT_OF_STOCK
 */
export function makeLines(cart: readonly Wish[], products: readonly Product[]): readonly OrderLine[] {
	const bySlug = new Map(products.map((product) => [product.slug, product]));
	return cart.map(({slug, quantity}) => {
		const product = bySlug.get(slug);
		if (product === undefined) throw new HttpError(404, 'UNKNOWN_PRODUCT', `There is no product ${slug}`);
		if (product.stock < quantity) throw outOfStock(slug, quantity);
		const {_id: productId, name, pricePaise: unitPaise} = product;
		if (!Number.isSafeInteger(unitPaise) || unitPaise < 0)
			throw new Error(`Product ${slug} has no price in whole paise`);
		return {productId, slug, name, quantity, unitPaise, linePaise: unitPaise * quantity};
	});
}

/** @throws HttpError 422 TOTAL_TOO_SMALL, TOTAL_TOO_LARGE: the provider would not take it */
export function sumUp(lines: readonly OrderLine[]): number {
	const totalPaise = lines.reduce((sum, {linePaise}) => sum + linePaise, 0);
	if (totalPaise < LEAST_PAISE) throw new HttpError(422, 'TOTAL_TOO_SMALL', 'An order is over one rupee at least');
	if (!Number.isSafeInteger(totalPaise) || totalPaise > MOST_PAISE)
		throw new HttpError(422, 'TOTAL_TOO_LARGE', `An order is over ₹ ${MOST_PAISE / 100} at most`);
	return totalPaise;
}

export function outOfStock(slug: string, quantity: number): HttpError {
	return new HttpError(409, 'OUT_OF_STOCK', `There are not ${quantity} of ${slug} left`);
}
