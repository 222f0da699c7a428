import {createHash} from 'node:crypto';
import type {FastifyRequest} from 'fastify';
import {Binary, type ObjectId} from 'mongodb';
import {HttpError} from '../http-error.js';
import type {Shop} from '../shop.js';

const SESSION_MS = 14 * 86_400_000;

/** Opens a session and gives its token, which is stored nowhere. */
export async function openSession({collections, host}: Shop, userId: ObjectId): Promise<string> {
	const token = host.randomHex(32);
	await collections.sessions.insertOne({
		_id: digest(token),
		userId,
		expiresAt: new Date(host.now() + SESSION_MS),
	});
	return token;
}

/** Who asks, by `Authorization: Bearer …`. @throws HttpError 401 */
export async function requireUser({collections, host}: Shop, request: FastifyRequest): Promise<ObjectId> {
	const token = /^Bearer ([0-9a-f]{64})$/.exec(request.headers.authorization ?? '')?.[1];
	const session = token === undefined ? null : await collections.sessions.findOne({_id: digest(token)});
	// The server removes expired sessions about once a minute; until then they are still there.
	if (session === null || session.expiresAt.getTime() <= host.now()) {
		throw new HttpError(401, 'LOGIN_REQUIRED', 'Log in first');
	}
	return session.userId;
}

function digest(token: string): Binary {
	return new Binary(createHash('sha256').update(token).digest());
}
