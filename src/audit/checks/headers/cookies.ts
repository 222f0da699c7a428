import {makeCheck} from '../../check.js';
import {SAMPLE_REQUESTS, type Sample, samplePages, sampleSends, unknownOf, valuesOf} from '../../facts/sample-pages.js';
import {parseSetCookie, type SetCookie} from '../../facts/set-cookie.js';
import type {Finding} from '../../verdict.js';

/** Browsers drop what is longer (RFC 6265bis, section 5.6). */
const MAX_SIZE = 4096;

export const headersCookies = makeCheck<Sample>({
	id: 'headers.cookies',
	group: 'headers',
	title: 'Cookies cannot be stolen, sent along or set by others',
	severity: 'high',
	effect: 'passive',
	maxRequests: SAMPLE_REQUESTS,
	sends: sampleSends('for Set-Cookie'),
	why: 'Whoever has a customer’s session is the customer.',
	fix: 'set-cookie: __Host-session=…; Path=/; Secure; HttpOnly; SameSite=Lax',
	references: ['RFC 6265bis', 'OWASP ASVS 5.0, 3.3.1 to 3.3.5'],
	gather: samplePages,
	judge: (sample, context) => judgeCookies(sample, context.host.now()),
});

type Seen = {readonly cookie: SetCookie; readonly host: string; readonly isHttps: boolean; readonly path: string};

/** One finding for each cookie by its name; redirects on the way count too: log-ins begin there. */
export function judgeCookies({pages, hops, unjudged}: Sample, nowMs: number): readonly Finding[] {
	const seen = [...hops, ...pages].flatMap((page) =>
		(valuesOf(page, 'set-cookie') ?? []).flatMap((line): Seen[] => {
			const cookie = parseSetCookie(line, nowMs);
			if (cookie === undefined || cookie.isDeletion) return [];
			return [{cookie, host: page.host, isHttps: page.isHttps, path: page.path}];
		}),
	);
	const unknown = unknownOf(pages, unjudged);
	if (seen.length === 0)
		return unknown.length > 0 ? unknown : [{verdict: 'skip', reason: 'no cookie is set by the pages that were read'}];
	const worst = new Map<string, Finding>();
	for (const one of seen) {
		const finding = judgeCookie(one);
		const known = worst.get(one.cookie.name);
		if (known === undefined || rank(finding) > rank(known)) worst.set(one.cookie.name, finding);
	}
	return [...worst.values(), ...unknown.filter(() => pages.length > 0)];
}

function rank({verdict}: Finding): number {
	return ['pass', 'warn', 'fail'].indexOf(verdict);
}

function judgeCookie({cookie, host, isHttps, path}: Seen): Finding {
	const subject = `cookie ${cookie.name.slice(0, 100)}`;
	const evidence = [`set by ${path}`];
	const faults = faultsOf(cookie, isHttps);
	if (faults.length > 0) return {verdict: 'fail', subject, reason: faults.join('; '), evidence};
	const doubts = doubtsOf(cookie, host, isHttps);
	if (doubts.length > 0) return {verdict: 'warn', severity: 'low', subject, reason: doubts.join('; '), evidence};
	const hasPrefix = /^__(?:host|secure)-/i.test(cookie.name);
	const words =
		cookie.kind === 'session' && !hasPrefix
			? 'is well set; a name that begins with __Host- would hold it to this host'
			: 'is well set';
	return {verdict: 'pass', subject, reason: words, evidence};
}

/** Over plain http nothing can be Secure: that it is plain is told of elsewhere. */
function faultsOf(cookie: SetCookie, isHttps: boolean): string[] {
	const {kind, isSecure, isHttpOnly, sameSite} = cookie;
	const isHost = /^__host-/i.test(cookie.name);
	const isPrefixed = isHost || /^__secure-/i.test(cookie.name);
	const faults: string[] = [];
	if (kind === 'session' && isHttps && !isSecure) faults.push('a session without Secure goes over plain http too');
	if (kind === 'session' && !isHttpOnly) faults.push('a session without HttpOnly can be read by any script');
	if (sameSite === 'none' && !isSecure) faults.push('SameSite=None without Secure is refused by browsers');
	if (sameSite !== undefined && !['strict', 'lax', 'none'].includes(sameSite))
		faults.push('SameSite is none of Strict, Lax and None');
	if (kind === 'csrf' && sameSite === undefined) faults.push('a token against forged requests has no SameSite');
	if (isPrefixed && !isSecure) faults.push('its prefix asks for Secure: browsers refuse it');
	if (isHost && (cookie.domain !== undefined || cookie.path !== '/'))
		faults.push('__Host- asks for Path=/ and no Domain: browsers refuse it');
	return faults;
}

function doubtsOf({isSecure, sameSite, domain, size}: SetCookie, host: string, isHttps: boolean): string[] {
	const doubts: string[] = [];
	if (isHttps && !isSecure) doubts.push('it has no Secure');
	if (sameSite === undefined) doubts.push('it has no SameSite');
	if (domain !== undefined && domain !== host && host.endsWith(`.${domain}`))
		doubts.push('its Domain is wider than the host');
	if (size > MAX_SIZE) doubts.push(`it is longer than ${MAX_SIZE} bytes: browsers drop it`);
	return doubts;
}
