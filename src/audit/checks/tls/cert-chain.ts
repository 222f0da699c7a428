import {makeCheck} from '../../check.js';
import {isChained, presentedCertificate} from '../../facts/certificate.js';
import type {Finding} from '../../verdict.js';
import {whyNoTls} from './needs-tls.js';

export type ChainFacts = {
	/** What OpenSSL or Node said first; undefined where all holds. */
	readonly problem: string | undefined;
	/** Whether the server's own certificate is within its dates: if not, OpenSSL tells of nothing else. */
	readonly isLeafInTime: boolean;
	/** Whether those above it are within theirs. */
	readonly isRestInTime: boolean;
	/** Whether the chain leads to a trusted root, dates aside. */
	readonly isChained: boolean;
	readonly isSelfSigned: boolean;
	/** Names from the server's own up. */
	readonly names: readonly string[];
	readonly topIssuer: string;
};

export const tlsCertChain = makeCheck<ChainFacts>({
	id: 'tls.cert.chain',
	group: 'tls',
	title: 'The certificate leads to a root that browsers trust',
	severity: 'critical',
	effect: 'passive',
	maxRequests: 1,
	sends: ['1 TLS handshake'],
	why: 'Without the whole chain, phones, payment webhooks and API clients refuse the shop, even where a desktop browser fills the gap.',
	fix: 'serve the whole chain: in nginx, ssl_certificate must name fullchain.pem',
	references: ['RFC 8446, 4.4.2', 'OWASP ASVS 5.0, 12.2.2'],
	skipReason: whyNoTls,
	async gather(context) {
		const {handshake, chain} = await presentedCertificate(context);
		const [leaf, ...rest] = chain;
		const nowMs = context.host.now();
		const isInTime = ({fromMs, toMs}: {readonly fromMs: number; readonly toMs: number}) =>
			fromMs <= nowMs && nowMs <= toMs;
		return {
			problem: handshake.problem,
			isLeafInTime: isInTime(leaf),
			isRestInTime: rest.every(isInTime),
			isChained: isChained(chain, context.site.route.ca),
			isSelfSigned: leaf.isSelfSigned,
			names: chain.map(({subject}) => subject),
			topIssuer: chain.at(-1)?.issuer ?? '',
		};
	},
	judge: judgeChain,
});

/** Codes that are another check's matter. */
const NOT_OF_THE_CHAIN: ReadonlySet<string> = new Set([
	'ERR_TLS_CERT_ALTNAME_INVALID',
	'EE_KEY_TOO_SMALL',
	'CA_KEY_TOO_SMALL',
	'CA_MD_TOO_WEAK',
]);

export function judgeChain(facts: ChainFacts): Finding {
	const {problem, names, topIssuer} = facts;
	const evidence = [`${names.join(' ← ')}${topIssuer === names.at(-1) ? '' : ` ← ${topIssuer} (not there)`}`];
	const holds: Finding = {verdict: 'pass', reason: `it leads to ${names.at(-1) ?? 'a root'}`, evidence};
	if (problem === undefined || NOT_OF_THE_CHAIN.has(problem)) return holds;
	const failed = (reason: string, fix?: string): Finding => ({
		verdict: 'fail',
		reason,
		evidence: [...evidence, problem],
		...(fix === undefined ? {} : {fix}),
	});
	const selfSigned = () =>
		failed('it is signed by itself', 'have it issued by an authority that browsers trust, such as Let’s Encrypt');
	switch (problem) {
		case 'CERT_HAS_EXPIRED':
		case 'CERT_NOT_YET_VALID':
			if (facts.isSelfSigned && !facts.isChained) return selfSigned();
			if (!facts.isRestInTime) return failed('a certificate above it is out of its dates');
			if (facts.isChained) return holds;
			return facts.isLeafInTime
				? failed('a certificate above it is out of its dates')
				: failed('it leads to no root that is trusted');
		case 'DEPTH_ZERO_SELF_SIGNED_CERT':
			return selfSigned();
		case 'SELF_SIGNED_CERT_IN_CHAIN':
			return failed(
				`its root ${names.at(-1) ?? ''} is trusted by no browser`,
				'have it issued by a public authority; for one of your own, give its root with --ca',
			);
		case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
		case 'UNABLE_TO_GET_ISSUER_CERT':
		case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
			return failed(
				names.length === 1
					? `the certificate of its issuer ${topIssuer} is not sent, and not known`
					: `${names.at(-1) ?? ''} is issued by ${topIssuer}, which is neither sent nor trusted`,
			);
		default:
			return failed('it does not hold');
	}
}
