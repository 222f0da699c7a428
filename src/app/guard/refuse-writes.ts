import type {FastifyInstance} from 'fastify';
import {HttpError} from '../http-error.js';
import type {Shop} from '../shop.js';

const RETRY_AFTER_SECONDS = 30;

const READING = new Set(['GET', 'HEAD', 'OPTIONS']);

/** While maintenance is on, reads go on and writes are refused with 503 and Retry-After. */
export function addRefuseWrites(app: FastifyInstance, {maintenance}: Shop): void {
	app.addHook('onRequest', (request, _reply, done) => {
		if (READING.has(request.method)) {
			done();
			return;
		}
		maintenance.read().then(({on, reason}) => {
			if (!on) done();
			else done(new HttpError(503, 'MAINTENANCE', reason ?? 'The shop is under maintenance', RETRY_AFTER_SECONDS));
		}, done);
	});
}
