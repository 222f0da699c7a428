import {makeCheck} from '../../check.js';
import {type CorsAddress, type CorsLook, type CorsMatrix, corsMatrix} from '../../facts/cors-matrix.js';
import {ORIGIN_KINDS} from '../../facts/cors-origins.js';
import {SAMPLE_REQUESTS} from '../../facts/sample-pages.js';
import type {Finding} from '../../verdict.js';

export const corsLock = makeCheck<CorsMatrix>({
	id: 'cors.lock',
	group: 'cors',
	title: 'Only the shop’s own sites may read its answers from a browser',
	severity: 'high',
	effect: 'passive',
	maxRequests: SAMPLE_REQUESTS + 54,
	sends: [
		'GET and OPTIONS of the start page, the API’s health and its first private route, with the Origin of the shop and of up to 10 strangers',
	],
	why: 'A site that may read the API with a customer’s cookies reads his orders and his address, whenever he visits it.',
	fix: 'allow an exact list of origins: @fastify/cors {origin: ["https://shop.example"]}; never true, never a pattern without ends',
	references: ['Fetch Standard, CORS protocol', 'OWASP ASVS 5.0, 3.4.2', 'MDN HTTP Observatory'],
	gather: corsMatrix,
	judge: judgeCors,
});

export function judgeCors({addresses, unjudged}: CorsMatrix): readonly Finding[] {
	const findings = addresses.flatMap((address) => judgeAddress(address));
	const unknown = unjudged.map(
		({path, why, fix = ''}): Finding => ({verdict: 'inconclusive', subject: path, reason: `${path}: ${why}`, fix}),
	);
	return [...findings, ...judgeDeclared(addresses), ...unknown];
}

/** One finding for each address: the worst that can be said. */
function judgeAddress(address: CorsAddress): Finding {
	const {path: subject, kind, looks} = address;
	const strangers = looks.filter(isLetIn);
	const evidence = evidenceOf(looks);
	if (strangers.length > 0) {
		const withCredentials = strangers.some(({hasCredentials}) => hasCredentials);
		return {
			verdict: 'fail',
			severity: withCredentials ? 'critical' : 'high',
			subject,
			reason: `${whoOf(strangers)} may read it${withCredentials ? ', with the customer’s cookies' : ''}`,
			evidence,
		};
	}
	const stars = looks.filter(({allowed}) => allowed === '*');
	if (stars.some(({hasCredentials}) => hasCredentials))
		return {
			verdict: 'fail',
			severity: 'medium',
			subject,
			reason: 'it allows every origin with credentials; browsers refuse that, and the next change may not',
			evidence,
		};
	const isOpen = stars.some(({isPreflight}) => !isPreflight);
	if (isOpen && kind === 'private' && stars.some(({isPreflight, isOfApi}) => !isPreflight && isOfApi))
		return {verdict: 'fail', subject, reason: 'every site may read a route that is private', evidence};
	if (isDynamic(looks) && looks.some(isSilentEcho))
		return {
			verdict: 'warn',
			severity: 'low',
			subject,
			reason: 'the answer depends on the Origin, and does not say so: a cache may hand it to another origin',
			fix: 'send vary: origin with every answer that looks at the Origin',
			evidence,
		};
	return {
		verdict: 'pass',
		subject,
		reason: isOpen
			? 'every site may read it, without cookies; it is public'
			: 'no stranger may read it; that strangers are answered is no fault, for CORS is no log-in',
	};
}

/** No browser writes an origin in capitals: who is let in by them is the shop itself. */
function isLetIn({kind, origin, allowed}: CorsLook): boolean {
	return allowed === origin && kind !== 'own' && kind !== 'declared' && kind !== 'capitals';
}

function whoOf(strangers: readonly CorsLook[]): string {
	if (strangers.some(({kind}) => kind === 'evil')) return ORIGIN_KINDS.evil;
	return [...new Set(strangers.map(({kind}) => ORIGIN_KINDS[kind]))].join('; ');
}

/** Answers to OPTIONS are kept by no shared cache. */
function isSilentEcho({allowed, origin, isPreflight, variesByOrigin}: CorsLook): boolean {
	return !isPreflight && allowed === origin && !variesByOrigin;
}

/** Who is let in is told, and others are told something else. */
function isDynamic(looks: readonly CorsLook[]): boolean {
	const told = looks.filter(({isPreflight}) => !isPreflight);
	return told.some(({allowed, origin}) => allowed === origin) && new Set(told.map(({allowed}) => allowed)).size > 1;
}

/** What the configuration lists must be let in by the API: a front end on another host does not work without. */
function judgeDeclared(addresses: readonly CorsAddress[]): readonly Finding[] {
	const looks = addresses.filter(({kind}) => kind !== 'page').flatMap((address) => address.looks);
	const declared = looks.filter(({kind}) => kind === 'declared');
	const refused = [...new Set(declared.map(({origin}) => origin))].filter(
		(origin) => !declared.some((look) => look.origin === origin && (look.allowed === origin || look.allowed === '*')),
	);
	return refused.map((origin) => ({
		verdict: 'fail',
		severity: 'medium',
		subject: `origin ${origin}`,
		reason: 'it is listed in audit.origins, and the API does not let it in',
		fix: `allow ${origin} exactly as it is written, or take it out of audit.origins`,
	}));
}

function evidenceOf(looks: readonly CorsLook[]): readonly string[] {
	return looks
		.filter(({allowed}) => allowed !== undefined)
		.map(
			({origin, isPreflight, allowed, hasCredentials}) =>
				`${isPreflight ? 'OPTIONS' : 'GET'} from ${origin}: ${allowed?.slice(0, 200)}${hasCredentials ? ', with credentials' : ''}`,
		);
}
