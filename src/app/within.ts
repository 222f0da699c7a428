import {HttpError} from './http-error.js';

/** What a request is told while the database does not do its part. */
export function databaseAway(cause?: unknown): HttpError {
	const error = new HttpError(503, 'DATABASE', 'The shop cannot reach its data right now', 5);
	error.cause = cause;
	return error;
}

/**
 * Waits no longer than `ms` for what the database is asked; the driver knows no limit of its own for a single call
 * (its `timeoutMS` has no effect in 7.9). What can be called off by the signal is; the rest ends unseen, by the
 * socket's timeout.
 * @throws HttpError 503 DATABASE when the time is up
 */
export async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
	const signal = AbortSignal.timeout(ms);
	const asked = work(signal);
	// Whoever loses the race must not be an unhandled failure.
	asked.catch(() => undefined);
	let giveUp: () => void = () => undefined;
	const late = new Promise<never>((_, reject) => {
		giveUp = () => reject(databaseAway(signal.reason));
		signal.addEventListener('abort', giveUp, {once: true});
	});
	try {
		return await Promise.race([asked, late]);
	} catch (error) {
		throw signal.aborted ? databaseAway(error) : error;
	} finally {
		signal.removeEventListener('abort', giveUp);
	}
}
