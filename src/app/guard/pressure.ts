import underPressure from '@fastify/under-pressure';
import {HttpError} from '../http-error.js';
import type {ShopServer} from '../server.js';

const RETRY_AFTER_SECONDS = 5;

/** Who asks whether the shop is well gets an answer all the same. */
const ALWAYS = /^\/(?:api\/health|metrics|api\/metrics)/;

/**
 * Refuses work while the event loop is behind, so that what has begun is finished.
 * @param mostDelayMs mean delay over a second
 */
export async function addPressure(app: ShopServer, mostDelayMs: number): Promise<void> {
	await app.register(underPressure, {
		maxEventLoopDelay: mostDelayMs,
		pressureHandler(request, _reply, _type, delayMs) {
			// Nothing was measured in the last second: that says nothing, least of all that it was long.
			if (ALWAYS.test(request.url) || !Number.isFinite(delayMs)) return;
			throw new HttpError(503, 'OVERLOADED', 'The shop is busier than it can serve', RETRY_AFTER_SECONDS);
		},
	});
}
