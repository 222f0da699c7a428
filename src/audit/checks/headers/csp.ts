import {makeCheck} from '../../check.js';
import {evaluatePolicies, type Weakness} from '../../csp/evaluate.js';
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

export const headersCsp = makeCheck<Sample>({
	id: 'headers.csp',
	group: 'headers',
	title: 'A Content-Security-Policy stops injected scripts',
	severity: 'high',
	effect: 'passive',
	maxRequests: SAMPLE_REQUESTS,
	sends: sampleSends('for its Content-Security-Policy'),
	why: 'A script that gets into a shop’s page reads what customers type, card numbers included; a policy is the last thing that stops it.',
	fix: "send content-security-policy: default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
	references: ['Content Security Policy Level 3', 'OWASP ASVS 5.0, 3.4.3', 'MDN HTTP Observatory', 'csp-evaluator'],
	gather: samplePages,
	judge: (sample) => judgePages(sample, judgeCsp),
});

/** Frames are the matter of headers.frame. */
export function judgeCsp(page: SamplePage): Finding | readonly Finding[] {
	const headers = valuesOf(page, 'content-security-policy');
	const metas = page.meta
		.filter((tag) => tag.get('http-equiv')?.trim().toLowerCase() === 'content-security-policy')
		.map((tag) => tag.get('content') ?? '');
	if (page.kind === 'api') return judgeApi(headers);
	const given = [...(headers ?? []), ...metas];
	if (given.length === 0) {
		const isReported = valuesOf(page, 'content-security-policy-report-only') !== undefined;
		return {
			verdict: 'fail',
			reason: isReported
				? 'the Content-Security-Policy is report-only: nothing is stopped'
				: 'there is no Content-Security-Policy',
		};
	}
	const policies = [...parsePolicies(headers ?? []), ...parsePolicies(metas, 'meta')];
	const known = policies.filter(({directives}) => directives.size > 0);
	if (known.length === 0)
		return {verdict: 'fail', reason: 'the Content-Security-Policy names no directive that browsers know'};
	const notes = known.flatMap(({repeated, unknown}) => [
		...repeated.slice(0, 10).map((name) => `${cut(name)} is given twice: the first counts`),
		...unknown.slice(0, 10).map((name) => `browsers do not know ${cut(name)}`),
	]);
	const weak = evaluatePolicies(known, page);
	if (weak.length === 0)
		return {verdict: 'pass', reason: 'scripts, objects, base and forms are restricted', evidence: notes};
	return byDirective(weak).map((list): Finding => {
		const [{directive} = {directive: ''}] = list;
		const verdict = list.some(({level}) => level === 'fail') ? 'fail' : 'warn';
		return {
			verdict,
			subject: `${page.path} ${directive}`,
			reason: cut([...new Set(list.map(({words}) => words))].join('; '), 400),
			...(verdict === 'warn' ? {severity: 'low' as const} : {}),
			...(notes.length === 0 ? {} : {evidence: notes}),
		};
	});
}

/** Nothing of an answer in JSON runs; a policy only helps where it is shown as something else. */
function judgeApi(headers: readonly string[] | undefined): Finding {
	return headers === undefined
		? {
				verdict: 'warn',
				severity: 'low',
				reason: 'answers of the API have no Content-Security-Policy',
				fix: "send content-security-policy: default-src 'none'; frame-ancestors 'none' with every answer of the API",
			}
		: {verdict: 'pass', reason: 'answers of the API have a Content-Security-Policy'};
}

function byDirective(weak: readonly Weakness[]): Weakness[][] {
	const groups = new Map<string, Weakness[]>();
	for (const one of weak) groups.set(one.directive, [...(groups.get(one.directive) ?? []), one]);
	return [...groups.values()];
}

function cut(text: string, length = 60): string {
	return text.length <= length ? text : `${text.slice(0, length)}…`;
}
