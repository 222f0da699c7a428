import type {SecureVersion} from 'node:tls';
import {NoAnswer} from '../../ports/web/dial.js';
import type {AuditContext} from '../context.js';

/** Oldest first. SSL 2 and 3 cannot be spoken from here. */
export const VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const satisfies readonly SecureVersion[];
export type Version = (typeof VERSIONS)[number];

/** `unclear` is what this machine could not find out, with why. */
export type Offer = {
	readonly version: Version;
	readonly state: 'offered' | 'refused' | 'unclear';
	readonly why: string;
};

/** Which versions the target speaks: a handshake for each. */
export function tlsOffers(context: AuditContext): Promise<readonly Offer[]> {
	return context.shared('tls offers', () => Promise.all(VERSIONS.map((version) => offerOf(version, context))));
}

/** Codes by which a server, or OpenSSL in its name, says that it does not speak a version. */
const REFUSALS: ReadonlySet<string> = new Set([
	'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
	'ERR_SSL_UNSUPPORTED_PROTOCOL',
	'ERR_SSL_WRONG_VERSION_NUMBER',
	'ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE',
	'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE',
	'ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR',
	'ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY',
]);

async function offerOf(version: Version, {site}: AuditContext): Promise<Offer> {
	// Below 1.2 the client must lower its own guard, or it would refuse what the server offers.
	const isOld = version === 'TLSv1' || version === 'TLSv1.1';
	try {
		await site.handshake({version, ...(isOld ? {ciphers: 'DEFAULT@SECLEVEL=0'} : {})});
		return {version, state: 'offered', why: ''};
	} catch (error) {
		if (!(error instanceof NoAnswer)) throw error;
		if (error.why === 'tls' && REFUSALS.has(error.code ?? '')) return {version, state: 'refused', why: ''};
		// Some servers hang up instead of answering; whether this is one shows by the versions beside it.
		if (error.why === 'reset') return {version, state: 'refused', why: 'the connection was closed'};
		return {version, state: 'unclear', why: error.message};
	}
}
