import {isIpAddress} from '../../../ports/web/address.js';
import {NoAnswer} from '../../../ports/web/dial.js';
import {findRule} from '../../../ports/web/route.js';
import {makeCheck} from '../../check.js';
import {type AuditContext, targetOf} from '../../context.js';
import {redirectOf} from '../../facts/hops.js';
import {targetPage} from '../../facts/target-page.js';
import type {Finding} from '../../verdict.js';

/** What one of the two names answers at its front page. */
export type Front = {
	readonly status: number;
	readonly to: URL | undefined;
	readonly isTrusted: boolean;
	readonly problem: string | undefined;
};

export type CanonicalFacts = {
	readonly host: string;
	readonly other: string;
	readonly own: Front;
	/** `absent`: DNS does not know the name. `closed`: it takes no connection. */
	readonly there: Front | 'absent' | 'closed';
};

export const httpCanonical = makeCheck<CanonicalFacts>({
	id: 'http.canonical',
	group: 'domain',
	title: 'One name serves the shop, and the other leads to it',
	severity: 'medium',
	effect: 'passive',
	maxRequests: 2,
	sends: ['GET of the front page, with www and without'],
	why: 'Two names are two origins: log-ins and baskets are lost between them, and a name whose certificate does not hold is a shop that looks broken.',
	fix: 'redirect one name to the other by 301, and have the certificate name both',
	references: ['RFC 6454'],
	skipReason: whyNoOther,
	async gather(context) {
		const target = targetOf(context);
		const other = otherName(target.host);
		const own = await targetPage(context);
		return {host: target.host, other, own: frontOf(own), there: await otherFront(other, context)};
	},
	judge: judgeCanonical,
});

function otherName(host: string): string {
	return host.startsWith('www.') ? host.slice(4) : `www.${host}`;
}

function whyNoOther({target, site}: AuditContext): string | undefined {
	if (target === undefined) return undefined;
	const {host, port, isHttps} = target;
	if (isIpAddress(host)) return `${host} is an address: it has no other name`;
	if (host === 'localhost' || host.endsWith('.localhost')) return `${host} is this machine: it has no other name`;
	if (!isHttps) return 'the target is plain http';
	const {rules} = site.route;
	if (findRule(rules, host, port) === undefined) return undefined;
	const other = otherName(host);
	return rules.some((rule) => rule.host === other)
		? undefined
		: `--resolve says where ${host} is, and nothing of ${other}: give --resolve for it as well`;
}

async function otherFront(other: string, {site, target}: AuditContext): Promise<CanonicalFacts['there']> {
	try {
		const port = target?.port === 443 ? '' : `:${target?.port}`;
		return frontOf(await site.page(`https://${other}${port}/`));
	} catch (error) {
		if (!(error instanceof NoAnswer)) throw error;
		if (error.why === 'refused') return 'closed';
		// Only a name that does not exist is absent; a server that is silent is not.
		if (error.why === 'dns' && error.code === 'ENOTFOUND') return 'absent';
		throw error;
	}
}

function frontOf(answer: Awaited<ReturnType<typeof targetPage>>): Front {
	const {status, tls} = answer;
	return {status, to: redirectOf(answer), isTrusted: tls?.isAuthorized ?? true, problem: tls?.problem};
}

export function judgeCanonical({host, other, own, there}: CanonicalFacts): Finding {
	if (there === 'absent') return {verdict: 'pass', reason: `there is no ${other}`};
	if (there === 'closed')
		return {
			verdict: 'warn',
			reason: `${other} has an address, and takes no https connection`,
			fix: `serve ${other} too and redirect it to ${host}, or take its DNS record away`,
		};
	const evidence = [words(host, own), words(other, there)];
	// Where the target's own does not hold, that is said elsewhere.
	if (own.isTrusted && !there.isTrusted)
		return {verdict: 'fail', reason: `the certificate of ${other} does not hold (${there.problem ?? ''})`, evidence};
	const ownLeads = own.to?.hostname === other;
	const otherLeads = there.to?.hostname === host;
	if (ownLeads && otherLeads) return {verdict: 'fail', reason: `${host} and ${other} send to each other`, evidence};
	if (ownLeads || otherLeads) {
		const {status} = ownLeads ? own : there;
		return status === 301 || status === 308
			? {verdict: 'pass', reason: ownLeads ? `${host} leads to ${other}` : `${other} leads to ${host}`, evidence}
			: {
					verdict: 'warn',
					severity: 'low',
					reason: 'the redirect between the two names is a temporary one: it must be 301 or 308',
					evidence,
				};
	}
	if (own.status === 200 && there.status === 200)
		return {verdict: 'warn', reason: `${host} and ${other} both serve the shop`, evidence};
	return {verdict: 'pass', reason: 'only one of the two names serves the shop', evidence};
}

function words(name: string, {status, to, problem}: Front): string {
	return `${name} ${status}${to === undefined ? '' : ` → ${to.href}`}${problem === undefined ? '' : ` (${problem})`}`;
}
