import {createServer, type IncomingMessage, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {afterEach, beforeEach, describe, expect, it} from 'vitest';
import type {ErrorReport} from '../../../src/app/observe/error-report.js';
import {openOtlp} from '../../../src/app/observe/otlp.js';
import {openSentry, parseDsn} from '../../../src/app/observe/sentry.js';
import {makeTestHost} from '../../support/host.js';

const info = {version: '1.4.0', commit: 'abc1234', environment: 'staging'};
const report: ErrorReport = {
	fingerprint: '0123456789abcdef',
	name: 'TypeError',
	code: 'E_PAY',
	message: 'cannot pay – ₹',
	stack: 'TypeError: cannot pay\n    at charge (/srv/pay.js:3:4)\n    at Layer.run (/srv/node_modules/x/y.js:1:2)',
	context: {
		route: '/api/checkout',
		requestId: 'r-1',
		traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
		spanId: '00f067aa0ba902b7',
		userId: 'u-1',
	},
	count: 3,
	firstMs: 1_764_000_000_000,
	lastMs: 1_764_000_001_500,
};
const never = new AbortController().signal;

type Got = {readonly url: string; readonly headers: IncomingMessage['headers']; readonly body: string};
let server: Server;
let base: string;
let got: Got[];
let answers: {status: number; headers?: Record<string, string>; body?: string}[];
beforeEach(async () => {
	got = [];
	answers = [];
	server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			got.push({url: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString()});
			const {status, headers = {}, body = '{}'} = answers.shift() ?? {status: 200};
			response.writeHead(status, headers).end(body);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	base = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => void server.close());

describe('Sentry', () => {
	it('is reached where its DSN says', () => {
		expect(parseDsn('https://abc@o1.ingest.sentry.io/42')).toEqual({
			url: 'https://o1.ingest.sentry.io/api/42/envelope/',
			publicKey: 'abc',
		});
		expect(parseDsn('http://abc:old@sentry.shop.in:9000/a/b/7').url).toBe(
			'http://sentry.shop.in:9000/a/b/api/7/envelope/',
		);
		for (const wrong of [
			'https://o1.ingest.sentry.io/42',
			'https://abc@host/',
			'https://abc@host/name',
			'ftp://abc@host/1',
		])
			expect(() => parseDsn(wrong)).toThrow(/must look like/);
	});

	it('gets an envelope with one event', async () => {
		await openSentry(`http://abc@${base}/42`, info, makeTestHost()).write([report], never);
		expect(got).toHaveLength(1);
		const [{url, headers, body} = {url: '', headers: {}, body: ''}] = got;
		expect(url).toBe('/api/42/envelope/');
		expect(headers['content-type']).toBe('application/x-sentry-envelope');
		expect(headers['x-sentry-auth']).toContain('sentry_version=7');
		expect(headers['x-sentry-auth']).toContain('sentry_key=abc');
		const [envelope = '', item = '', payload = ''] = body.split('\n');
		const event = JSON.parse(payload) as Record<string, unknown>;
		expect(JSON.parse(item)).toEqual({
			type: 'event',
			content_type: 'application/json',
			length: Buffer.byteLength(payload),
		});
		expect(JSON.parse(envelope)).toMatchObject({event_id: event['event_id'], sent_at: expect.stringMatching(/Z$/)});
		expect(event).toMatchObject({
			event_id: expect.stringMatching(/^[0-9a-f]{32}$/),
			timestamp: 1_764_000_001.5,
			platform: 'node',
			level: 'error',
			release: '1.4.0',
			environment: 'staging',
			transaction: '/api/checkout',
			fingerprint: ['0123456789abcdef'],
			contexts: {trace: {trace_id: report.context.traceId, span_id: report.context.spanId}},
			user: {id: 'u-1'},
			extra: {count: 3},
		});
		expect(event['exception']).toEqual({
			values: [
				{
					type: 'TypeError',
					value: 'cannot pay – ₹',
					stacktrace: {
						frames: [
							{function: 'Layer.run', filename: '/srv/node_modules/x/y.js', lineno: 1, colno: 2, in_app: false},
							{function: 'charge', filename: '/srv/pay.js', lineno: 3, colno: 4, in_app: true},
						],
					},
				},
			],
		});
	});

	it('is left alone as long as it asks for silence', async () => {
		let monotonic = 0;
		const sentry = openSentry(`http://abc@${base}/42`, info, makeTestHost({monotonicMs: () => monotonic}));
		answers = [{status: 200}, {status: 429, headers: {'retry-after': '30'}}];
		await expect(sentry.write([report, report, report], never)).rejects.toMatchObject({left: [report, report]});
		await expect(sentry.write([report], never)).rejects.toThrow('silence');
		expect(got).toHaveLength(2);
		monotonic = 30_001;
		await sentry.write([report], never);
		expect(got).toHaveLength(3);
	});

	it('is not sent again what it refuses for good, and is sent the rest', async () => {
		answers = [{status: 413}, {status: 200}];
		const sentry = openSentry(`http://abc@${base}/42`, info, makeTestHost());
		await expect(sentry.write([report, report], never)).rejects.toMatchObject({left: []});
		expect(got).toHaveLength(2);
		answers = [{status: 503}];
		await expect(sentry.write([report], never)).rejects.toMatchObject({left: [report]});
	});

	it('may be away, or silent: the wait ends', async () => {
		server.removeAllListeners('request');
		const sentry = openSentry(`http://abc@${base}/42`, info, makeTestHost());
		await expect(sentry.write([report], AbortSignal.timeout(100))).rejects.toMatchObject({left: [report]});
		server.closeAllConnections();
	});
});

describe('OTLP', () => {
	it('gets log records in its JSON', async () => {
		await openOtlp(`http://${base}/`, info, makeTestHost({now: () => 1_764_000_002_000})).write([report], never);
		const [{url, headers, body} = {url: '', headers: {}, body: '{}'}] = got;
		expect([url, headers['content-type']]).toEqual(['/v1/logs', 'application/json']);
		const {resourceLogs} = JSON.parse(body) as {
			resourceLogs: {resource: unknown; scopeLogs: {logRecords: Record<string, unknown>[]}[]}[];
		};
		expect(resourceLogs[0]?.resource).toEqual({
			attributes: [
				{key: 'service.name', value: {stringValue: 'sastabazar'}},
				{key: 'service.version', value: {stringValue: '1.4.0'}},
				{key: 'deployment.environment.name', value: {stringValue: 'staging'}},
			],
		});
		const [record] = resourceLogs[0]?.scopeLogs[0]?.logRecords ?? [];
		expect(record).toMatchObject({
			timeUnixNano: '1764000001500000000',
			observedTimeUnixNano: '1764000002000000000',
			severityNumber: 17,
			severityText: 'ERROR',
			body: {stringValue: 'cannot pay – ₹'},
			traceId: report.context.traceId,
			spanId: report.context.spanId,
		});
		expect(record?.['attributes']).toContainEqual({key: 'exception.type', value: {stringValue: 'TypeError'}});
		expect(record?.['attributes']).toContainEqual({key: 'error.count', value: {intValue: '3'}});
	});

	it('is sent again what a server error cost, never what was rejected', async () => {
		const otlp = openOtlp(`http://${base}`, info, makeTestHost());
		answers = [
			{status: 503},
			{status: 200, body: '{"partialSuccess":{"rejectedLogRecords":"1"}}'},
			{status: 200, body: ''},
		];
		const failed = otlp.write([report], never);
		await expect(failed).rejects.toThrow('503');
		await expect(failed).rejects.not.toHaveProperty('left');
		await expect(otlp.write([report], never)).rejects.toMatchObject({left: []});
		await otlp.write([report], never);
	});
});
