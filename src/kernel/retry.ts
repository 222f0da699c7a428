import type {Host} from './host.js';

export type RetryPolicy = {
	/** Tries in all, the first included. @default 3 */
	readonly attempts?: number;
	/** Wait before the second try; doubles from there, with up to a quarter of jitter. @default 500 */
	readonly firstDelayMs?: number;
	/** @default 30000 */
	readonly maxDelayMs?: number;
	/** Milliseconds to wait before another try, `true` for the policy's own delay, or `false` to give up at once. */
	readonly shouldRetry: (error: unknown, attempt: number) => boolean | number;
};

/** Runs `work` until it resolves, the policy gives up, or the host is told to stop; then the last error is thrown. */
export async function retry<T>(
	host: Pick<Host, 'sleep' | 'signal' | 'randomHex'>,
	policy: RetryPolicy,
	work: (attempt: number) => Promise<T>,
): Promise<T> {
	const {attempts = 3, firstDelayMs = 500, maxDelayMs = 30_000, shouldRetry} = policy;
	for (let attempt = 1; ; attempt++) {
		try {
			return await work(attempt);
		} catch (error) {
			const wish = attempt < attempts && !host.signal.aborted && shouldRetry(error, attempt);
			if (wish === false) throw error;
			const jitter = 1 + Number.parseInt(host.randomHex(1), 16) / 1024;
			const backoffMs = Math.min(firstDelayMs * 2 ** (attempt - 1) * jitter, maxDelayMs);
			await host.sleep(wish === true ? backoffMs : wish, host.signal);
		}
	}
}
