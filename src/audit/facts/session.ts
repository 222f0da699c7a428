import {SastaError} from '../../kernel/errors.js';
import {NoAnswer} from '../../ports/web/dial.js';
import {headersNamed, type WebAnswer} from '../../ports/web/exchange.js';
import {type AuditContext, targetOf} from '../context.js';
import {type AskApi, apiOf, controlOf, fieldOf, jsonOf, textOf} from './api.js';
import {reachOf} from './reach.js';

export type Customer = {readonly email: string; readonly password: string};

/** Somebody logged in. */
export type Session = {
	/** What each request of theirs carries. */
	readonly credentials: Readonly<Record<string, string>>;
	/** The bearer, or the value of the cookie that looks like one. */
	readonly token: string;
	/** Name of that cookie; undefined for a bearer. */
	readonly cookie: string | undefined;
	readonly answer: WebAnswer;
};

export const NO_CUSTOMER = 'a test customer is needed: set audit.customer';

/** The customer of the configuration, logged in once for all checks; undefined where the shop has no such log-in. */
export function customerSession(context: AuditContext): Promise<Session | undefined> {
	return context.shared('customer session', () => sessionOf(context, context.loaded.config.audit.customer));
}

/** The second customer, likewise. */
export function otherSession(context: AuditContext): Promise<Session | undefined> {
	return context.shared('other session', () => sessionOf(context, context.loaded.config.audit.otherCustomer));
}

/** A log-in of one's own, to end it. @throws SastaError AUDIT_LOG_IN when the customer is refused */
export async function sessionOf(context: AuditContext, customer: Customer | undefined): Promise<Session | undefined> {
	if (customer === undefined) return undefined;
	const {isHttps, isPrivate, host} = targetOf(context);
	if (!isHttps && !isPrivate) throw new NoAnswer('tls', `no password is sent to ${host} over plain http`);
	const answer = await postLogIn(apiOf(context), customer);
	const session = readSession(answer);
	if (session !== undefined) {
		context.host.addSecret(session.token);
		return session;
	}
	const reach = reachOf(answer, await controlOf(context, 'POST'));
	if (reach === 'absent') return undefined;
	throw new SastaError('AUDIT_LOG_IN', `The test customer cannot log in: POST /sessions answered ${answer.status}`, {
		hint: 'Check audit.customer, and that the shop answers as docs/shop-contract.md has it',
	});
}

export function postLogIn(ask: AskApi, {email, password}: Customer): Promise<WebAnswer> {
	return ask({method: 'POST', path: '/sessions', json: {email, password}, isSecret: true});
}

/** The session that a log-in gave; undefined where it gave none. */
export function readSession(answer: WebAnswer): Session | undefined {
	if (answer.status < 200 || answer.status >= 300) return undefined;
	const json = jsonOf(answer);
	const names = ['accessToken', 'access_token', 'token', 'jwt'];
	const token = textOf(json, ...names) ?? textOf(fieldOf(json, 'data'), ...names);
	if (token !== undefined) return {credentials: {authorization: `Bearer ${token}`}, token, cookie: undefined, answer};
	const cookies = headersNamed(answer, 'set-cookie').map(readCookie);
	const telling =
		cookies.find(({name}) => /sess|sid|login|auth|token|jwt/i.test(name)) ?? cookies.find(({value}) => value !== '');
	if (telling === undefined) return undefined;
	const cookie = cookies.map(({name, value}) => `${name}=${value}`).join('; ');
	return {credentials: {cookie}, token: telling.value, cookie: telling.name, answer};
}

export type Cookie = {readonly name: string; readonly value: string; readonly attributes: readonly string[]};

export function readCookie(line: string): Cookie {
	const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
	const at = pair.indexOf('=');
	return {
		name: at < 0 ? '' : pair.slice(0, at),
		value: pair.slice(at + 1),
		attributes: attributes.map((attribute) => attribute.toLowerCase()),
	};
}

/** The same session with another token in its place. */
export function withToken({cookie, credentials, token}: Session, other: string): Readonly<Record<string, string>> {
	return cookie === undefined
		? {authorization: `Bearer ${other}`}
		: {cookie: (credentials['cookie'] ?? '').replace(`${cookie}=${token}`, () => `${cookie}=${other}`)};
}
