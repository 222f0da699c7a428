import type {FastifyError, FastifyReply, FastifyRequest} from 'fastify';
import {MongoError, MongoServerError} from 'mongodb';
import {HttpError} from '../http-error.js';
import {errorContextOf} from '../observe/request-context.js';
import type {ShopServer} from '../server.js';
import type {Shop} from '../shop.js';
import {databaseAway} from '../within.js';

type Failure = {
	readonly statusCode: number;
	readonly code: string;
	readonly message: string;
	readonly retryAfter?: number;
};

/**
 * Every failure leaves as `{error: {code, message, requestId}}`; what the client must not know stays in the log. Unknown
 * paths count against the client's limit like known ones.
 */
export function addErrors(app: ShopServer, {telemetry, host}: Shop): void {
	app.setErrorHandler((error, request, reply) => {
		const {statusCode, code, message, retryAfter} = failureOf(error);
		if (statusCode >= 500 && !(error instanceof HttpError)) {
			const context = errorContextOf(request, host);
			request.log.error({err: error, fingerprint: telemetry.errors.track(error, context)}, 'Something failed');
		}
		if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
		// RFC 9110: a 401 says how to log in.
		if (statusCode === 401) reply.header('www-authenticate', 'Bearer realm="shop"');
		return reply.status(statusCode).send({error: {code, message, requestId: request.id}});
	});
	app.setNotFoundHandler({preHandler: app.rateLimit()}, (request, reply) =>
		reply
			.status(404)
			.send({error: {code: 'NOT_FOUND', message: 'There is nothing at this address', requestId: request.id}}),
	);
}

/** For an address that no router can read. No hook runs for it, so the headers of every answer are not there. */
export function refuseAddress(error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
	reply
		.status(error.statusCode ?? 400)
		.headers({'cache-control': 'no-store', 'x-content-type-options': 'nosniff'})
		.send({error: {code: 'INVALID_ADDRESS', message: 'The address cannot be read', requestId: request.id}});
}

/** Fastify's own refusals of what a client sent, under names of ours; their wording says what is wrong with it. */
const CLIENT_ERRORS: Readonly<Record<string, string>> = {
	FST_ERR_VALIDATION: 'INVALID_REQUEST',
	FST_ERR_CTP_INVALID_MEDIA_TYPE: 'UNSUPPORTED_MEDIA_TYPE',
	FST_ERR_CTP_BODY_TOO_LARGE: 'BODY_TOO_LARGE',
	FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'INVALID_BODY',
	FST_ERR_CTP_EMPTY_JSON_BODY: 'INVALID_BODY',
	FST_ERR_CTP_INVALID_JSON_BODY: 'INVALID_BODY',
};

/**
 * Codes of a server that answered no, where trying again may help: those after which a driver repeats a read (MongoDB's
 * "Retryable Reads" specification), and the two of a time that ran out.
 */
const PASSING_CODES = new Set([6, 7, 50, 89, 91, 134, 189, 262, 9001, 10_107, 11_600, 11_602, 13_435, 13_436]);

function failureOf(error: unknown): Failure {
	if (error instanceof HttpError) {
		const {statusCode, code, message, retryAfterSeconds} = error;
		return {statusCode, code, message, ...(retryAfterSeconds === undefined ? {} : {retryAfter: retryAfterSeconds})};
	}
	if (error instanceof MongoError && isPassing(error)) {
		return failureOf(databaseAway(error));
	}
	if (error instanceof Error && 'code' in error && error.code === 'FST_ERR_HANDLER_TIMEOUT')
		return {statusCode: 503, code: 'TOO_SLOW', message: 'The shop could not answer in time', retryAfter: 5};
	if (error instanceof Error && 'statusCode' in error && typeof error.statusCode === 'number') {
		const known = 'code' in error ? CLIENT_ERRORS[String(error.code)] : undefined;
		if (known !== undefined) return {statusCode: error.statusCode, code: known, message: error.message};
		// A parser that says no names no code of Fastify's: malformed JSON, a forbidden key.
		if (error.statusCode >= 400 && error.statusCode < 500)
			return {statusCode: error.statusCode, code: 'INVALID_REQUEST', message: 'The request cannot be read'};
	}
	return {statusCode: 500, code: 'INTERNAL', message: 'Something went wrong on our side'};
}

/** Everything but an answer that says no to what was asked: that is a mistake of ours. */
function isPassing(error: MongoError): boolean {
	if (!(error instanceof MongoServerError)) return true;
	return (
		PASSING_CODES.has(Number(error.code)) ||
		error.hasErrorLabel('TransientTransactionError') ||
		error.hasErrorLabel('RetryableWriteError')
	);
}
