import {makeCheck} from '../../check.js';
import {parseCacheControl, secondsOf} from '../../facts/cache-control.js';
import {
	judgePages,
	SAMPLE_REQUESTS,
	type Sample,
	type SamplePage,
	samplePages,
	sampleSends,
	valuesOf,
} from '../../facts/sample-pages.js';
import {parseSetCookie} from '../../facts/set-cookie.js';
import type {Finding} from '../../verdict.js';

export const headersCache = makeCheck<Sample>({
	id: 'headers.cache',
	group: 'headers',
	title: 'Nothing personal is kept in a shared cache',
	severity: 'high',
	effect: 'passive',
	maxRequests: SAMPLE_REQUESTS,
	sends: sampleSends('for Cache-Control beside Set-Cookie'),
	why: 'A cache that keeps an answer with a cookie hands one customer’s session to the next.',
	fix: 'send cache-control: no-store with every answer that sets a cookie or is about a person',
	references: ['RFC 9111, sections 3 and 7.3', 'OWASP Secure Headers Project'],
	gather: samplePages,
	judge: (sample, {host}) => judgePages(sample, (page) => judgeCache(page, host.now())),
});

/** Of the health's own caching its contract speaks: health.live. */
export function judgeCache(page: SamplePage, nowMs: number): Finding {
	const values = valuesOf(page, 'cache-control');
	const cookies = (valuesOf(page, 'set-cookie') ?? []).filter(
		(line) => parseSetCookie(line, nowMs)?.isDeletion === false,
	);
	const directives = parseCacheControl(values ?? []);
	if (cookies.length > 0) return judgeWithCookie(page, directives);
	if (page.kind === 'api' && !page.isHealth && values === undefined)
		return {
			verdict: 'warn',
			severity: 'medium',
			reason: 'an answer of the API has no Cache-Control: each cache decides for itself',
			fix: 'send cache-control: no-store, or how long it may be kept',
		};
	return {verdict: 'pass', reason: 'nothing personal is in it'};
}

function judgeWithCookie(page: SamplePage, directives: ReadonlyMap<string, string>): Finding {
	if (valuesOf(page, 'cf-cache-status')?.some((value) => /^\s*(?:hit|stale|updating|revalidated)\s*$/i.test(value)))
		return {verdict: 'fail', reason: 'an answer that sets a cookie came out of a shared cache'};
	if (directives.has('no-store') || directives.has('private'))
		return {verdict: 'pass', reason: 'it sets a cookie, and no shared cache keeps it'};
	if (valuesOf(page, 'age')?.some((value) => Number(/^\s*(\d{1,9})\s*$/.exec(value)?.[1] ?? 0) > 0))
		return {verdict: 'fail', reason: 'an answer that sets a cookie came out of a shared cache'};
	const lifetime = secondsOf(directives, 's-maxage') ?? secondsOf(directives, 'max-age');
	const isAskedEachTime = directives.has('no-cache') || lifetime === 0;
	if (isAskedEachTime) return {verdict: 'pass', reason: 'it sets a cookie, and caches must ask each time'};
	if (directives.has('public') || lifetime !== undefined)
		return {verdict: 'fail', reason: 'an answer that sets a cookie may be kept by shared caches'};
	// A cache may guess a lifetime from when the answer was last changed (RFC 9111, section 4.2.2).
	if (valuesOf(page, 'last-modified') !== undefined || valuesOf(page, 'expires')?.some((value) => isLater(value, page)))
		return {
			verdict: 'warn',
			severity: 'medium',
			reason: 'an answer that sets a cookie leaves it to caches whether they keep it',
		};
	return {verdict: 'pass', reason: 'it sets a cookie, and says nothing that a shared cache would keep it by'};
}

function isLater(expires: string, page: SamplePage): boolean {
	const at = Date.parse(expires.slice(0, 64));
	const date = Date.parse(valuesOf(page, 'date')?.[0]?.slice(0, 64) ?? '');
	return !Number.isNaN(at) && !Number.isNaN(date) && at > date;
}
