import {type Filter, ObjectId} from 'mongodb';
import type {Order} from '../documents.js';
import {HttpError} from '../http-error.js';
import {readCursor, writeCursor} from '../page-cursor.js';
import type {Shop} from '../shop.js';
import {VIEWED, type Viewed} from './order-view.js';

const LONGEST_MS = 1000;
const ID = /^[0-9a-f]{24}$/;

export type Wanted = {readonly limit: number; readonly cursor?: string};

/** A user's own orders, newest first, and the cursor of the next page. @throws HttpError 400 BAD_CURSOR */
export async function listOrders(
	{collections}: Pick<Shop, 'collections'>,
	userId: ObjectId,
	{limit, cursor}: Wanted,
): Promise<{readonly orders: readonly Viewed[]; readonly next: string | null}> {
	const found = await collections.orders
		.find<Viewed>(
			{userId: {$eq: userId}, ...(cursor === undefined ? {} : before(cursor))},
			{projection: VIEWED, maxTimeMS: LONGEST_MS},
		)
		// Two orders of one millisecond are told apart by their ids.
		.sort({createdAt: -1, _id: -1})
		.limit(limit + 1)
		.toArray();
	const orders = found.slice(0, limit);
	const last = orders.at(-1);
	const hasMore = found.length > orders.length && last !== undefined;
	return {orders, next: hasMore ? writeCursor([last.createdAt.getTime(), last._id.toHexString()]) : null};
}

/** One's own order. @throws HttpError 404 for one that is not there, and for somebody else's alike */
export async function readOwnOrder(
	{collections}: Pick<Shop, 'collections'>,
	userId: ObjectId,
	id: string,
): Promise<Viewed> {
	const order = ID.test(id)
		? await collections.orders.findOne<Viewed>(
				{_id: {$eq: new ObjectId(id)}, userId: {$eq: userId}},
				{projection: VIEWED, maxTimeMS: LONGEST_MS},
			)
		: null;
	if (order === null) throw new HttpError(404, 'UNKNOWN_ORDER', `There is no order ${id} of yours`);
	return order;
}

function before(cursor: string): Filter<Order> {
	const [createdAtMs, id] = readCursor(cursor, ['number', 'string']);
	const createdAt = new Date(createdAtMs);
	if (!ID.test(id) || Number.isNaN(createdAt.getTime()))
		throw new HttpError(400, 'BAD_CURSOR', 'The cursor is not one that this list gave');
	return {$or: [{createdAt: {$lt: createdAt}}, {createdAt: {$eq: createdAt}, _id: {$lt: new ObjectId(id)}}]};
}
