import {errorMessage} from '../../kernel/errors.js';
import type {ShopInfo} from '../shop.js';
import type {ErrorReport} from './error-report.js';
import {type ErrorSink, SinkError} from './error-tracking.js';

export type SentryDsn = {readonly url: string; readonly publicKey: string};

/**
 * `https://<public key>@<host>[/path]/<project>`, as Sentry shows it.
 * https://develop.sentry.dev/sdk/foundations/transport/authentication/
 * @throws Error that does not repeat it
 */
export function parseDsn(dsn: string): SentryDsn {
	const {protocol, username, host, pathname} = new URL(dsn);
	const [, path = '', project] = /^(.*)\/(\d+)\/?$/.exec(pathname) ?? [];
	if (!/^https?:$/.test(protocol) || username === '' || project === undefined)
		throw new Error('The Sentry DSN must look like https://<key>@<host>/<project number>');
	return {url: `${protocol}//${host}${path}/api/${project}/envelope/`, publicKey: username};
}

/** Malformed or too large: no better the second time. */
const REFUSED_FOR_GOOD = new Set([400, 413, 422]);

/** Sends one event for each cause, as an envelope: https://develop.sentry.dev/sdk/foundations/envelopes/ */
export function openSentry(
	dsn: string,
	info: ShopInfo,
	host: {now(): number; monotonicMs(): number; randomHex(bytes: number): string},
): ErrorSink {
	const {url, publicKey} = parseDsn(dsn);
	const auth = `Sentry sentry_version=7, sentry_client=sastabazar/1.0, sentry_key=${publicKey}`;
	let silentUntilMs = Number.NEGATIVE_INFINITY;

	const send = async (report: ErrorReport, signal: AbortSignal): Promise<number> => {
		const response = await fetch(url, {
			method: 'POST',
			headers: {'content-type': 'application/x-sentry-envelope', 'x-sentry-auth': auth},
			body: envelopeOf(report, {eventId: host.randomHex(16), info, nowMs: host.now()}),
			signal,
		});
		await response.arrayBuffer();
		if (response.status === 429) silentUntilMs = host.monotonicMs() + 1000 * retryAfterSeconds(response);
		return response.status;
	};
	return {
		name: 'Sentry',
		async write(reports, signal) {
			if (host.monotonicMs() < silentUntilMs) throw new Error('it has asked for silence');
			let refused = 0;
			for (const [index, report] of reports.entries()) {
				const status = await send(report, signal).catch((error: unknown) => {
					throw new SinkError(errorMessage(error), reports.slice(index));
				});
				if (REFUSED_FOR_GOOD.has(status)) refused++;
				else if (status >= 300) throw new SinkError(`it answers ${status}`, reports.slice(index));
			}
			if (refused > 0) throw new SinkError(`it refuses ${refused} of ${reports.length}`, []);
		},
	};
}

function envelopeOf(
	report: ErrorReport,
	{eventId, info, nowMs}: {readonly eventId: string; readonly info: ShopInfo; readonly nowMs: number},
): string {
	const {name, code, message, stack, context, fingerprint, count, firstMs, lastMs} = report;
	const {route, requestId, traceId, spanId, userId} = context;
	const event = {
		event_id: eventId,
		timestamp: lastMs / 1000,
		platform: 'node',
		level: 'error',
		logger: 'sastabazar',
		release: info.version,
		environment: info.environment,
		fingerprint: [fingerprint],
		...(route === undefined ? {} : {transaction: route}),
		exception: {values: [{type: name, value: message, stacktrace: {frames: framesOf(stack)}}]},
		tags: {...(code === undefined ? {} : {code}), ...(requestId === undefined ? {} : {request_id: requestId})},
		...(traceId === undefined ? {} : {contexts: {trace: {trace_id: traceId, span_id: spanId}}}),
		...(userId === undefined ? {} : {user: {id: userId}}),
		extra: {count, first_seen: new Date(firstMs).toISOString()},
	};
	const payload = JSON.stringify(event);
	const lines = [
		{event_id: eventId, sent_at: new Date(nowMs).toISOString()},
		{type: 'event', content_type: 'application/json', length: Buffer.byteLength(payload)},
	];
	return `${lines.map((line) => JSON.stringify(line)).join('\n')}\n${payload}\n`;
}

/** Oldest call first, as Sentry wants them. */
function framesOf(stack: string): unknown[] {
	const frames = [...stack.matchAll(/^\s+at (?:(.*?) \()?([^()\s]+?):(\d+):(\d+)\)?$/gm)];
	return frames.reverse().map(([, called, filename = '', line, column]) => ({
		function: called ?? '<anonymous>',
		filename,
		lineno: Number(line),
		colno: Number(column),
		in_app: !/^node:|node_modules/.test(filename),
	}));
}

function retryAfterSeconds(response: Response): number {
	const seconds = Number(response.headers.get('retry-after') ?? 60);
	return seconds > 0 && seconds < 3600 ? seconds : 60;
}
