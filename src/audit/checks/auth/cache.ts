import {headersNamed} from '../../../ports/web/exchange.js';
import {makeCheck} from '../../check.js';
import {apiOf} from '../../facts/api.js';
import {parseCacheControl} from '../../facts/cache-control.js';
import {customerSession, NO_CUSTOMER} from '../../facts/session.js';
import type {Finding} from '../../verdict.js';
import {answeringRoute} from './jwt.js';

/** What came with a customer's own answer. */
export type PersonalAnswer = {
	readonly route: string;
	readonly cacheControl: readonly string[];
	/** Seconds a shared cache has kept it for. */
	readonly age: number;
	/** Without a bearer nothing keeps a shared cache from storing it (RFC 9111, section 3.5). */
	readonly isByCookie: boolean;
};

type Missing = {readonly why: string};

export const authCache = makeCheck<PersonalAnswer | Missing>({
	id: 'auth.cache',
	group: 'auth',
	title: 'What is a customer’s own is kept in no cache',
	severity: 'high',
	effect: 'passive',
	maxRequests: 5,
	sends: ['POST /sessions as audit.customer, once for all checks; GET of a private route'],
	why: 'A cache that keeps one customer’s orders shows them to the next who asks.',
	fix: 'send cache-control: no-store with every answer that is about a person',
	references: ['RFC 9111, sections 3.5 and 5.2.2.5', 'OWASP Secure Headers Project'],
	skipReason: ({loaded}) => (loaded.config.audit.customer === undefined ? NO_CUSTOMER : undefined),
	async gather(context) {
		const session = await customerSession(context);
		if (session === undefined) return {why: 'the shop has no log-in at /sessions'};
		const route = await answeringRoute(context, session);
		if (route === undefined) return {why: 'no route of audit.privateRoutes answers the customer'};
		const answer = await apiOf(context)({path: route, credentials: session.credentials});
		const age = Number(headersNamed(answer, 'age')[0] ?? 0);
		return {
			route,
			cacheControl: headersNamed(answer, 'cache-control'),
			age: Number.isFinite(age) ? age : 0,
			isByCookie: session.cookie !== undefined,
		};
	},
	judge: (facts) => ('why' in facts ? {verdict: 'skip', reason: facts.why} : judgePersonalAnswer(facts)),
});

export function judgePersonalAnswer({route, cacheControl, age, isByCookie}: PersonalAnswer): Finding {
	const directives = parseCacheControl(cacheControl);
	if (age > 0) return {verdict: 'fail', reason: `${route} came out of a shared cache`};
	if (directives.has('no-store')) return {verdict: 'pass', reason: 'no cache keeps it'};
	if (directives.has('public') || directives.has('s-maxage'))
		return {verdict: 'fail', reason: `${route} may be kept by shared caches`};
	if (directives.has('private') || directives.has('no-cache'))
		return {verdict: 'pass', reason: 'no shared cache keeps it'};
	if (isByCookie && directives.has('max-age'))
		return {verdict: 'fail', reason: `${route} may be kept by shared caches: it is asked for by a cookie alone`};
	return {verdict: 'warn', severity: 'medium', reason: `${route} leaves it to caches whether they keep it`};
}
