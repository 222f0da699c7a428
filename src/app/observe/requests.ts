import type {IncomingMessage} from 'node:http';
import {type FastifyBaseLogger, type FastifyRequest, type FastifyServerOptions, LogController} from 'fastify';
import type {ShopServer} from '../server.js';
import type {Shop, ShopHost} from '../shop.js';
import type {Log} from './log.js';
import {contextOf, traceparentOf} from './request-context.js';

/** Fastify's options for the shop's log: every line of a request carries its id and its trace. */
export function loggingOptions({logger}: Log, host: Pick<ShopHost, 'randomHex' | 'monotonicMs'>): FastifyServerOptions {
	return {
		// One line per request of our own, below.
		logController: new LogController({disableRequestLogging: true}),
		requestIdHeader: false,
		genReqId: (raw) => contextOf(raw as IncomingMessage, host).requestId,
		...(logger === undefined ? {logger: false} : {loggerInstance: logger as FastifyBaseLogger}),
		childLoggerFactory(parent, _bindings, options, raw) {
			const {requestId, traceId, spanId} = contextOf(raw as IncomingMessage, host);
			return parent.child({requestId, traceId, spanId}, options);
		},
	};
}

/** Names, logs and counts each request, once, however it ends. Register it before the routes and before other hooks. */
export function addRequests(app: ShopServer, {telemetry: {metrics}, host}: Shop): void {
	app.addHook('onRoute', ({method, url}) => {
		for (const one of [method].flat()) metrics.addRoute(one, url);
	});

	const finish = (request: FastifyRequest, status: number | undefined) => {
		const context = contextOf(request.raw, host);
		const durationMs = host.monotonicMs() - context.startedMs;
		const route = request.routeOptions.url;
		metrics.finish({method: request.method, route, status, durationMs});
		const line = {
			method: request.method,
			// The template, never what was asked for: paths hold ids, and whatever a client cares to write.
			route: route ?? null,
			status: status ?? null,
			latencyMs: Math.round(durationMs * 10) / 10,
			...(context.userId === undefined ? {} : {userId: context.userId}),
		};
		if (status === undefined) request.log.warn(line, 'The client went away');
		else if (status >= 500) request.log.error(line, 'Request failed');
		else request.log.info(line, 'Request');
	};
	app.addHook('onRequest', (request, reply, done) => {
		const context = contextOf(request.raw, host);
		reply.header('x-request-id', context.requestId);
		reply.header('traceparent', traceparentOf(context));
		// Comes once however it ends; who gave up waiting must be counted, and those are the slowest of all. Of Fastify's own
		// hooks the one does not run for them, the other only for clients that leave before they have sent everything.
		reply.raw.once('close', () => finish(request, reply.raw.writableFinished ? reply.statusCode : undefined));
		done();
	});
}
