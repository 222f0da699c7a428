import type {FastifyRequest} from 'fastify';
import type {ObjectId} from 'mongodb';
import {HttpError} from '../http-error.js';
import {noteUser} from '../observe/request-context.js';
import type {Shop} from '../shop.js';
import {findSession} from './session.js';

type Asking = Pick<FastifyRequest, 'headers' | 'raw'>;

/** Who asks, by `Authorization: Bearer …`. @throws HttpError 401 LOGIN_REQUIRED */
export async function requireUser(shop: Shop, request: Asking): Promise<ObjectId> {
	return (await requireSession(shop, request)).userId;
}

/** In which session somebody asks. @throws HttpError 401 LOGIN_REQUIRED */
export async function requireSession(shop: Shop, request: Asking) {
	// The scheme's name is of any case: RFC 9110.
	const token = /^Bearer (\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
	const session = token === undefined ? undefined : await findSession(shop, token);
	if (session === undefined) throw new HttpError(401, 'LOGIN_REQUIRED', 'Log in first');
	noteUser(request, session.userId.toHexString());
	return session;
}
