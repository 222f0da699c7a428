import {createHash, timingSafeEqual} from 'node:crypto';
import type {FastifyReply, FastifyRequest} from 'fastify';
import {HttpError} from '../http-error.js';

/** Whatever a proxy adds to what it passes on. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via'];

/**
 * Whether the one who asks has the token; without one set, asks from this very machine. That is the socket's address: what
 * a header says of the client is never believed, but a header that tells of a proxy refuses, since a proxy on this machine
 * would open the door to everybody.
 */
export function isReader(request: FastifyRequest, token: string | undefined): boolean {
	if (token === undefined) {
		const isForwarded = FORWARDED.some((name) => request.headers[name] !== undefined);
		return isLoopback(request.socket.remoteAddress) && !isForwarded;
	}
	const given = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
	return given !== undefined && isSameToken(given, token);
}

/** @throws HttpError 401, 403 for who is no reader */
export function requireReader(request: FastifyRequest, reply: FastifyReply, token: string | undefined): void {
	if (isReader(request, token)) return;
	if (token === undefined) throw new HttpError(403, 'LOCAL_ONLY', 'Without a token set this is for the machine itself');
	reply.header('www-authenticate', 'Bearer');
	throw new HttpError(401, 'TOKEN_REQUIRED', 'Send the token as a bearer');
}

function isLoopback(address: string | undefined): boolean {
	return address === '::1' || /^(?:::ffff:)?127\./.test(address ?? '');
}

/** Digests have one length, so that neither it nor the place of the first difference shows in the time. */
export function isSameToken(a: string, b: string): boolean {
	const digest = (text: string) => createHash('sha256').update(text).digest();
	return timingSafeEqual(digest(a), digest(b));
}
