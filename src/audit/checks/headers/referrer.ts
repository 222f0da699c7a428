import {makeCheck} from '../../check.js';
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

const PRIVATE: ReadonlySet<string> = new Set([
	'no-referrer',
	'same-origin',
	'strict-origin',
	'strict-origin-when-cross-origin',
]);
const TELLING: ReadonlySet<string> = new Set([
	'unsafe-url',
	'origin',
	'origin-when-cross-origin',
	'no-referrer-when-downgrade',
]);

export const headersReferrer = makeCheck<Sample>({
	id: 'headers.referrer',
	group: 'headers',
	title: 'Addresses of the shop are not told to other sites',
	severity: 'low',
	effect: 'passive',
	maxRequests: SAMPLE_REQUESTS,
	sends: sampleSends('for Referrer-Policy'),
	why: 'An address may hold an order number or a reset token; every site that is linked or embedded would learn it.',
	fix: 'send referrer-policy: strict-origin-when-cross-origin',
	references: ['Referrer Policy, W3C', 'OWASP ASVS 5.0, 3.4.5'],
	gather: samplePages,
	judge: (sample) => judgePages(sample, judgeReferrer),
});

export function judgeReferrer(page: SamplePage): Finding {
	if (page.kind === 'api') return {verdict: 'pass', reason: 'nothing is linked from an answer of the API'};
	const headers = valuesOf(page, 'referrer-policy');
	const metas = page.meta
		.filter((tag) => tag.get('name')?.trim().toLowerCase() === 'referrer')
		.map((tag) => tag.get('content') ?? '');
	// The last word that browsers know counts; what the page says later takes the header's place.
	const words = [...(headers ?? []), ...metas]
		.flatMap((value) => value.split(','))
		.map((word) => word.trim().toLowerCase());
	const policy = words.findLast((word) => PRIVATE.has(word) || TELLING.has(word));
	if (policy !== undefined && PRIVATE.has(policy)) return {verdict: 'pass', reason: `referrer-policy is ${policy}`};
	if (policy !== undefined)
		return {verdict: 'fail', reason: `referrer-policy is ${policy}, which tells other sites too much`};
	return {
		verdict: 'warn',
		reason:
			words.length === 0
				? 'there is no Referrer-Policy: each browser does as it likes'
				: 'Referrer-Policy holds no word that browsers know',
	};
}
