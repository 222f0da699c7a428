import {NoAnswer} from '../../../ports/web/dial.js';
import type {CaaRecord} from '../../../ports/web/dns.js';
import {makeCheck} from '../../check.js';
import {type AuditContext, targetOf} from '../../context.js';
import {AUTHORITIES} from '../../facts/authorities.js';
import {presentedCertificate} from '../../facts/certificate.js';
import {whyNoDns} from '../../facts/why-no-dns.js';
import type {Finding} from '../../verdict.js';

export type CaaFacts = {
	/** Where records were found, going up from the host; undefined when nowhere. */
	readonly zone: string | undefined;
	readonly records: readonly CaaRecord[];
	/** The issuer's whole name, with its organisation; undefined when no certificate was seen. */
	readonly issuer: string | undefined;
	/** The certificate fits the host by a wildcard only. */
	readonly isWildcard: boolean;
};

export const dnsCaa = makeCheck<CaaFacts>({
	id: 'dns.caa',
	group: 'domain',
	title: 'CAA lets the authority in use issue certificates',
	severity: 'low',
	effect: 'passive',
	maxRequests: 1,
	sends: ['CAA questions to DNS, from the host up', '1 TLS handshake'],
	why: 'CAA bars every other authority from issuing for the shop; one that bars its own makes the next renewal fail.',
	fix: 'add the authority in use to the CAA records, such as: 0 issue "letsencrypt.org"',
	references: ['RFC 8659'],
	skipReason: whyNoDns,
	async gather(context) {
		const {host, isHttps} = targetOf(context);
		const found = await findRecords(host, context);
		const seen = isHttps && found.records.length > 0 ? await seenCertificate(context) : undefined;
		return {
			...found,
			issuer: seen?.chain[0].x509.issuer,
			isWildcard: seen !== undefined && !seen.chain[0].names.includes(`DNS:${host}`),
		};
	},
	judge: judgeCaa,
});

export function judgeCaa({zone, records, issuer, isWildcard}: CaaFacts): Finding {
	if (zone === undefined) return {verdict: 'pass', reason: 'there are no CAA records: any authority may issue'};
	const wild = records.flatMap(({issuewild}) => issuewild ?? []);
	const plain = records.flatMap(({issue}) => issue ?? []);
	const rules = isWildcard && wild.length > 0 ? wild : plain;
	const evidence = rules.map((rule) => `${zone}: ${rule}`);
	if (rules.length === 0) return {verdict: 'pass', reason: `the CAA records of ${zone} bar no authority`};
	const allowed = rules.map((rule) => rule.split(';')[0]?.trim().toLowerCase() ?? '').filter((domain) => domain !== '');
	const authority = AUTHORITIES.find(({words}) => issuer !== undefined && words.test(organisationOf(issuer)));
	if (authority === undefined)
		return {verdict: 'pass', reason: `CAA names ${allowed.join(', ') || 'nobody'}`, evidence};
	return authority.domains.some((domain) => allowed.includes(domain))
		? {verdict: 'pass', reason: `CAA allows ${organisationOf(issuer ?? '')}`, evidence}
		: {
				verdict: 'fail',
				reason: `CAA bars ${organisationOf(issuer ?? '')}, which has issued the certificate`,
				evidence,
			};
}

function organisationOf(issuer: string): string {
	return /^O=(.+)$/m.exec(issuer)?.[1] ?? /^CN=(.+)$/m.exec(issuer)?.[1] ?? issuer;
}

/** The nearest records count, those of the host or of a name above it (RFC 8659, 3). */
async function findRecords(host: string, {site}: AuditContext): Promise<Pick<CaaFacts, 'zone' | 'records'>> {
	for (let zone = host; zone.includes('.'); zone = zone.slice(zone.indexOf('.') + 1)) {
		const records = await site.dns.caa(zone);
		if (records.length > 0) return {zone, records};
	}
	return {zone: undefined, records: []};
}

async function seenCertificate(context: AuditContext) {
	try {
		return await presentedCertificate(context);
	} catch (error) {
		if (error instanceof NoAnswer && error.why !== 'interrupted') return undefined;
		throw error;
	}
}
