import {makeCheck} from '../../check.js';
import {type Offer, tlsOffers, VERSIONS, type Version} from '../../facts/tls-offers.js';
import type {Finding} from '../../verdict.js';
import {whyNoTls} from './needs-tls.js';

export const tlsProtocol = makeCheck<readonly Offer[]>({
	id: 'tls.protocol',
	group: 'tls',
	title: 'Only TLS 1.2 and 1.3 are spoken',
	severity: 'high',
	effect: 'passive',
	maxRequests: VERSIONS.length,
	sends: ['4 TLS handshakes, one for each version from 1.0 to 1.3'],
	why: 'TLS 1.0 and 1.1 have known attacks; payment providers and PCI DSS refuse them.',
	fix: 'allow only TLSv1.2 and TLSv1.3; in nginx: ssl_protocols TLSv1.2 TLSv1.3;',
	references: ['RFC 8996', 'OWASP ASVS 5.0, 12.1.1', 'Mozilla Server Side TLS 5.7, intermediate'],
	skipReason: whyNoTls,
	gather: tlsOffers,
	judge: judgeOffers,
});

export function judgeOffers(offers: readonly Offer[]): Finding {
	const named = (state: Offer['state']) =>
		offers.filter((offer) => offer.state === state).map(({version}) => words(version));
	const offered = named('offered');
	const evidence = offers.map(({version, state, why}) => `${words(version)}: ${state}${why === '' ? '' : ` (${why})`}`);
	const isModern = offers.some(
		({version, state}) => state === 'offered' && (version === 'TLSv1.2' || version === 'TLSv1.3'),
	);
	const old = offers.filter(
		({version, state}) => state === 'offered' && (version === 'TLSv1' || version === 'TLSv1.1'),
	);
	if (old.length > 0) {
		const reason = `${old.map(({version}) => words(version)).join(' and ')} can still be spoken`;
		return isModern
			? {verdict: 'fail', reason, evidence}
			: {verdict: 'fail', reason: `${reason}, and nothing newer`, severity: 'critical', evidence};
	}
	const unclear = named('unclear');
	if (unclear.length > 0 || offered.length === 0)
		return {
			verdict: 'inconclusive',
			reason: `${(unclear.length > 0 ? unclear : named('refused')).join(', ')} could not be tried`,
			evidence,
		};
	if (!offered.includes('TLS 1.3'))
		return {verdict: 'warn', reason: 'TLS 1.3 is not spoken', severity: 'low', evidence, fix: 'allow TLSv1.3 as well'};
	return {verdict: 'pass', reason: `only ${offered.join(' and ')}`, evidence};
}

function words(version: Version): string {
	return version === 'TLSv1' ? 'TLS 1.0' : version.replace('TLSv', 'TLS ');
}
