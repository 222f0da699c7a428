import {NoAnswer} from '../../../ports/web/dial.js';
import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {presentedCertificate} from '../../facts/certificate.js';
import {SUITES, type Suite, type SuiteFault} from '../../facts/cipher-suites.js';
import {tlsOffers} from '../../facts/tls-offers.js';
import type {Finding} from '../../verdict.js';
import {whyNoTls} from './needs-tls.js';

export type CipherFacts = {
	readonly taken: readonly Suite[];
	/** TLS 1.0 or 1.1 can be spoken, which know no suites but CBC with SHA-1. */
	readonly speaksOld: boolean;
};

/** Hellos with broken suites: each that is taken is left out of the next. */
const MOST_BROKEN = 3;

export const tlsCiphers = makeCheck<CipherFacts>({
	id: 'tls.ciphers',
	group: 'tls',
	title: 'Only strong cipher suites with forward secrecy are taken',
	severity: 'medium',
	effect: 'passive',
	maxRequests: 1 + 4 + MOST_BROKEN + 2,
	sends: [`at most ${MOST_BROKEN + 2} first messages of TLS, each offering weak suites only`],
	why: 'Broken ciphers can be read; without forward secrecy, a key that leaks once opens all traffic that was ever recorded.',
	fix: 'take Mozilla’s intermediate list; in nginx: ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;',
	references: ['Mozilla Server Side TLS 5.7, intermediate', 'RFC 9325, 4.1 and 4.2', 'OWASP ASVS 5.0, 12.1.2'],
	skipReason: whyNoTls,
	async gather(context) {
		// Shows that TLS is spoken at all: only then is silence a refusal.
		await presentedCertificate(context);
		const [broken, still, cbc, offers] = await Promise.all([
			takenOf('broken', MOST_BROKEN, context),
			takenOf('no forward secrecy', 1, context),
			takenOf('cbc', 1, context),
			tlsOffers(context),
		]);
		return {
			taken: [...broken, ...still, ...cbc],
			speaksOld: offers.some(
				({version, state}) => state === 'offered' && (version === 'TLSv1' || version === 'TLSv1.1'),
			),
		};
	},
	judge: judgeCiphers,
});

export function judgeCiphers({taken, speaksOld}: CipherFacts): readonly Finding[] {
	const named = (fault: SuiteFault) => taken.filter((suite) => suite.fault === fault).map(({name}) => name);
	const findings: Finding[] = [];
	const broken = named('broken');
	if (broken.length > 0)
		findings.push({verdict: 'fail', subject: 'broken', reason: 'broken cipher suites are taken', evidence: broken});
	const still = named('no forward secrecy');
	if (still.length > 0)
		findings.push({
			verdict: 'warn',
			subject: 'no forward secrecy',
			reason: 'static RSA key exchange is taken: no forward secrecy',
			evidence: still,
		});
	const cbc = named('cbc');
	// With TLS 1.0 they cannot be left out: that is the finding then.
	if (cbc.length > 0 && !speaksOld)
		findings.push({
			verdict: 'warn',
			severity: 'low',
			subject: 'cbc',
			reason: 'CBC suites with SHA-1 are taken',
			evidence: cbc,
		});
	return findings.length > 0
		? findings
		: [
				{
					verdict: 'pass',
					reason: 'no weak suite is taken',
					evidence: cbc.length > 0 ? [`with TLS 1.0: ${cbc.join(', ')}`] : [],
				},
			];
}

/** The suites of one kind that the target takes, at most `most` of them. @throws NoAnswer */
async function takenOf(fault: SuiteFault, most: number, {site}: AuditContext): Promise<Suite[]> {
	const taken: Suite[] = [];
	const left = new Map(SUITES.filter((suite) => suite.fault === fault).map((suite) => [suite.id, suite]));
	while (taken.length < most) {
		const id = await suiteChosen([...left.keys()], site);
		const suite = id === undefined ? undefined : left.get(id);
		if (suite === undefined) break;
		taken.push(suite);
		left.delete(suite.id);
	}
	return taken;
}

async function suiteChosen(suites: readonly number[], site: AuditContext['site']): Promise<number | undefined> {
	try {
		const answer = await site.hello({suites});
		return answer.kind === 'chosen' ? answer.suite : undefined;
	} catch (error) {
		// A full handshake worked: who hangs up at these refuses them.
		if (error instanceof NoAnswer && error.why === 'reset') return undefined;
		throw error;
	}
}
