import type {IncomingMessage} from 'node:http';
import {isLoopback} from './client-key.js';

/** Meant for the next hop only (RFC 9110, 7.6.1). How a body is framed is left to the library, which knows what it sends. */
const HOP_BY_HOP = [
	'keep-alive',
	'proxy-connection',
	'proxy-authenticate',
	'proxy-authorization',
	'te',
	// Trailers are not passed on; Node throws where they are announced and cannot be sent.
	'trailer',
	'upgrade',
];

/** Whoever lists these in `Connection` wants to smuggle, not to speak to the next hop. */
const NEVER_DROPPED = new Set(['transfer-encoding', 'content-length', 'host', 'connection', 'close', 'keep-alive']);

/** Makes the headers of a request fit to be passed on. Expect was answered by this server already. */
export function prepareRequestHeaders(request: IncomingMessage): void {
	const {headers} = request;
	const isUpgrade = headers.upgrade !== undefined && /(?:^|,)\s*upgrade\s*(?:,|$)/i.test(headers.connection ?? '');
	dropNamed(headers, isUpgrade ? ['upgrade'] : []);
	for (const name of HOP_BY_HOP) if (!(isUpgrade && name === 'upgrade')) delete headers[name];
	delete headers['expect'];
	// Only the wish to close is of interest to our own answer; the connection to the instance has a life of its own.
	if (isUpgrade) headers.connection = 'upgrade';
	else if (/(?:^|,)\s*close\s*(?:,|$)/i.test(headers.connection ?? '')) headers.connection = 'close';
	else if (request.httpVersion !== '1.0') delete headers.connection;
	addForwarded(request);
}

/** Makes the head of an answer fit to be passed on: what Node would throw at is not. */
export function prepareAnswerHead(answer: IncomingMessage): void {
	const {headers, statusCode = 0, statusMessage = ''} = answer;
	dropNamed(headers, []);
	for (const name of HOP_BY_HOP) delete headers[name];
	delete headers.connection;
	if (statusCode < 200) answer.statusCode = 502;
	if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(statusMessage)) answer.statusMessage = '';
}

/** @param kept of those named, what stays */
function dropNamed(headers: IncomingMessage['headers'], kept: readonly string[]): void {
	for (const part of headers.connection?.split(',') ?? []) {
		const name = part.trim().toLowerCase();
		if (name !== '' && !NEVER_DROPPED.has(name) && !kept.includes(name)) delete headers[name];
	}
}

/**
 * X-Forwarded-For gets the client's address behind what came, as every proxy does. Host and protocol are ours to say,
 * unless something on this machine, which ended the TLS, has said them.
 */
function addForwarded({headers, socket}: IncomingMessage): void {
	const address = socket.remoteAddress ?? 'unknown';
	const before = headers['x-forwarded-for'];
	headers['x-forwarded-for'] = before === undefined ? address : `${String(before)}, ${address}`;
	const isTrusted = isLoopback(address);
	if (!isTrusted) delete headers['forwarded'];
	if (!isTrusted || headers['x-forwarded-proto'] === undefined) headers['x-forwarded-proto'] = 'http';
	if (!isTrusted || headers['x-forwarded-host'] === undefined) headers['x-forwarded-host'] = headers.host ?? '';
	if (!isTrusted) headers['x-forwarded-port'] = String(socket.localPort ?? '');
}
