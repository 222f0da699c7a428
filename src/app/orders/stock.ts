import type {ClientSession} from 'mongodb';
import type {OrderLine} from '../documents.js';
import type {Shop} from '../shop.js';

type Units = Pick<OrderLine, 'productId' | 'quantity'>;
type Products = {readonly collections: Pick<Shop['collections'], 'products'>};

/**
 * Takes the units of every line, or of none: false where one is short. The condition is part of the update, so that the
 * last unit goes once.
 */
export async function takeUnits(shop: Products, lines: readonly Units[], session: ClientSession): Promise<boolean> {
	const taken: Units[] = [];
	for (const line of lines) {
		const {matchedCount} = await shop.collections.products.updateOne(
			{_id: {$eq: line.productId}, stock: {$gte: line.quantity}},
			{$inc: {stock: -line.quantity}},
			{session},
		);
		if (matchedCount === 0) {
			// The transaction may have more to do than this, so it is not left to be aborted.
			await returnUnits(shop, taken, session);
			return false;
		}
		taken.push(line);
	}
	return true;
}

/** Gives the units back. Call it in the transaction that sets the order's `stock` to `returned`. */
export async function returnUnits(shop: Products, lines: readonly Units[], session: ClientSession): Promise<void> {
	for (const {productId, quantity} of lines)
		await shop.collections.products.updateOne({_id: {$eq: productId}}, {$inc: {stock: quantity}}, {session});
}
