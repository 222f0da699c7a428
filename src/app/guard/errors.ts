import type {FastifyInstance} from 'fastify';
import {MongoError} from 'mongodb';
import {HttpError} from '../http-error.js';

type Failure = {
	readonly statusCode: number;
	readonly code: string;
	readonly message: string;
	readonly retryAfter?: number;
};

/** Every failure leaves as `{error: {code, message}}`; what the client must not know stays in the log. */
export function addErrors(app: FastifyInstance): void {
	app.setErrorHandler((error, request, reply) => {
		const {statusCode, code, message, retryAfter} = failureOf(error);
		if (statusCode >= 500 && !(error instanceof HttpError)) request.log.error(error);
		if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
		return reply.status(statusCode).send({error: {code, message}});
	});
	app.setNotFoundHandler((request, reply) =>
		reply.status(404).send({error: {code: 'NOT_FOUND', message: `There is no ${request.method} ${request.url}`}}),
	);
}

function failureOf(error: unknown): Failure {
	if (error instanceof HttpError) {
		const {statusCode, code, message, retryAfterSeconds} = error;
		return {statusCode, code, message, ...(retryAfterSeconds === undefined ? {} : {retryAfter: retryAfterSeconds})};
	}
	if (error instanceof MongoError) {
		return {statusCode: 503, code: 'DATABASE', message: 'The shop cannot reach its data right now', retryAfter: 5};
	}
	// Fastify's own: a body too large, not JSON, not of the schema.
	if (
		error instanceof Error &&
		'statusCode' in error &&
		typeof error.statusCode === 'number' &&
		error.statusCode < 500
	) {
		return {statusCode: error.statusCode, code: 'BAD_REQUEST', message: error.message};
	}
	return {statusCode: 500, code: 'INTERNAL', message: 'Something went wrong on our side'};
}
