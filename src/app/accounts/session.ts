import type {ObjectId} from 'mongodb';
import {HttpError} from '../http-error.js';
import type {Shop} from '../shop.js';
import {makeSessionId, makeToken, parseToken} from './token.js';

export const ACCESS_SECONDS = 15 * 60;
const REFRESH_MS = 14 * 86_400_000;
/** Two weeks of refreshing every few minutes are more; the oldest are then only unknown, not stolen. */
const USED_KEPT = 200;

/** What a log-in gives: the one for requests, the other for the next two. */
export type Tokens = {readonly accessToken: string; readonly refreshToken: string};

type Sessions = Pick<Shop, 'collections' | 'host'>;

export async function openSession({collections, host}: Sessions, userId: ObjectId): Promise<Tokens> {
	const _id = makeSessionId(host);
	const {tokens, fields} = issue(host, _id);
	await collections.sessions.insertOne({_id, userId, ...fields, used: []});
	return tokens;
}

/**
 * New tokens for a refresh token, which is used up by that. One that was used before ends the session: either its owner or
 * a thief has shown it, and nobody can tell which.
 * @throws HttpError 401 SESSION_ENDED
 */
export async function refreshSession(shop: Sessions & Pick<Shop, 'events'>, refreshToken: string): Promise<Tokens> {
	const {collections, host} = shop;
	const token = parseToken('refresh', refreshToken);
	if (token === undefined) throw ended();
	const {sessionId: _id, digest} = token;
	const {tokens, fields} = issue(host, _id);
	const {matchedCount} = await collections.sessions.updateOne(
		{_id, refresh: digest, expiresAt: {$gt: new Date(host.now())}},
		{$set: fields, $push: {used: {$each: [digest], $slice: -USED_KEPT}}},
	);
	if (matchedCount === 1) return tokens;
	const reused = await collections.sessions.findOneAndDelete({_id, used: digest});
	if (reused !== null) {
		const detail = {user: reused.userId.toHexString(), session: _id};
		shop.events.emit({type: 'security', kind: 'token.reused', detail});
	}
	throw ended();
}

/** The session an access token is of, and whose it is; undefined where there is none (any more). */
export async function findSession(
	{collections, host}: Sessions,
	accessToken: string,
): Promise<{readonly _id: string; readonly userId: ObjectId} | undefined> {
	const token = parseToken('access', accessToken);
	if (token === undefined) return undefined;
	const session = await collections.sessions.findOne(
		{_id: token.sessionId, access: token.digest, accessUntil: {$gt: new Date(host.now())}},
		{projection: {userId: 1}},
	);
	return session ?? undefined;
}

export async function closeSession({collections}: Pick<Shop, 'collections'>, _id: string): Promise<void> {
	await collections.sessions.deleteOne({_id});
}

function issue(host: Shop['host'], sessionId: string) {
	const now = host.now();
	const access = makeToken(host, 'access', sessionId);
	const refresh = makeToken(host, 'refresh', sessionId);
	return {
		tokens: {accessToken: access.text, refreshToken: refresh.text},
		fields: {
			access: access.digest,
			accessUntil: new Date(now + ACCESS_SECONDS * 1000),
			refresh: refresh.digest,
			expiresAt: new Date(now + REFRESH_MS),
		},
	};
}

function ended(): HttpError {
	return new HttpError(401, 'SESSION_ENDED', 'Log in again');
}
