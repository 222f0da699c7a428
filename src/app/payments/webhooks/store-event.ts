import {errorCode} from '../../../kernel/errors.js';
import type {Shop} from '../../shop.js';
import type {ReadEvent} from './read-event.js';

export type Stored = 'stored' | 'duplicate' | 'stale' | 'altered';

const DUPLICATE_KEY = 11000;

/** Together with the look at the maintenance switch and a request's own work this ends before Razorpay's five seconds. */
const INSERT_MS = 2000;
const LOOK_MS = 700;

/** Razorpay repeats a delivery for a day; what is older was not sent by it now. */
const MAX_AGE_SECONDS = 24 * 3600;
const SLACK_SECONDS = 3600;

/**
 * Keeps the event before anybody is told that we have it. It is a duplicate by its own id, or by what it says of which
 * entity: the id is not signed, so a delivery that was listened to can be sent again under another.
 * @throws MongoError when it is not surely kept, in bounded time
 */
export async function storeEvent(shop: Shop, {createdAt, ...event}: ReadEvent): Promise<Stored> {
	const {webhookEvents} = shop.collections;
	const receivedAt = new Date(shop.host.now());
	const isStale = createdAt === undefined || receivedAt.getTime() / 1000 - createdAt > MAX_AGE_SECONDS + SLACK_SECONDS;
	const state = isStale ? 'stale' : 'stored';
	try {
		await webhookEvents.insertOne(
			{...event, state, tries: 0, receivedAt, nextTryAt: receivedAt},
			{timeoutMS: INSERT_MS, writeConcern: {w: 'majority'}},
		);
		return state;
	} catch (error) {
		if (errorCode(error) !== DUPLICATE_KEY) throw error;
	}
	const sameId = await webhookEvents.findOne({_id: {$eq: event._id}}, {timeoutMS: LOOK_MS});
	if (sameId !== null && sameId.bodyHash !== event.bodyHash) return 'altered';
	// Somebody has it sent once more, by hand, since it had failed: then it is tried once more.
	const again = {$set: {state: 'stored', tries: 0, nextTryAt: receivedAt}} as const;
	await webhookEvents.updateOne({subject: {$eq: event.subject}, state: 'failed'}, again, {timeoutMS: LOOK_MS});
	return 'duplicate';
}
