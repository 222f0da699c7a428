import {headersNamed} from '../../../ports/web/exchange.js';
import {makeCheck} from '../../check.js';
import {targetOf} from '../../context.js';
import {apiOf} from '../../facts/api.js';
import {parseJwt} from '../../facts/jwt.js';
import {type Cookie, customerSession, NO_CUSTOMER, readCookie, sessionOf} from '../../facts/session.js';
import type {Finding} from '../../verdict.js';
import {answeringRoute} from './jwt.js';

export type SessionFacts = {
	/** DELETE /sessions; undefined where the route is not there. */
	readonly logOut: number | undefined;
	/** The private route, with the session before and after. */
	readonly before: number;
	readonly after: number;
	/** The cookies of the log-in, without their values. */
	readonly cookies: readonly Omit<Cookie, 'value'>[];
	/** Name of the cookie that two log-ins gave the same. */
	readonly sameCookie: string | undefined;
	readonly isHttps: boolean;
};

type Missing = {readonly why: string};

export const authSession = makeCheck<SessionFacts | Missing>({
	id: 'auth.session',
	group: 'auth',
	title: 'A log-out ends the session, and its cookies are closed to scripts',
	severity: 'high',
	effect: 'passive',
	maxRequests: 7,
	sends: ['POST /sessions as audit.customer, once more; GET of a private route; DELETE /sessions; the GET again'],
	why: 'On a shared computer a session that outlives its log-out belongs to whoever comes next.',
	fix: 'keep sessions where they can be ended, and end this one in DELETE /sessions; set cookies Secure, HttpOnly and SameSite=Lax',
	references: ['OWASP ASVS 5.0, 7.4.1 and 3.3.1', 'OWASP Session Management Cheat Sheet'],
	// A shop that ends all sessions of a customer at once would end the others' in the middle of their work.
	runsLast: true,
	skipReason: ({loaded}) => (loaded.config.audit.customer === undefined ? NO_CUSTOMER : undefined),
	async gather(context) {
		const ask = apiOf(context);
		const shared = await customerSession(context);
		const route = shared === undefined ? undefined : await answeringRoute(context, shared);
		const session = await sessionOf(context, context.loaded.config.audit.customer);
		if (session === undefined || shared === undefined) return {why: 'the shop has no log-in at /sessions'};
		if (route === undefined) return {why: 'no route of audit.privateRoutes answers the customer'};
		const {credentials, cookie, token} = session;
		const before = await ask({path: route, credentials});
		const logOut = await ask({method: 'DELETE', path: '/sessions', credentials});
		const after = await ask({path: route, credentials});
		const isSame = cookie !== undefined && token === shared.token && parseJwt(token) === undefined;
		return {
			logOut: logOut.status === 404 || logOut.status === 405 ? undefined : logOut.status,
			before: before.status,
			after: after.status,
			cookies: headersNamed(session.answer, 'set-cookie').map((line) => {
				const {name, attributes} = readCookie(line);
				return {name, attributes};
			}),
			sameCookie: isSame ? cookie : undefined,
			isHttps: targetOf(context).isHttps,
		};
	},
	judge: judgeSession,
});

export function judgeSession(facts: SessionFacts | Missing): readonly Finding[] {
	if ('why' in facts) return [{verdict: 'skip', reason: facts.why}];
	const {logOut, before, after, cookies, sameCookie, isHttps} = facts;
	const evidence = [`before: ${before}`, `DELETE /sessions: ${logOut ?? 'not there'}`, `after: ${after}`];
	const findings = cookies.flatMap((cookie) => judgeCookie(cookie, isHttps) ?? []);
	if (sameCookie !== undefined)
		findings.push({
			verdict: 'fail',
			subject: `cookie ${sameCookie}`,
			reason: 'two log-ins get the same session id',
			fix: 'make a new random id at each log-in',
		});
	if (logOut === undefined)
		return findings.length > 0 ? findings : [{verdict: 'skip', reason: 'the shop has no DELETE /sessions', evidence}];
	const isIn = (status: number) => status >= 200 && status < 300;
	if (!isIn(before))
		return [...findings, {verdict: 'inconclusive', reason: `a new session is answered ${before}`, evidence}];
	if (isIn(after))
		findings.push({verdict: 'fail', subject: 'log-out', reason: 'the session works on after the log-out', evidence});
	else if (after >= 500 || logOut >= 500)
		findings.push(
			after === 500 || logOut === 500
				? {verdict: 'fail', subject: 'log-out', reason: 'the log-out breaks the shop: 500', evidence}
				: {verdict: 'inconclusive', subject: 'log-out', reason: 'the shop failed at the log-out', evidence},
		);
	return findings.length > 0 ? findings : [{verdict: 'pass', reason: 'the log-out ends it', evidence}];
}

function judgeCookie({name, attributes}: Omit<Cookie, 'value'>, isHttps: boolean): Finding | undefined {
	if (!/sess|sid|login|auth|token|jwt/i.test(name) || /csrf|xsrf/i.test(name)) return undefined;
	const missing = [
		...(attributes.includes('httponly') ? [] : ['HttpOnly']),
		...(attributes.includes('secure') || !isHttps ? [] : ['Secure']),
		...(attributes.some((attribute) => /^samesite=(?:lax|strict|none)$/.test(attribute)) ? [] : ['SameSite']),
	];
	if (missing.length === 0) return undefined;
	const verdict = missing.length === 1 && missing[0] === 'SameSite' ? 'warn' : 'fail';
	return {
		verdict,
		subject: `cookie ${name}`,
		reason: `the cookie ${name} of the log-in lacks ${missing.join(' and ')}`,
	};
}
