import {createHash} from 'node:crypto';
import {HttpError} from '../http-error.js';

export type Wish = {readonly slug: string; readonly quantity: number};

/** Of one product, in one order. */
export const MOST_UNITS = 20;

/**
 * One line per product, in one order for all buyers, so that two carts that cross do not wait for each other in turn.
 * @throws HttpError 422 TOO_MANY_UNITS
 */
export function makeCart(wishes: readonly Wish[]): readonly Wish[] {
	const quantities = new Map<string, number>();
	for (const {slug, quantity} of wishes) quantities.set(slug, (quantities.get(slug) ?? 0) + quantity);
	const cart = [...quantities].map(([slug, quantity]) => ({slug, quantity}));
	const tooMany = cart.find(({quantity}) => quantity > MOST_UNITS);
	if (tooMany) throw new HttpError(422, 'TOO_MANY_UNITS', `At most ${MOST_UNITS} of ${tooMany.slug} in one order`);
	return cart.sort((a, b) => (a.slug < b.slug ? -1 : 1));
}

/** Tells whether two requests ask for the same: the same cart, in whatever order it was written down. */
export function hashCart(cart: readonly Wish[]): string {
	const text = JSON.stringify(cart.map(({slug, quantity}) => [slug, quantity]));
	return createHash('sha256').update(text).digest('hex');
}
