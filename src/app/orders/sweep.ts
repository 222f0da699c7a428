import type {ObjectId} from 'mongodb';
import type {Shop} from '../shop.js';
import {releaseOrder} from './settle.js';

/**
 * A customer who pays in the last second is still on the way back from the provider then. A payment later than that is
 * late money, and `markPaid` knows what to do.
 */
const GRACE_MS = 60_000;
const EVERY_MS = 15_000;
const BATCH = 50;

/** Expires orders whose reservation is over, on every instance: each order is released by whoever comes first. */
export function startSweeper(shop: Shop): void {
	shop.jobs.start({name: 'expire-orders', everyMs: EVERY_MS, run: async (signal) => void (await sweep(shop, signal))});
}

/**
 * Expires all orders that are due, and counts them. Each is a transaction of its own: what is cut in between is whole, and
 * the next run goes on. Under maintenance nothing is written.
 * @throws the first failure, when all the others are done
 */
export async function sweep(shop: Shop, signal?: AbortSignal): Promise<number> {
	const failures: unknown[] = [];
	let expired = 0;
	let beyond: ObjectId | undefined;
	for (;;) {
		if ((await shop.maintenance.read()).on) break;
		const due = await readDue(shop, beyond);
		for (const {_id} of due) {
			if (signal?.aborted) return expired;
			try {
				if (await releaseOrder(shop, _id, 'expired')) expired++;
			} catch (error) {
				failures.push(error);
			}
		}
		beyond = due.at(-1)?._id;
		if (due.length < BATCH) break;
	}
	if (failures.length > 0) throw failures[0];
	return expired;
}

/** In the order of their ids, so that one that cannot be released does not keep the others waiting. */
function readDue({collections, host}: Shop, beyond: ObjectId | undefined): Promise<{readonly _id: ObjectId}[]> {
	const due = new Date(host.now() - GRACE_MS);
	return collections.orders
		.find({status: 'pending', reservedUntil: {$lte: due}, ...(beyond ? {_id: {$gt: beyond}} : {})})
		.project<{_id: ObjectId}>({_id: 1})
		.sort({_id: 1})
		.limit(BATCH)
		.toArray();
}
