import {makeCheck} from '../../check.js';
import {parsePolicies} from '../../csp/parse.js';
import {
	judgePages,
	SAMPLE_REQUESTS,
	type Sample,
	type SamplePage,
	samplePages,
	sampleSends,
	valuesOf,
} from '../../facts/sample-pages.js';
import type {Finding} from '../../verdict.js';

export const headersFrame = makeCheck<Sample>({
	id: 'headers.frame',
	group: 'headers',
	title: 'Other sites cannot put the shop into a frame',
	severity: 'medium',
	effect: 'passive',
	maxRequests: SAMPLE_REQUESTS,
	sends: sampleSends('for frame-ancestors and X-Frame-Options'),
	why: 'In a frame, a customer can be led to click what he does not see: buy, pay, change the address.',
	fix: "add frame-ancestors 'none' (or 'self') to the Content-Security-Policy header",
	references: [
		'Content Security Policy Level 3, frame-ancestors',
		'HTML Standard, X-Frame-Options',
		'OWASP ASVS 5.0, 3.4.6',
	],
	gather: samplePages,
	judge: (sample) => judgePages(sample, judgeFrame),
});

export function judgeFrame(page: SamplePage): Finding {
	if (page.kind === 'api') return {verdict: 'pass', reason: 'it is no page that a frame could show'};
	// In a <meta> it is passed over.
	const policies = parsePolicies(valuesOf(page, 'content-security-policy') ?? []);
	const lists = policies.flatMap(({directives}) => directives.get('frame-ancestors') ?? []);
	const ancestors = policies
		.map(({directives}) => directives.get('frame-ancestors'))
		.filter((list) => list !== undefined);
	if (ancestors.length > 0) {
		return ancestors.some((list) => !list.some(isAnyHost))
			? {verdict: 'pass', reason: 'frame-ancestors says who may frame it'}
			: {
					verdict: 'fail',
					reason: `frame-ancestors allows ${[...new Set(lists.filter(isAnyHost))].slice(0, 5).join(' ')}: any site may frame it, whatever X-Frame-Options says`,
				};
	}
	return judgeOptions(page, policies.length > 0);
}

/** The old header, as the HTML Standard reads it: values that differ shut everybody out. */
function judgeOptions(page: SamplePage, hasPolicy: boolean): Finding {
	const values = valuesOf(page, 'x-frame-options');
	if (values === undefined)
		return {verdict: 'fail', reason: 'there is neither frame-ancestors nor X-Frame-Options: any site may frame it'};
	const words = [...new Set(values.flatMap((value) => value.split(',')).map((value) => value.trim().toLowerCase()))];
	const isRead = words.some((word) => word === 'deny' || word === 'sameorigin');
	if (!isRead && words.some((word) => word.startsWith('allow-from')))
		return {verdict: 'fail', reason: 'X-Frame-Options: ALLOW-FROM is passed over by browsers: any site may frame it'};
	if (!isRead)
		return {verdict: 'fail', reason: 'X-Frame-Options is neither DENY nor SAMEORIGIN: any site may frame it'};
	return hasPolicy
		? {
				verdict: 'warn',
				severity: 'low',
				reason: 'only X-Frame-Options says who may frame it; frame-ancestors has taken its place',
			}
		: {verdict: 'pass', reason: 'X-Frame-Options keeps other sites from framing it'};
}

function isAnyHost(source: string): boolean {
	return /^(?:https?:|\*|(?:https?:\/\/)?\*(?:\.\*)?(?::(?:\d+|\*))?\/?)$/.test(source);
}
