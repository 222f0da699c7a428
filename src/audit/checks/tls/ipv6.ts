import {NoAnswer} from '../../../ports/web/dial.js';
import {makeCheck} from '../../check.js';
import {type AuditContext, targetOf} from '../../context.js';
import {whyNoDns} from '../../facts/why-no-dns.js';
import type {Finding} from '../../verdict.js';
import {whyNoTls} from './needs-tls.js';

export type Ipv6Facts = {
	readonly addresses: readonly string[];
	/** Undefined when it was not tried, or when it worked. */
	readonly silence: {readonly isOurs: boolean; readonly words: string} | undefined;
};

export const tlsIpv6 = makeCheck<Ipv6Facts>({
	id: 'tls.ipv6',
	group: 'tls',
	title: 'What DNS says of IPv6 is true',
	severity: 'medium',
	effect: 'passive',
	maxRequests: 1,
	sends: ['an AAAA question to DNS', '1 TLS handshake over IPv6, if there is such an address'],
	why: 'Phones prefer IPv6: an AAAA record that leads nowhere makes the shop slow or silent for them only.',
	fix: 'let the server listen on IPv6 (in nginx: listen [::]:443 ssl;), or take the AAAA record away',
	references: ['RFC 8305'],
	skipReason: (context) => whyNoTls(context) ?? whyNoDns(context) ?? whyNoIpv6(context),
	async gather(context) {
		const {host} = targetOf(context);
		const addresses = await context.site.dns.addresses(host, 6);
		if (addresses.length === 0) return {addresses, silence: undefined};
		try {
			await context.site.handshake({family: 6, isLenient: true});
			return {addresses, silence: undefined};
		} catch (error) {
			// An answer that is no good one is an answer.
			if (!(error instanceof NoAnswer) || error.why === 'interrupted') throw error;
			if (error.why === 'tls') return {addresses, silence: undefined};
			return {
				addresses,
				silence: {isOurs: ['unreachable', 'dns', 'private'].includes(error.why), words: error.message},
			};
		}
	},
	judge: judgeIpv6,
});

export function judgeIpv6({addresses, silence}: Ipv6Facts): Finding {
	if (addresses.length === 0) return {verdict: 'pass', reason: 'DNS names no IPv6 address: shoppers come over IPv4'};
	if (silence === undefined) return {verdict: 'pass', reason: 'it answers over IPv6', evidence: addresses};
	return silence.isOurs
		? {verdict: 'inconclusive', reason: 'this machine has no way to IPv6', evidence: [silence.words]}
		: {verdict: 'warn', reason: 'DNS names an IPv6 address, and it does not answer there', evidence: [silence.words]};
}

function whyNoIpv6({site: {route}}: AuditContext): string | undefined {
	if (route.family === 4) return 'only IPv4 was asked for, by --ipv4';
	return route.proxy === undefined ? undefined : 'a proxy stands between: how it reaches the host is its own matter';
}
