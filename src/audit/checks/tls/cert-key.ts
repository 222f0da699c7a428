import {makeCheck} from '../../check.js';
import {type Certificate, presentedCertificate} from '../../facts/certificate.js';
import type {Finding} from '../../verdict.js';
import {whyNoTls} from './needs-tls.js';

export type KeyFacts = Pick<Certificate, 'subject' | 'key' | 'signature' | 'isSelfSigned'>;

const MIN_RSA_BITS = 2048;

/** OpenSSL's names of the curves browsers know. */
const CURVES: Readonly<Record<string, string>> = {
	prime256v1: 'P-256',
	secp384r1: 'P-384',
	secp521r1: 'P-521',
};

export const tlsCertKey = makeCheck<readonly KeyFacts[]>({
	id: 'tls.cert.key',
	group: 'tls',
	title: 'Keys and signatures of the certificates are strong',
	severity: 'high',
	effect: 'passive',
	maxRequests: 1,
	sends: ['1 TLS handshake'],
	why: 'A short RSA key can be broken, and a certificate signed with SHA-1 or MD5 can be forged.',
	fix: 'issue it anew with ECDSA P-256, or RSA of 2048 bits or more, signed with SHA-256',
	references: [
		'Mozilla Server Side TLS 5.7, intermediate',
		'CA/Browser Forum Baseline Requirements, 6.1.5 and 7.1.3.2',
	],
	skipReason: whyNoTls,
	gather: async (context) => (await presentedCertificate(context)).chain,
	judge: judgeKeys,
});

export function judgeKeys(chain: readonly KeyFacts[]): readonly Finding[] {
	const bad = chain.flatMap((certificate, index) =>
		problemsOf(certificate).map(
			({verdict, reason}): Finding => ({
				verdict,
				reason,
				subject: index === 0 ? 'certificate' : `issuer ${certificate.subject}`,
				evidence: [keyWords(certificate)],
			}),
		),
	);
	const [own] = chain;
	return bad.length > 0 || own === undefined
		? bad
		: [{verdict: 'pass', reason: keyWords(own), evidence: chain.map((one) => `${one.subject}: ${keyWords(one)}`)}];
}

function problemsOf({key, signature, isSelfSigned}: KeyFacts): Pick<Finding, 'verdict' | 'reason'>[] {
	const {type, bits = 0, curve = ''} = key;
	const problems: Pick<Finding, 'verdict' | 'reason'>[] = [];
	if ((type === 'rsa' || type === 'rsa-pss') && bits < MIN_RSA_BITS)
		problems.push({verdict: 'fail', reason: `its RSA key has fewer than ${MIN_RSA_BITS} bits`});
	if (type === 'ec' && !Object.hasOwn(CURVES, curve))
		problems.push({verdict: 'fail', reason: `its key is of the curve ${curve}, which browsers do not take`});
	if (type === 'dsa' || type === 'dh')
		problems.push({verdict: 'fail', reason: 'its key is DSA, which browsers do not take'});
	// Nobody checks the signature of a root: it is trusted by itself.
	if (!isSelfSigned && signature !== undefined && signature !== 'strong')
		problems.push({
			verdict: 'fail',
			reason: `it is signed with ${signature === 'sha1' ? 'SHA-1' : signature.toUpperCase()}`,
		});
	return problems;
}

function keyWords({key: {type, bits, curve}}: KeyFacts): string {
	if (type === 'ec') return `ECDSA ${CURVES[curve ?? ''] ?? curve ?? ''}`;
	if (bits !== undefined) return `${type === 'rsa-pss' ? 'RSA-PSS' : type.toUpperCase()}, ${bits} bits`;
	return type.replace(/^ed/, 'Ed');
}
