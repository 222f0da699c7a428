import {lookup} from 'node:dns/promises';
import {connect as connectTcp, type Socket} from 'node:net';
import {errorCode, errorMessage} from '../../kernel/errors.js';
import {formatEndpoint, isIpAddress, isPrivateAddress} from './address.js';
import {findRule, type Route} from './route.js';

/** Why nothing came back. What a check makes of it is the check's matter; none of them is ever a pass by itself. */
export type Silence =
	| 'dns'
	| 'private'
	| 'refused'
	| 'unreachable'
	| 'timeout'
	| 'reset'
	| 'proxy'
	| 'tls'
	| 'protocol'
	| 'interrupted';

/** Thrown by everything in this folder when there is no answer. */
export class NoAnswer extends Error {
	override readonly name = 'NoAnswer';
	readonly why: Silence;
	/** The code of Node or OpenSSL, where it gave one. */
	readonly code: string | undefined;
	constructor(why: Silence, message: string, code?: string) {
		super(message);
		this.why = why;
		this.code = code;
	}
}

export type Endpoint = {readonly host: string; readonly port: number};

/** A connected socket, and the address it leads to; `undefined` through a proxy, which looks up by itself. */
export type Connection = {readonly socket: Socket; readonly address: string | undefined};

/** Connects to the first address that answers. @throws NoAnswer */
export async function dial(
	endpoint: Endpoint,
	route: Route,
	{timeoutMs, signal}: {readonly timeoutMs: number; readonly signal: AbortSignal},
): Promise<Connection> {
	if (route.proxy !== undefined) return dialThroughProxy(endpoint, route.proxy, {timeoutMs, signal});
	const addresses = await addressesOf(endpoint, route);
	let last: NoAnswer | undefined;
	const endAt = performance.now() + timeoutMs;
	for (const [index, address] of addresses.entries()) {
		// What is left is shared among those not yet tried, so that a silent first one does not eat all of it.
		const left = Math.max(1, (endAt - performance.now()) / (addresses.length - index));
		try {
			return {socket: await openSocket({host: address, port: endpoint.port}, left, signal), address};
		} catch (error) {
			if (!(error instanceof NoAnswer) || error.why === 'interrupted') throw error;
			last ??= error;
		}
	}
	throw last ?? new NoAnswer('dns', `${endpoint.host} has no address`);
}

/** The addresses a host would be connected at, in order. @throws NoAnswer for a name without one, or a private one */
export async function addressesOf({host, port}: Endpoint, route: Route): Promise<readonly string[]> {
	const bare = host.replace(/^\[(.*)\]$/, '$1');
	const rule = findRule(route.rules, bare, port);
	if (rule !== undefined) return ofFamily(rule.addresses, route.family, host);
	const found = isIpAddress(bare) ? [bare] : await lookUp(bare);
	const fitting = ofFamily(found, route.family, host);
	const hidden = route.allowPrivate ? undefined : fitting.find(isPrivateAddress);
	if (hidden !== undefined)
		throw new NoAnswer('private', `${host} leads to ${hidden}, an address inside a private network`);
	return fitting;
}

async function lookUp(host: string): Promise<string[]> {
	try {
		return (await lookup(host, {all: true, order: 'verbatim'})).map(({address}) => address);
	} catch (error) {
		throw new NoAnswer('dns', `${host} cannot be resolved: ${errorMessage(error)}`, codeOf(error));
	}
}

function ofFamily(addresses: readonly string[], family: Route['family'], host: string): readonly string[] {
	if (family === undefined) return addresses;
	const fitting = addresses.filter((address) => address.includes(':') === (family === 6));
	if (fitting.length === 0) throw new NoAnswer('dns', `${host} has no IPv${family} address`);
	return fitting;
}

function openSocket({host, port}: Endpoint, timeoutMs: number, signal: AbortSignal): Promise<Socket> {
	return new Promise((resolve, reject) => {
		if (signal.aborted) {
			reject(new NoAnswer('interrupted', 'interrupted'));
			return;
		}
		const socket = connectTcp({host, port});
		const settle = (error?: NoAnswer) => {
			clearTimeout(timer);
			signal.removeEventListener('abort', onAbort);
			socket.removeAllListeners('connect').removeAllListeners('error');
			// An error of a later moment belongs to whoever uses the socket then.
			socket.on('error', () => undefined);
			if (error === undefined) resolve(socket);
			else {
				socket.destroy();
				reject(error);
			}
		};
		const onAbort = () => settle(new NoAnswer('interrupted', 'interrupted'));
		const where = formatEndpoint(host, port);
		const timer = setTimeout(
			() => settle(new NoAnswer('timeout', `${where} did not take a connection in ${Math.round(timeoutMs)} ms`)),
			timeoutMs,
		);
		signal.addEventListener('abort', onAbort, {once: true});
		socket.once('connect', () => settle());
		socket.once('error', (error) => settle(socketSilence(error, where)));
	});
}

/** A network error as one of ours. */
export function socketSilence(error: unknown, where: string): NoAnswer {
	const code = codeOf(error);
	switch (code) {
		case 'ECONNREFUSED':
			return new NoAnswer('refused', `${where} refuses connections`, code);
		case 'ENETUNREACH':
		case 'EHOSTUNREACH':
		case 'EADDRNOTAVAIL':
		case 'EAFNOSUPPORT':
			return new NoAnswer('unreachable', `there is no way to ${where} from this machine`, code);
		case 'ETIMEDOUT':
			return new NoAnswer('timeout', `${where} did not answer in time`, code);
		case 'ECONNRESET':
		case 'EPIPE':
			return new NoAnswer('reset', `${where} closed the connection`, code);
		default:
			return new NoAnswer('protocol', `${where}: ${errorMessage(error)}`, code);
	}
}

async function dialThroughProxy(
	{host, port}: Endpoint,
	proxy: URL,
	{timeoutMs, signal}: {readonly timeoutMs: number; readonly signal: AbortSignal},
): Promise<Connection> {
	const {request} = await import('node:http');
	const where = formatEndpoint(host, port);
	const password = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
	return new Promise((resolve, reject) => {
		const asked = request({
			host: proxy.hostname.replace(/^\[(.*)\]$/, '$1'),
			port: proxy.port === '' ? 80 : Number(proxy.port),
			method: 'CONNECT',
			path: where,
			headers: {
				host: where,
				...(proxy.username === '' ? {} : {'proxy-authorization': `Basic ${Buffer.from(password).toString('base64')}`}),
			},
			agent: false,
			signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]),
		});
		asked.once('connect', ({statusCode = 0}, socket) => {
			if (statusCode >= 200 && statusCode < 300) {
				socket.on('error', () => undefined);
				resolve({socket: socket as Socket, address: undefined});
				return;
			}
			socket.destroy();
			reject(new NoAnswer('proxy', `the proxy ${proxy.host} answered ${statusCode} for ${where}`));
		});
		asked.once('response', (answer) => {
			answer.destroy();
			reject(new NoAnswer('proxy', `the proxy ${proxy.host} answered ${answer.statusCode ?? 0} for ${where}`));
		});
		asked.once('error', (error) => {
			reject(
				signal.aborted
					? new NoAnswer('interrupted', 'interrupted')
					: new NoAnswer('proxy', `the proxy ${proxy.host} cannot be used: ${errorMessage(error)}`, codeOf(error)),
			);
		});
		asked.end();
	});
}

export function codeOf(error: unknown): string | undefined {
	const code = errorCode(error);
	return typeof code === 'string' ? code : undefined;
}
