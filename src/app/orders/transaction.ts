import {type ClientSession, MongoError} from 'mongodb';
import type {Shop} from '../shop.js';

type Transacting = Pick<Shop, 'client' | 'settings' | 'host'>;

const OPTIONS = {readConcern: {level: 'snapshot'}, writeConcern: {w: 'majority'}} as const;

const FIRST_REST_MS = 5;
const LONGEST_REST_MS = 200;
/** The server gave up on the commit; whether it will still happen it does not say, and asking again does not help. */
const MAX_TIME_EXPIRED = 50;

/**
 * Runs `work` in one transaction: all of it or nothing, and again from the start where another writer was in the way. So
 * `work` must do nothing but read and write, one after the other, with the session it is given.
 *
 * The driver's `withTransaction` goes on for two minutes, long after who asked has gone; this one begins nothing anew
 * after DATABASE_TIMEOUT_MS.
 * @throws MongoError the last one, when it did not succeed in time
 */
export function inTransaction<T>(
	{client, settings, host}: Transacting,
	work: (session: ClientSession) => Promise<T>,
): Promise<T> {
	const deadlineMs = host.monotonicMs() + settings.DATABASE_TIMEOUT_MS;
	const isLate = () => host.monotonicMs() >= deadlineMs;
	return client.withSession(async (session) => {
		for (let attempt = 0; ; attempt++) {
			session.startTransaction(OPTIONS);
			try {
				const result = await work(session);
				await commit(session, host, isLate);
				return result;
			} catch (error) {
				if (session.inTransaction()) await session.abortTransaction();
				if (!hasLabel(error, 'TransientTransactionError') || isLate()) throw error;
			}
			await rest(host, attempt);
		}
	});
}

/** A commit whose answer is lost is sent again: it is the same commit, and done once. */
async function commit(session: ClientSession, host: Transacting['host'], isLate: () => boolean): Promise<void> {
	for (let attempt = 0; ; attempt++) {
		try {
			await session.commitTransaction();
			return;
		} catch (error) {
			const isUnknown = hasLabel(error, 'UnknownTransactionCommitResult');
			if (!isUnknown || (error instanceof MongoError && error.code === MAX_TIME_EXPIRED) || isLate()) throw error;
		}
		await rest(host, attempt);
	}
}

function hasLabel(error: unknown, label: string): boolean {
	return error instanceof MongoError && error.hasErrorLabel(label);
}

/** At random, so that those who were in each other's way do not meet again. */
async function rest({sleep, randomHex}: Transacting['host'], attempt: number): Promise<void> {
	const share = Number.parseInt(randomHex(2), 16) / 0xffff;
	await sleep(share * Math.min(FIRST_REST_MS * 1.5 ** attempt, LONGEST_REST_MS));
}
