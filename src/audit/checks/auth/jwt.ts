import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {apiOf, controlOf} from '../../facts/api.js';
import {hasWeakSecret, type Jwt, makeJwt, parseJwt} from '../../facts/jwt.js';
import {type Attempt, attemptOf, judgeRefusals} from '../../facts/refusals.js';
import {customerSession, NO_CUSTOMER, type Session, withToken} from '../../facts/session.js';
import type {Finding} from '../../verdict.js';

export type JwtFacts = {
	readonly attempts: readonly Attempt[];
	/** Undefined for a token that says nothing by itself. */
	readonly token:
		| {
				readonly algorithm: string;
				readonly isWeak: boolean;
				/** Undefined where it never ends. */
				readonly lifetimeSeconds: number | undefined;
				/** Names of fields that have no place in it. */
				readonly secrets: readonly string[];
		  }
		| undefined;
};

type Missing = {readonly why: string};

const DAY_SECONDS = 24 * 3600;

export const authJwt = makeCheck<JwtFacts | Missing>({
	id: 'auth.jwt',
	group: 'auth',
	title: 'A token that was changed or made up lets nobody in',
	severity: 'critical',
	effect: 'passive',
	maxRequests: 11,
	sends: [
		'POST /sessions as audit.customer (shared), GET of a private route with its token',
		'the same GET at most 7 times with the token changed: its signature cut, its content edited, its algorithm "none", signed with an empty key',
	],
	why: 'Who can make a token is every customer, and the manager too.',
	fix: 'fix the algorithm in the verifying call ({algorithms: ["HS256"]}), never take it from the token; sign with a random secret of at least 32 bytes; let tokens end',
	references: ['RFC 8725', 'OWASP API Security 2023, API2', 'CWE-347'],
	skipReason: ({loaded}) => (loaded.config.audit.customer === undefined ? NO_CUSTOMER : undefined),
	gather: gatherJwt,
	judge: judgeJwt,
});

async function gatherJwt(context: AuditContext): Promise<JwtFacts | Missing> {
	const session = await customerSession(context);
	if (session === undefined) return {why: 'the shop has no log-in at /sessions'};
	const route = await answeringRoute(context, session);
	if (route === undefined) return {why: 'no route of audit.privateRoutes answers the customer'};
	const ask = apiOf(context);
	const control = await controlOf(context, 'GET');
	const jwt = parseJwt(session.token);
	const variants = jwt === undefined ? opaqueVariants(session.token) : jwtVariants(jwt);
	const attempts = await Promise.all(
		variants.map(async ([name, token]) =>
			attemptOf(name, await ask({path: route, credentials: withToken(session, token)}), control),
		),
	);
	return {attempts, token: jwt === undefined ? undefined : describe(jwt, context.host.now() / 1000)};
}

/** The first private route that answers the customer; the same for all who need one. */
export function answeringRoute(context: AuditContext, {credentials}: Session): Promise<string | undefined> {
	return context.shared('answering route', async () => {
		for (const path of context.loaded.config.audit.privateRoutes) {
			const {status} = await apiOf(context)({path, credentials});
			if (status >= 200 && status < 300) return path;
		}
		return undefined;
	});
}

type Variant = readonly [name: string, token: string];

function opaqueVariants(token: string): readonly Variant[] {
	const last = token.endsWith('A') || token.endsWith('a') ? 'b' : 'a';
	return [
		['with another end', token.slice(0, -1) + last],
		['cut in half', token.slice(0, Math.ceil(token.length / 2))],
	];
}

function jwtVariants({header, payload, parts: [first, second, signature]}: Jwt): readonly Variant[] {
	const edited = {...payload, role: 'admin', isAdmin: true};
	const of = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
	return [
		['without its signature', `${first}.${second}.`],
		['with its signature cut', `${first}.${second}.${signature.slice(0, Math.floor(signature.length / 2))}`],
		['with its content edited', `${first}.${of(edited)}.${signature}`],
		['of algorithm none', makeJwt({...header, alg: 'none'}, second)],
		['of algorithm None', makeJwt({...header, alg: 'None'}, second)],
		['signed with an empty key', makeJwt({...header, alg: 'HS256'}, second, '')],
		['with a key id that leads elsewhere', makeJwt({...header, alg: 'HS256', kid: '../../dev/null'}, second, '')],
	];
}

function describe(jwt: Jwt, nowSeconds: number): JwtFacts['token'] {
	const {exp, iat} = jwt.payload;
	return {
		algorithm: String(jwt.header['alg']),
		isWeak: hasWeakSecret(jwt),
		lifetimeSeconds: typeof exp === 'number' ? exp - (typeof iat === 'number' ? iat : nowSeconds) : undefined,
		secrets: Object.keys(jwt.payload).filter((name) =>
			/pass(?:word|wd)|secret|card|cvv|aadhaar|^pan$|^otp$/i.test(name),
		),
	};
}

export function judgeJwt(facts: JwtFacts | Missing): readonly Finding[] {
	if ('why' in facts) return [{verdict: 'skip', reason: facts.why}];
	const findings = [
		...judgeRefusals(facts.attempts, {
			subject: 'token',
			accepted: 'lets somebody in',
			refused: 'each changed token is refused',
			absent: 'the private route is not there',
		}),
		...(facts.token === undefined ? [] : judgeToken(facts.token)),
	];
	const telling = findings.filter(({verdict}) => verdict !== 'pass');
	return telling.length > 0 ? telling : findings;
}

function judgeToken({algorithm, isWeak, lifetimeSeconds, secrets}: NonNullable<JwtFacts['token']>): readonly Finding[] {
	const findings: Finding[] = [];
	if (isWeak)
		findings.push({
			verdict: 'fail',
			subject: 'secret',
			reason: 'tokens are signed with a secret that everybody knows',
			fix: 'sign with a random secret of at least 32 bytes, such as openssl rand -hex 32 gives, and end all sessions',
		});
	if (/^none$/i.test(algorithm))
		findings.push({verdict: 'fail', subject: 'algorithm', reason: 'tokens are not signed at all'});
	if (lifetimeSeconds === undefined)
		findings.push({
			verdict: 'fail',
			severity: 'medium',
			subject: 'lifetime',
			reason: 'tokens never end',
			fix: 'set exp: minutes for an access token, and a refresh token that can be taken back',
		});
	else if (lifetimeSeconds > DAY_SECONDS)
		findings.push({
			verdict: 'warn',
			severity: 'low',
			subject: 'lifetime',
			reason: 'tokens live longer than a day',
			fix: 'let access tokens end within the hour, and renew them by a refresh token that can be taken back',
		});
	if (secrets.length > 0)
		findings.push({
			verdict: 'fail',
			severity: 'high',
			subject: 'content',
			reason: `tokens carry ${secrets.join(', ')}, which anybody who sees one can read`,
			fix: 'put only an id, a time and a role into a token',
		});
	return findings;
}
