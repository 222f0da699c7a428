import type {ShopHost} from '../shop.js';

/**
 * The answer, or a failure when it has not come in time. The work itself goes on: the driver offers no way to cut a wait
 * for a server that has fallen silent (its `timeoutMS` does nothing, and `maxTimeMS` needs a server that answers).
 */
export async function within<T>(host: Pick<ShopHost, 'sleep'>, ms: number, work: Promise<T>): Promise<T> {
	const over = new AbortController();
	const late = host.sleep(ms, over.signal).then(
		() => Promise.reject(new Error(`No answer within ${ms} ms`)),
		// Aborted: the work was done first.
		() => new Promise<never>(() => undefined),
	);
	try {
		return await Promise.race([work, late]);
	} finally {
		over.abort();
	}
}
