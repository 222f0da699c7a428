import type {ShopInfo} from '../shop.js';
import type {ErrorReport} from './error-report.js';
import {type ErrorSink, SinkError} from './error-tracking.js';

/** SeverityNumber ERROR: https://opentelemetry.io/docs/specs/otel/logs/data-model/#field-severitynumber */
const SEVERITY_ERROR = 17;

/**
 * Sends errors as OpenTelemetry log records, by OTLP over HTTP in JSON: https://opentelemetry.io/docs/specs/otlp/#otlphttp
 * @param baseUrl of the collector, without `/v1/logs`
 */
export function openOtlp(baseUrl: string, info: ShopInfo, host: {now(): number}): ErrorSink {
	const url = `${baseUrl.replace(/\/+$/, '')}/v1/logs`;
	return {
		name: 'the OTLP collector',
		async write(reports, signal) {
			const response = await fetch(url, {
				method: 'POST',
				headers: {'content-type': 'application/json'},
				body: JSON.stringify(requestOf(reports, info, host.now())),
				signal,
			});
			const body = await response.text();
			if (!response.ok) throw new Error(`it answers ${response.status}`);
			const rejected = rejectedOf(body);
			// The protocol forbids to send those again.
			if (rejected > 0) throw new SinkError(`it rejects ${rejected} of ${reports.length}`, []);
		},
	};
}

function requestOf(reports: readonly ErrorReport[], info: ShopInfo, nowMs: number) {
	return {
		resourceLogs: [
			{
				resource: {
					attributes: attributes({
						'service.name': 'sastabazar',
						'service.version': info.version,
						'deployment.environment.name': info.environment,
					}),
				},
				scopeLogs: [{scope: {name: 'sastabazar.errors'}, logRecords: reports.map((report) => recordOf(report, nowMs))}],
			},
		],
	};
}

function recordOf({name, code, message, stack, context, fingerprint, count, lastMs}: ErrorReport, nowMs: number) {
	const {route, requestId, traceId, spanId, userId} = context;
	return {
		timeUnixNano: nanoseconds(lastMs),
		observedTimeUnixNano: nanoseconds(nowMs),
		severityNumber: SEVERITY_ERROR,
		severityText: 'ERROR',
		body: {stringValue: message},
		attributes: attributes({
			'exception.type': name,
			'exception.message': message,
			'exception.stacktrace': stack,
			'error.code': code,
			'error.fingerprint': fingerprint,
			'error.count': count,
			'http.route': route,
			'request.id': requestId,
			'user.id': userId,
		}),
		...(traceId === undefined ? {} : {traceId, spanId}),
	};
}

/** 64-bit numbers travel as text in OTLP's JSON. */
function nanoseconds(ms: number): string {
	return `${Math.round(ms)}000000`;
}

function attributes(values: Readonly<Record<string, string | number | undefined>>) {
	return Object.entries(values).flatMap(([key, value]) => {
		if (value === undefined) return [];
		return [{key, value: typeof value === 'number' ? {intValue: String(value)} : {stringValue: value}}];
	});
}

function rejectedOf(body: string): number {
	try {
		const answer = JSON.parse(body || '{}') as {partialSuccess?: {rejectedLogRecords?: string | number}};
		return Number(answer.partialSuccess?.rejectedLogRecords ?? 0);
	} catch {
		return 0;
	}
}
