import {isIpAddress} from '../../../ports/web/address.js';
import {headersNamed} from '../../../ports/web/exchange.js';
import {makeCheck} from '../../check.js';
import {targetOf} from '../../context.js';
import {targetPage} from '../../facts/target-page.js';
import type {Finding} from '../../verdict.js';
import {whyNoTls} from './needs-tls.js';

const YEAR_SECONDS = 31_536_000;
const HALF_YEAR_SECONDS = 15_552_000;

export type HstsFacts = {
	/** Every Strict-Transport-Security of the answer. */
	readonly values: readonly string[];
};

export const tlsHsts = makeCheck<HstsFacts>({
	id: 'tls.hsts',
	group: 'tls',
	title: 'Browsers are told to come back by https only',
	severity: 'high',
	effect: 'passive',
	maxRequests: 1,
	sends: ['GET of the target'],
	why: 'Without Strict-Transport-Security, the first plain request of each visit can be caught and kept away from https.',
	fix: 'in nginx: add_header Strict-Transport-Security "max-age=63072000; includeSubDomains" always;',
	references: ['RFC 6797', 'OWASP ASVS 5.0, 3.4.1', 'hstspreload.org'],
	skipReason: (context) =>
		whyNoTls(context) ??
		(context.target !== undefined && isIpAddress(context.target.host)
			? 'browsers keep it for names, not for addresses (RFC 6797, 8.1.1)'
			: undefined),
	async gather(context) {
		return {values: headersNamed(await targetPage(context), 'strict-transport-security')};
	},
	judge: (facts, context) => judgeHsts(facts, targetOf(context).host),
});

export function judgeHsts({values}: HstsFacts, host: string): Finding {
	const [value] = values;
	if (value === undefined) return {verdict: 'fail', reason: `${host} sends no Strict-Transport-Security over https`};
	const evidence = values.map((line) => `strict-transport-security: ${line}`);
	const fail = (reason: string): Finding => ({verdict: 'fail', reason, evidence});
	if (values.length > 1 || value.includes(','))
		return fail('Strict-Transport-Security is sent more than once: browsers take the first, whatever the others say');
	const policy = parseHsts(value);
	if (policy === undefined) return fail('browsers cannot read its Strict-Transport-Security');
	const {maxAge, includesSubdomains, isPreload} = policy;
	if (maxAge === 0) return fail('max-age=0 tells browsers to forget it');
	if (maxAge < HALF_YEAR_SECONDS) return fail('its max-age is shorter than half a year');
	const warn = (reason: string): Finding => ({verdict: 'warn', severity: 'low', reason, evidence});
	const isFull = maxAge >= YEAR_SECONDS && includesSubdomains;
	if (isPreload && !isFull)
		return warn('it claims preload, and preload lists take it only with a year and includeSubDomains');
	if (maxAge < YEAR_SECONDS) return warn('its max-age is shorter than a year');
	if (!includesSubdomains) return warn('it leaves out includeSubDomains');
	return {verdict: 'pass', reason: `${value.trim()}`, evidence};
}

type Policy = {readonly maxAge: number; readonly includesSubdomains: boolean; readonly isPreload: boolean};

/** Undefined where a browser would ignore it: no max-age, junk in it, or a directive twice (RFC 6797, 6.1). */
function parseHsts(value: string): Policy | undefined {
	const directives = new Map<string, string>();
	for (const part of value.split(';').map((text) => text.trim())) {
		if (part === '') continue;
		const [, name = '', given = ''] = /^([\w-]+)(?:\s*=\s*(.*))?$/s.exec(part) ?? [];
		const key = name.toLowerCase();
		if (key === '' || directives.has(key)) return undefined;
		directives.set(key, given);
	}
	const [, plain, quoted] = /^(?:(\d+)|"(\d+)")$/.exec(directives.get('max-age') ?? '') ?? [];
	const digits = plain ?? quoted;
	if (digits === undefined) return undefined;
	return {
		maxAge: Number(digits),
		includesSubdomains: directives.has('includesubdomains'),
		isPreload: directives.has('preload'),
	};
}
