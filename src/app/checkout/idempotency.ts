import {ObjectId} from 'mongodb';
import type {IdempotentAnswer} from '../documents.js';
import {HttpError} from '../http-error.js';
import type {Shop} from '../shop.js';

/** As long as a client may ask again. */
const KEPT_MS = 86_400_000;

/**
 * For so long one request has the talk with the provider to itself; longer than the provider's own timeouts. Whoever was
 * killed in it is followed by the next request with the key.
 */
const LEASE_MS = 30_000;

type Keyed = Pick<Shop, 'collections' | 'host'>;

/** A record for a key that has none yet: its maker has the lease. */
export function makeRecord(
	{host}: Pick<Shop, 'host'>,
	{userId, key, requestHash}: {readonly userId: ObjectId; readonly key: string; readonly requestHash: string},
): IdempotentAnswer {
	return {
		_id: `${userId.toHexString()}:${key}`,
		requestHash,
		orderId: new ObjectId(),
		lease: makeLease(host),
		expiresAt: new Date(host.now() + KEPT_MS),
	};
}

/** What the key was used for before. @throws HttpError 422 IDEMPOTENCY_MISMATCH where that was something else */
export async function findRecord({collections}: Keyed, wanted: IdempotentAnswer): Promise<IdempotentAnswer | null> {
	const record = await collections.idempotency.findOne({_id: {$eq: wanted._id}});
	if (record !== null && record.requestHash !== wanted.requestHash)
		throw new HttpError(422, 'IDEMPOTENCY_MISMATCH', 'This Idempotency-Key was used for another cart');
	return record;
}

/** The record with the lease as ours. @throws HttpError 409 IN_FLIGHT where another request has it */
export async function takeLease({collections, host}: Keyed, record: IdempotentAnswer): Promise<IdempotentAnswer> {
	const lease = makeLease(host);
	const {matchedCount} = await collections.idempotency.updateOne(
		{_id: record._id, 'lease.until': {$lte: new Date(host.now())}},
		{$set: {lease}},
	);
	if (matchedCount === 0) throw inFlight();
	return {...record, lease};
}

/** Gives the lease back early, if it is still ours. Where even that fails it runs out by itself. */
export async function giveLease({collections, host}: Keyed, {_id, lease}: IdempotentAnswer): Promise<void> {
	await collections.idempotency
		.updateOne({_id, 'lease.by': lease.by}, {$set: {'lease.until': new Date(host.now())}})
		.catch(() => undefined);
}

export function inFlight(): HttpError {
	return new HttpError(409, 'IN_FLIGHT', 'A request with this Idempotency-Key is being worked on', 1);
}

function makeLease(host: Shop['host']): IdempotentAnswer['lease'] {
	return {by: host.randomHex(8), until: new Date(host.now() + LEASE_MS)};
}
