import type {FastifyReply} from 'fastify';
import Type from 'typebox';
import {failures} from '../answers.js';
import {HttpError} from '../http-error.js';
import type {ShopServer} from '../server.js';
import type {Shop} from '../shop.js';
import {requireReader} from './access.js';
import {chooseType} from './negotiate.js';
import {toOpenMetrics} from './openmetrics.js';
import {reportSchema} from './report-schema.js';

const PROMETHEUS = 'text/plain';
const OPENMETRICS = 'application/openmetrics-text';
const JSON_TYPE = 'application/json';

const CONTENT_TYPES = {
	[PROMETHEUS]: 'text/plain; version=0.0.4; charset=utf-8',
	[OPENMETRICS]: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
} as const;

const text = {[PROMETHEUS]: {schema: Type.String()}, [OPENMETRICS]: {schema: Type.String()}};
const nothing = Type.Object({}, {additionalProperties: false});

/** GET /metrics for Prometheus; GET /api/metrics for whoever wants windows and budgets, and text too if asked by Accept. */
export function addMetrics(app: ShopServer, {telemetry: {metrics}, settings}: Shop): void {
	const sendText = async (reply: FastifyReply, type: keyof typeof CONTENT_TYPES) => {
		const written = await metrics.text();
		return reply
			.header('content-type', CONTENT_TYPES[type])
			.send(type === OPENMETRICS ? toOpenMetrics(written) : written);
	};

	app.get(
		'/metrics',
		{
			schema: {
				summary: 'Metrics for Prometheus, as its text format or OpenMetrics',
				security: [{metrics: []}],
				tags: ['metrics'],
				querystring: nothing,
				response: {200: {description: 'Metrics', content: text}, ...failures(401, 403, 406)},
			},
		},
		async (request, reply) => {
			requireReader(request, reply, settings.METRICS_TOKEN);
			const type = chooseType(request.headers.accept, [PROMETHEUS, OPENMETRICS]);
			if (type === undefined) throw notAcceptable();
			return sendText(reply.header('cache-control', 'no-store'), type);
		},
	);

	app.get(
		'/api/metrics',
		{
			schema: {
				summary: 'Rolling windows, objectives and error budgets',
				security: [{metrics: []}],
				tags: ['metrics'],
				querystring: nothing,
				response: {
					200: {description: 'Metrics', content: {[JSON_TYPE]: {schema: reportSchema}, ...text}},
					...failures(401, 403, 406),
				},
			},
		},
		async (request, reply) => {
			requireReader(request, reply, settings.METRICS_TOKEN);
			const type = chooseType(request.headers.accept, [JSON_TYPE, OPENMETRICS, PROMETHEUS]);
			if (type === undefined) throw notAcceptable();
			reply.header('cache-control', 'no-store').header('vary', 'accept');
			if (type !== JSON_TYPE) return sendText(reply, type);
			return reply.header('content-type', JSON_TYPE).send(await metrics.report());
		},
	);
}

function notAcceptable(): HttpError {
	return new HttpError(406, 'NOT_ACCEPTABLE', `Ask for ${JSON_TYPE}, ${OPENMETRICS} or ${PROMETHEUS}`);
}
