import {type ClientSession, ObjectId} from 'mongodb';
import type {Order, OrderLine} from '../documents.js';
import {HttpError} from '../http-error.js';
import type {Shop} from '../shop.js';

export type Wish = {readonly slug: string; readonly quantity: number};

/**
 * Takes the stock and writes the order, both or neither. Prices are the database's at that moment.
 * @throws HttpError 404 for an unknown product, 409 where stock is short, 422 for a total beyond exact counting
 */
export async function placeOrder(shop: Shop, userId: ObjectId, wishes: readonly Wish[]): Promise<Order> {
	const merged = mergeWishes(wishes);
	if (!shop.hasTransactions) return placeWithoutTransaction(shop, userId, merged);
	return shop.client.withSession((session) =>
		session.withTransaction(async () => {
			const lines: OrderLine[] = [];
			for (const wish of merged) lines.push(await takeStock(shop, wish, session));
			return writeOrder(shop, userId, lines, session);
		}),
	);
}

/** One line per product, in one order for all buyers: two carts that cross cannot block each other for ever. */
function mergeWishes(wishes: readonly Wish[]): readonly Wish[] {
	const quantities = new Map<string, number>();
	for (const {slug, quantity} of wishes) quantities.set(slug, (quantities.get(slug) ?? 0) + quantity);
	return [...quantities].map(([slug, quantity]) => ({slug, quantity})).sort((a, b) => (a.slug < b.slug ? -1 : 1));
}

/** A standalone server has no transactions: what was taken is put back when a later line fails. */
async function placeWithoutTransaction(shop: Shop, userId: ObjectId, wishes: readonly Wish[]): Promise<Order> {
	const lines: OrderLine[] = [];
	try {
		for (const wish of wishes) lines.push(await takeStock(shop, wish));
		return await writeOrder(shop, userId, lines);
	} catch (error) {
		for (const {productId, quantity} of lines) {
			await shop.collections.products.updateOne({_id: productId}, {$inc: {stock: quantity}});
		}
		throw error;
	}
}

/** The condition is part of the update, so that the last unit is sold once. */
async function takeStock({collections}: Shop, {slug, quantity}: Wish, session?: ClientSession): Promise<OrderLine> {
	const options = session ? {session} : {};
	const product = await collections.products.findOneAndUpdate(
		{slug, stock: {$gte: quantity}},
		{$inc: {stock: -quantity}},
		options,
	);
	if (product === null) {
		const isKnown = await collections.products.findOne({slug}, {...options, projection: {_id: 1}});
		throw isKnown
			? new HttpError(409, 'OUT_OF_STOCK', `There are not ${quantity} of ${slug} left`)
			: new HttpError(404, 'UNKNOWN_PRODUCT', `There is no product ${slug}`);
	}
	return {
		productId: product._id,
		slug,
		name: product.name,
		quantity,
		unitPaise: product.pricePaise,
		linePaise: product.pricePaise * quantity,
	};
}

async function writeOrder(
	{collections, host, settings}: Shop,
	userId: ObjectId,
	lines: readonly OrderLine[],
	session?: ClientSession,
): Promise<Order> {
	const totalPaise = lines.reduce((sum, {linePaise}) => sum + linePaise, 0);
	if (!Number.isSafeInteger(totalPaise)) throw new HttpError(422, 'TOTAL_TOO_LARGE', 'The total is too large');
	const createdAt = new Date(host.now());
	const order: Order = {
		_id: new ObjectId(),
		userId,
		lines,
		totalPaise,
		currency: 'INR',
		status: 'pending',
		stock: 'taken',
		reservedUntil: new Date(host.now() + settings.RESERVATION_SECONDS * 1000),
		createdAt,
		updatedAt: createdAt,
	};
	await collections.orders.insertOne(order, session ? {session} : {});
	return order;
}
