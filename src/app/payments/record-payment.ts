import type {ObjectId} from 'mongodb';
import {errorCode} from '../../kernel/errors.js';
import type {Payment} from '../documents.js';
import type {Shop} from '../shop.js';
import type {ProviderPayment} from './provider.js';

const DUPLICATE_KEY = 11000;

/** From what was to what counts more: whoever comes late, in whatever order, never takes anything back. */
const RANKS: readonly Payment['status'][] = ['failed', 'authorized', 'captured', 'quarantined', 'refunded'];

/** Remembers the payment in this state, unless it is further already; true where that is news. */
export async function recordPayment(
	{collections: {payments}, host}: Shop,
	{id, orderId: providerOrderId, amountPaise, currency}: ProviderPayment,
	{status, orderId, reason}: {status: Payment['status']; orderId?: ObjectId | undefined; reason?: string},
): Promise<boolean> {
	const earlier = RANKS.slice(0, RANKS.indexOf(status));
	const now = new Date(host.now());
	const change = {
		$set: {
			status,
			amountPaise,
			currency,
			updatedAt: now,
			...(providerOrderId === undefined ? {} : {providerOrderId}),
			...(orderId === undefined ? {} : {orderId}),
			...(reason === undefined ? {} : {reason}),
		},
		$setOnInsert: {createdAt: now},
	};
	const filter = {_id: {$eq: id}, status: {$in: [...earlier]}};
	const write = () => payments.updateOne(filter, change, {upsert: true});
	const isTaken = (error: unknown) => {
		if (errorCode(error) !== DUPLICATE_KEY) throw error;
		return undefined;
	};
	// It is there, in this state or a later one; or somebody has just made it in an earlier one.
	const result = (await write().catch(isTaken)) ?? (await write().catch(isTaken));
	return result !== undefined && result.modifiedCount + result.upsertedCount > 0;
}
