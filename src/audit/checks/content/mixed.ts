import {headersNamed} from '../../../ports/web/exchange.js';
import {makeCheck} from '../../check.js';
import {landingPage, MOST_LANDING_HOPS, NO_PAGE} from '../../facts/landing-page.js';
import type {PageFacts} from '../../facts/read-page.js';
import type {Finding} from '../../verdict.js';

export type MixedFacts =
	| (Pick<PageFacts, 'subresources' | 'forms'> & {
			/** Of every Content-Security-Policy, by header or meta. */
			readonly policies: readonly string[];
	  })
	| undefined;

export const contentMixed = makeCheck<MixedFacts>({
	id: 'content.mixed',
	group: 'content',
	title: 'The page loads nothing over plain http',
	severity: 'medium',
	effect: 'passive',
	maxRequests: 1 + MOST_LANDING_HOPS,
	sends: ['GET of the page'],
	why: 'Browsers refuse scripts and styles over plain http, and warn of forms that send there; the shop breaks, or shows as not secure.',
	fix: 'refer to them by https:// or without a scheme; Content-Security-Policy: upgrade-insecure-requests mends what is left',
	references: ['W3C Mixed Content', 'OWASP ASVS 5.0, 12.2.1'],
	skipReason: ({target}) => (target?.isHttps === false ? 'the target itself is plain http' : undefined),
	async gather(context) {
		const landing = await landingPage(context);
		if (landing === undefined) return undefined;
		const {subresources, forms, metaPolicies} = landing.page;
		return {
			subresources,
			forms,
			policies: [...headersNamed(landing.answer, 'content-security-policy'), ...metaPolicies],
		};
	},
	judge: judgeMixed,
});

export function judgeMixed(facts: MixedFacts): readonly Finding[] {
	if (facts === undefined) return [{verdict: 'skip', reason: NO_PAGE}];
	if (facts.policies.some((policy) => /(?:^|[;,])\s*upgrade-insecure-requests\s*(?:[;,]|$)/i.test(policy)))
		return [{verdict: 'pass', reason: 'the policy makes browsers load all of it by https'}];
	const plain = facts.subresources.filter(({url}) => isPlain(url));
	const findings: Finding[] = [
		...plain.map(
			({kind, tag, url}): Finding => ({
				verdict: kind === 'active' ? 'fail' : 'warn',
				...(kind === 'active' ? {} : {severity: 'low' as const}),
				subject: where(url),
				reason: `${tag} ${where(url)} is loaded over plain http`,
			}),
		),
		...facts.forms.filter(isPlain).map(
			(url): Finding => ({
				verdict: 'fail',
				subject: where(url),
				reason: `a form sends to ${where(url)} over plain http`,
			}),
		),
	];
	const once = [...new Map(findings.map((finding) => [finding.subject, finding])).values()];
	return once.length > 0 ? once : [{verdict: 'pass', reason: `none of ${facts.subresources.length} parts of the page`}];
}

/** What is on this machine is trusted by browsers (W3C Secure Contexts, 3.1). */
function isPlain({protocol, hostname}: URL): boolean {
	return (
		protocol === 'http:' &&
		hostname !== 'localhost' &&
		!hostname.endsWith('.localhost') &&
		!/^127\.|^\[::1\]$/.test(hostname)
	);
}

/** Without the query, which changes and may hold what is secret. */
function where({origin, pathname}: URL): string {
	return `${origin}${pathname}`;
}
