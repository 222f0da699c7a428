import {isPrivateAddress} from '../../../ports/web/address.js';
import {makeCheck} from '../../check.js';
import {targetOf} from '../../context.js';
import {whyNoDns} from '../../facts/why-no-dns.js';
import type {Finding} from '../../verdict.js';

export type ResolveFacts = {
	readonly host: string;
	readonly v4: readonly string[];
	readonly v6: readonly string[];
	/** The user says that it is meant to be inside a private network. */
	readonly allowsPrivate: boolean;
};

export const dnsResolve = makeCheck<ResolveFacts>({
	id: 'dns.resolve',
	group: 'domain',
	title: 'DNS leads to the shop',
	severity: 'high',
	effect: 'passive',
	maxRequests: 0,
	sends: ['A and AAAA questions to DNS'],
	why: 'A name without an address is a shop that is not there; one with a private address is there for nobody outside.',
	fix: 'publish an A record (and AAAA, if the server has IPv6) for the host with the public address of the server',
	references: ['RFC 1035', 'RFC 1918'],
	skipReason: whyNoDns,
	async gather(context) {
		const {host} = targetOf(context);
		const {dns, route} = context.site;
		const [v4, v6] = await Promise.all([dns.addresses(host, 4), dns.addresses(host, 6)]);
		return {host, v4, v6, allowsPrivate: route.allowPrivate};
	},
	judge: judgeAddresses,
});

export function judgeAddresses({host, v4, v6, allowsPrivate}: ResolveFacts): Finding {
	const all = [...v4, ...v6];
	if (all.length === 0) return {verdict: 'fail', reason: `DNS knows no address of ${host}`};
	const hidden = all.filter(isPrivateAddress);
	if (hidden.length > 0 && !allowsPrivate)
		return {
			verdict: 'fail',
			reason: `DNS leads ${host} into a private network, or to nowhere`,
			evidence: hidden,
		};
	return {
		verdict: 'pass',
		reason:
			v6.length === 0
				? 'it has an IPv4 address, and none of IPv6'
				: `it has addresses of ${v4.length === 0 ? 'IPv6 only' : 'IPv4 and IPv6'}`,
		evidence: all,
	};
}
