import {X509Certificate} from 'node:crypto';
import {rootCertificates} from 'node:tls';
import {NoAnswer} from '../../ports/web/dial.js';
import type {Handshake} from '../../ports/web/tls.js';
import type {AuditContext} from '../context.js';
import {type SignatureHash, signatureHashOf} from './der.js';

/** The handshake that all checks of the certificate look at. */
export type Presented = {
	readonly handshake: Handshake;
	/** The server's own first, then those above it; never empty. */
	readonly chain: readonly [Certificate, ...Certificate[]];
};

/** A certificate in plain values, so that rules can be tried on any. */
export type Certificate = {
	readonly subject: string;
	readonly issuer: string;
	readonly isSelfSigned: boolean;
	readonly fromMs: number;
	readonly toMs: number;
	readonly key: CertificateKey;
	readonly signature: SignatureHash | undefined;
	/** Where its revocation can be asked. */
	readonly ocspUrl: string | undefined;
	readonly names: readonly string[];
	readonly x509: X509Certificate;
};

export type CertificateKey = {
	/** As Node says it: `rsa`, `ec`, `ed25519`. */
	readonly type: string;
	/** Of RSA and DSA. */
	readonly bits: number | undefined;
	/** Of EC, as OpenSSL says it: `prime256v1`. */
	readonly curve: string | undefined;
};

/** One handshake that takes any certificate, for all who look at it. @throws NoAnswer */
export function presentedCertificate(context: AuditContext): Promise<Presented> {
	return context.shared('presented certificate', async () => {
		const handshake = await context.site.handshake({isLenient: true, requestOcsp: true});
		return presentedBy(handshake, context.target?.host ?? '');
	});
}

/** @throws NoAnswer when there is none, or one that cannot be read */
export function presentedBy(handshake: Handshake, host: string): Presented {
	const [first, ...rest] = handshake.chain.map((der) => readCertificate(der, host));
	if (first === undefined) throw new NoAnswer('protocol', `${host} shows no certificate`);
	return {handshake, chain: [first, ...rest]};
}

function readCertificate(der: Buffer, host: string): Certificate {
	try {
		const x509 = new X509Certificate(der);
		const {asymmetricKeyType = 'unknown', asymmetricKeyDetails} = x509.publicKey;
		return {
			subject: oneLine(x509.subject),
			issuer: oneLine(x509.issuer),
			isSelfSigned: x509.checkIssued(x509),
			fromMs: Date.parse(x509.validFrom),
			toMs: Date.parse(x509.validTo),
			key: {
				type: asymmetricKeyType,
				bits: asymmetricKeyDetails?.modulusLength,
				curve: asymmetricKeyDetails?.namedCurve,
			},
			signature: signatureHashOf(der),
			ocspUrl: /^OCSP - URI:(.+)$/m.exec(x509.infoAccess ?? '')?.[1],
			names: (x509.subjectAltName ?? '').split(', ').filter((name) => name !== ''),
			x509,
		};
	} catch (error) {
		throw new NoAnswer('protocol', `${host} shows a certificate that cannot be read: ${String(error)}`);
	}
}

/** The common name, or all of it where there is none. */
function oneLine(name: string | undefined): string {
	const lines = (name ?? '').split('\n');
	return lines.find((line) => line.startsWith('CN='))?.slice(3) ?? (lines.join(', ') || '(no name)');
}

/** Whether a chain leads to one of the roots that come with Node, and so that every browser knows. */
export function isPubliclyTrusted(chain: readonly Certificate[]): boolean {
	const top = chain.at(-1);
	return top !== undefined && isAmong(top, rootCertificates);
}

/**
 * Whether a chain leads to a trusted root, whatever its dates: for a certificate that has expired, OpenSSL tells only
 * of that.
 */
export function isChained(chain: readonly Certificate[], furtherRoots: readonly string[]): boolean {
	const isLinked = chain.every(({x509}, index) => {
		const above = chain[index + 1]?.x509;
		return above === undefined || (above.ca && x509.checkIssued(above) && x509.verify(above.publicKey));
	});
	const top = chain.at(-1);
	return isLinked && top !== undefined && isAmong(top, [...rootCertificates, ...furtherRoots]);
}

/** Node puts the trusted root at the end of a chain, whether it was sent or not. */
function isAmong({x509}: Certificate, roots: readonly string[]): boolean {
	const body = x509.raw.toString('base64');
	return roots.some((pem) => pem.replace(/\s+/g, '').includes(body));
}
