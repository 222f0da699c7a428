import type {IncomingMessage} from 'node:http';
import {crc32} from 'node:zlib';
import {SHARE_STEPS} from '../ports/splitter/gateway-wire.js';

/** Who asks, as far as the split and the de-duplication of incidents care. */
export type ClientKey = {
	/** 0 to 9999; the same for the same shopper. */
	readonly bucket: number;
	/** What tells this client from another; never shown, only hashed. */
	readonly identity: string;
};

/**
 * The session cookie decides, so that a shopper stays where they are. Without one, the address and the browser do: the
 * pages and the files of a first visit come from one version, and an office or a mobile network behind one address is
 * spread by its browsers. Where even the address is not known (a program on this machine that names nobody, as a TLS
 * proxy without X-Forwarded-For does), chance decides: one hash for everybody would be all or nothing.
 */
export function readClient(request: IncomingMessage, cookieName: string, random: () => number): ClientKey {
	const cookie = readCookie(request.headers.cookie, cookieName);
	if (cookie !== undefined) return keyOf(cookie);
	const address = request.socket.remoteAddress ?? '';
	const forwardedFor = request.headers['x-forwarded-for'];
	const browser = request.headers['user-agent'] ?? '';
	const identity = `${String(forwardedFor ?? '')} ${address} ${browser}`;
	if (forwardedFor === undefined && isLoopback(address)) {
		return {bucket: Math.floor(random() * SHARE_STEPS), identity};
	}
	return keyOf(identity);
}

/** The value of a cookie as it was sent; undefined where it is missing or empty. */
export function readCookie(header: string | undefined, name: string): string | undefined {
	for (const part of header?.split(';') ?? []) {
		const equals = part.indexOf('=');
		if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim() || undefined;
	}
	return undefined;
}

export function isLoopback(address: string): boolean {
	return address === '::1' || /^(?:::ffff:)?127\./.test(address);
}

function keyOf(identity: string): ClientKey {
	return {bucket: crc32(identity) % SHARE_STEPS, identity};
}
