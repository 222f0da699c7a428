import {errorCode} from '../../../kernel/errors.js';
import type {Shop} from '../../shop.js';
import {within} from '../../within.js';
import type {ReadEvent} from './read-event.js';

export type Stored = 'stored' | 'duplicate' | 'stale' | 'altered';

const DUPLICATE_KEY = 11000;

/** Together with the look at the maintenance switch and a request's own work this ends before Razorpay's five seconds. */
const INSERT_MS = 2000;
const LOOK_MS = 1000;

/** Razorpay repeats a delivery for a day; what is older was not sent by it now. */
const MAX_AGE_SECONDS = 24 * 3600;
const SLACK_SECONDS = 3600;

/**
 * Keeps the event before anybody is told that we have it. It is a duplicate by its own id, or by what it says of which
 * entity: the id is not signed, so a delivery that was listened to can be sent again under another.
 * @throws MongoError, HttpError 503 when it is not surely kept, in bounded time
 */
export async function storeEvent(shop: Shop, {createdAt, ...event}: ReadEvent): Promise<Stored> {
	const {webhookEvents} = shop.collections;
	const receivedAt = new Date(shop.host.now());
	const isStale = createdAt === undefined || receivedAt.getTime() / 1000 - createdAt > MAX_AGE_SECONDS + SLACK_SECONDS;
	const state = isStale ? 'stale' : 'stored';
	try {
		const end = isStale ? {doneAt: receivedAt} : {};
		const stored = {...event, state, tries: 0, receivedAt, nextTryAt: receivedAt, ...end} as const;
		await within(INSERT_MS, () => webhookEvents.insertOne(stored, {writeConcern: {w: 'majority'}}));
		return state;
	} catch (error) {
		if (errorCode(error) !== DUPLICATE_KEY) throw error;
	}
	return within(LOOK_MS, (signal) => compare(shop, event, signal));
}

async function compare(
	{collections: {webhookEvents}, host}: Shop,
	{_id, subject, bodyHash}: Pick<ReadEvent, '_id' | 'subject' | 'bodyHash'>,
	signal: AbortSignal,
): Promise<'altered' | 'duplicate'> {
	const sameId = await webhookEvents.findOne({_id: {$eq: _id}}, {signal});
	if (sameId !== null && sameId.bodyHash !== bodyHash) return 'altered';
	// Somebody has it sent once more, by hand, since it had failed: then it is tried once more.
	const again = {$set: {state: 'stored', tries: 0, nextTryAt: new Date(host.now())}} as const;
	await webhookEvents.updateOne({subject: {$eq: subject}, state: 'failed'}, again);
	return 'duplicate';
}
