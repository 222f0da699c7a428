import type {z} from 'zod';
import type {ShopHost} from '../../shop.js';
import {ProviderError} from '../provider.js';
import type {RazorpayAnswer, RazorpayCall, RazorpayHttp} from './http.js';

const TRIES = 3;
const FIRST_DELAY_MS = 200;
/** A customer waits for the answer: after that no further try is begun, nor a long Retry-After sat out. */
const PATIENCE_MS = 6000;

export type RazorpayParts = {
	readonly http: RazorpayHttp;
	readonly host: Pick<ShopHost, 'sleep' | 'monotonicMs' | 'randomHex'>;
};

/** Asks what may be asked twice, up to three times; waits as long as a 429 says. @throws ProviderError */
export async function readAgain<T extends z.ZodType>(
	{http, host}: RazorpayParts,
	call: RazorpayCall<T>,
): Promise<RazorpayAnswer<z.output<T>>> {
	const started = host.monotonicMs();
	for (let attempt = 1; ; attempt++) {
		try {
			return await http.call(call);
		} catch (error) {
			if (!(error instanceof ProviderError) || error.kind === 'refused' || attempt === TRIES) throw error;
			const waitMs = error.retryAfterMs ?? backoffMs(host, attempt);
			if (host.monotonicMs() - started + waitMs > PATIENCE_MS) throw error;
			await host.sleep(waitMs);
		}
	}
}

/** 200, 400, … with up to a quarter more, so that shops which failed together do not come back together. */
export function backoffMs({randomHex}: Pick<ShopHost, 'randomHex'>, attempt: number): number {
	return FIRST_DELAY_MS * 2 ** (attempt - 1) * (1 + Number.parseInt(randomHex(1), 16) / 1024);
}
