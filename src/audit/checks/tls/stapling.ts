import {makeCheck} from '../../check.js';
import {presentedCertificate} from '../../facts/certificate.js';
import type {Finding} from '../../verdict.js';
import {whyNoTls} from './needs-tls.js';

export type StaplingFacts = {readonly ocspUrl: string | undefined; readonly isStapled: boolean};

export const tlsStapling = makeCheck<StaplingFacts>({
	id: 'tls.stapling',
	group: 'tls',
	title: 'Whether an OCSP answer comes with the certificate',
	severity: 'info',
	effect: 'passive',
	maxRequests: 1,
	sends: ['1 TLS handshake'],
	why: 'With it, browsers need not ask the issuer whether the certificate was revoked. For information only.',
	fix: 'in nginx: ssl_stapling on; ssl_stapling_verify on;',
	references: ['OWASP ASVS 5.0, 12.1.4'],
	skipReason: whyNoTls,
	async gather(context) {
		const {handshake, chain} = await presentedCertificate(context);
		return {ocspUrl: chain[0].ocspUrl, isStapled: handshake.ocsp !== undefined};
	},
	judge: judgeStapling,
});

export function judgeStapling({ocspUrl, isStapled}: StaplingFacts): Finding {
	if (isStapled) return {verdict: 'pass', reason: 'an OCSP answer is stapled'};
	if (ocspUrl === undefined)
		return {verdict: 'skip', reason: 'the certificate names no OCSP server: there is nothing to staple'};
	return {verdict: 'pass', reason: 'no OCSP answer is stapled, and none is needed', evidence: [`OCSP at ${ocspUrl}`]};
}
