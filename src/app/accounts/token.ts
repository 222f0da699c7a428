import {createHash} from 'node:crypto';
import {Binary} from 'mongodb';
import type {Shop} from '../shop.js';

/** What a token is for stands at its front, so that none can be shown in place of the other. */
export type TokenKind = 'access' | 'refresh';

export type Token = {
	readonly sessionId: string;
	/** Shown to its owner once, and stored nowhere. */
	readonly text: string;
	readonly digest: Binary;
};

const PREFIX: Readonly<Record<TokenKind, string>> = {access: 'sa_', refresh: 'sr_'};
const SESSION_BYTES = 12;
const SECRET_BYTES = 32;

export function makeSessionId(host: Pick<Shop['host'], 'randomHex'>): string {
	return host.randomHex(SESSION_BYTES);
}

export function makeToken(host: Pick<Shop['host'], 'randomHex'>, kind: TokenKind, sessionId: string): Token {
	const text = PREFIX[kind] + sessionId + host.randomHex(SECRET_BYTES);
	return {sessionId, text, digest: digestOf(text)};
}

/** Undefined for what cannot be a token of this kind. */
export function parseToken(kind: TokenKind, text: string): Token | undefined {
	const pattern = new RegExp(`^${PREFIX[kind]}([0-9a-f]{${SESSION_BYTES * 2}})[0-9a-f]{${SECRET_BYTES * 2}}$`);
	const sessionId = pattern.exec(text)?.[1];
	return sessionId === undefined ? undefined : {sessionId, text, digest: digestOf(text)};
}

function digestOf(text: string): Binary {
	return new Binary(createHash('sha256').update(text).digest());
}
