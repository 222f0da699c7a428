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

export const headersNosniff = makeCheck<Sample>({
	id: 'headers.nosniff',
	group: 'headers',
	title: 'Browsers do not guess content types',
	severity: 'medium',
	effect: 'passive',
	maxRequests: SAMPLE_REQUESTS,
	sends: sampleSends('for X-Content-Type-Options'),
	why: 'A browser that guesses may run an uploaded picture or an answer of the API as a script.',
	fix: 'send x-content-type-options: nosniff with every answer',
	references: ['Fetch Standard, determine nosniff', 'OWASP ASVS 5.0, 3.4.4'],
	gather: samplePages,
	judge: (sample) => judgePages(sample, judgeNosniff),
});

export function judgeNosniff(page: SamplePage): Finding {
	const values = valuesOf(page, 'x-content-type-options');
	// The first of a list counts; a proxy that adds what the shop has sent already does no harm.
	const first = values?.join(',').split(',', 1)[0]?.trim().toLowerCase();
	if (first === 'nosniff') return {verdict: 'pass', reason: 'x-content-type-options is nosniff'};
	const reason =
		first === undefined
			? 'there is no X-Content-Type-Options'
			: 'X-Content-Type-Options is not nosniff: browsers pass it over';
	return page.kind === 'html' ? {verdict: 'fail', reason} : {verdict: 'warn', severity: 'low', reason};
}
