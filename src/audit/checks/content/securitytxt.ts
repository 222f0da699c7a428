import {headerOf, type WebAnswer} from '../../../ports/web/exchange.js';
import {makeCheck} from '../../check.js';
import {type AuditContext, targetOf} from '../../context.js';
import {redirectOf} from '../../facts/hops.js';
import {isHtml} from '../../facts/target-page.js';
import type {Finding} from '../../verdict.js';

/** Undefined where there is none. */
export type SecurityTxtFacts =
	| {readonly type: string | undefined; readonly text: string; readonly isHttps: boolean}
	| undefined;

const PATH = '/.well-known/security.txt';
const MOST_HOPS = 3;
const YEAR_MS = 366 * 86_400_000;

export const contentSecuritytxt = makeCheck<SecurityTxtFacts>({
	id: 'content.securitytxt',
	group: 'content',
	title: 'Whoever finds a hole knows whom to tell',
	severity: 'low',
	effect: 'passive',
	maxRequests: 1 + MOST_HOPS,
	sends: [`GET of ${PATH}`],
	why: 'Finders who know no address tell nobody, or everybody.',
	fix: `serve ${PATH} as text/plain with Contact: mailto:… and Expires: a day within a year`,
	references: ['RFC 9116'],
	async gather(context) {
		const answer = await answerOf(context);
		if (answer.status !== 200 || isHtml(answer)) return undefined;
		return {
			type: headerOf(answer, 'content-type'),
			text: answer.body.toString('utf8'),
			isHttps: answer.url.protocol === 'https:' || targetOf(context).isLoopback,
		};
	},
	judge: (facts, {host}) => judgeSecurityTxt(facts, host.now()),
});

/** It may be kept elsewhere, for several hosts in one place. */
async function answerOf({site}: AuditContext): Promise<WebAnswer> {
	let answer = await site.page(PATH);
	for (let hops = 0; hops < MOST_HOPS; hops++) {
		const to = redirectOf(answer);
		if (to === undefined) break;
		answer = await site.page(to);
	}
	return answer;
}

export function judgeSecurityTxt(facts: SecurityTxtFacts, nowMs: number): Finding {
	if (facts === undefined) return {verdict: 'warn', reason: `there is no ${PATH}`};
	const fields = [...facts.text.matchAll(/^(contact|expires)[ \t]{0,20}:[ \t]{0,20}(\S.{0,500})/gim)];
	const valuesOf = (name: string) =>
		fields.flatMap(([, key, value = '']) => (key?.toLowerCase() === name ? [value.trim()] : []));
	const evidence = fields.map(([line]) => line.trim()).slice(0, 6);
	const fail = (reason: string): Finding => ({verdict: 'fail', reason, evidence});
	if (!facts.isHttps) return fail('it is served over plain http');
	if (!/^text\/plain\b/i.test(facts.type ?? '')) return fail('it is not served as text/plain');
	if (valuesOf('contact').length === 0) return fail('it names no Contact');
	const [expires, ...more] = valuesOf('expires');
	if (expires === undefined) return fail('it has no Expires');
	if (more.length > 0) return fail('it has Expires more than once');
	const untilMs = /^\d{4}-\d\d-\d\d[Tt ]/.test(expires) ? Date.parse(expires) : Number.NaN;
	if (Number.isNaN(untilMs)) return fail('its Expires is no date such as 2026-12-31T23:59:59Z');
	if (untilMs < nowMs) return fail('it has expired');
	if (untilMs > nowMs + YEAR_MS) return {verdict: 'warn', reason: 'it expires more than a year from now', evidence};
	return {verdict: 'pass', reason: 'it names a contact, and holds', evidence};
}
