import {isIpAddress} from '../../../ports/web/address.js';
import {makeCheck} from '../../check.js';
import {targetOf} from '../../context.js';
import {presentedCertificate} from '../../facts/certificate.js';
import type {Finding} from '../../verdict.js';
import {whyNoTls} from './needs-tls.js';

export type NameFacts = {readonly host: string; readonly isNamed: boolean; readonly names: readonly string[]};

export const tlsCertHostname = makeCheck<NameFacts>({
	id: 'tls.cert.hostname',
	group: 'tls',
	title: 'The certificate is for this host',
	severity: 'critical',
	effect: 'passive',
	maxRequests: 1,
	sends: ['1 TLS handshake'],
	why: 'Browsers stop every shopper at a certificate of another name.',
	fix: 'have it issued for this name as well, and let the server that answers for this name show it',
	references: ['RFC 9525', 'OWASP ASVS 5.0, 12.2.2'],
	skipReason: whyNoTls,
	async gather(context) {
		const {
			chain: [{x509, names}],
		} = await presentedCertificate(context);
		const host = targetOf(context).host.replace(/^\[(.*)\]$/, '$1');
		// The common name counts nowhere any more.
		const fitting = isIpAddress(host)
			? x509.checkIP(host)
			: x509.checkHost(host, {subject: 'never', partialWildcards: false});
		return {host, isNamed: fitting !== undefined, names};
	},
	judge: judgeName,
});

export function judgeName({host, isNamed, names}: NameFacts): Finding {
	const told = names.slice(0, 10);
	const evidence = [
		names.length === 0
			? 'it names no host'
			: `it is for ${told.join(', ')}${names.length > told.length ? ` and ${names.length - told.length} more` : ''}`,
	];
	return isNamed
		? {verdict: 'pass', reason: `it is for ${host}`, evidence}
		: {verdict: 'fail', reason: `it is not for ${host}`, evidence};
}
