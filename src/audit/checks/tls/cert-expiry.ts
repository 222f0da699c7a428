import {makeCheck} from '../../check.js';
import {isPubliclyTrusted, presentedCertificate} from '../../facts/certificate.js';
import type {Finding} from '../../verdict.js';
import {whyNoTls} from './needs-tls.js';

const DAY_MS = 86_400_000;

/** The most days a public certificate may live, by when it was issued: SC-081v3 of the CA/Browser Forum. */
const LONGEST_LIVES = [
	{fromMs: Date.UTC(2029, 2, 15), days: 47},
	{fromMs: Date.UTC(2027, 2, 15), days: 100},
	{fromMs: Date.UTC(2026, 2, 15), days: 200},
	{fromMs: 0, days: 398},
] as const;

export type Lifetime = {
	readonly fromMs: number;
	readonly toMs: number;
	/** Private authorities may issue for as long as they like. */
	readonly isPublic: boolean;
};

export const tlsCertExpiry = makeCheck<Lifetime>({
	id: 'tls.cert.expiry',
	group: 'tls',
	title: 'The certificate is valid for long enough',
	severity: 'critical',
	effect: 'passive',
	maxRequests: 1,
	sends: ['1 TLS handshake'],
	why: 'Browsers stop every shopper at an expired certificate; renewal that has stalled shows weeks before.',
	fix: 'renew the certificate, and see why it was not renewed by itself: certbot renew --dry-run',
	references: ['CA/Browser Forum SC-081v3', 'Mozilla Server Side TLS 5.7'],
	skipReason: whyNoTls,
	async gather(context) {
		const {chain} = await presentedCertificate(context);
		return {fromMs: chain[0].fromMs, toMs: chain[0].toMs, isPublic: isPubliclyTrusted(chain)};
	},
	judge: (lifetime, {host}) => judgeLifetime(lifetime, host.now()),
});

/**
 * Short-lived certificates are judged by their share that is left, or one of 47 days would warn for most of its life.
 */
export function judgeLifetime({fromMs, toMs, isPublic}: Lifetime, nowMs: number): Finding {
	const evidence = [`from ${day(fromMs)} to ${day(toMs)}`];
	const lifeDays = (toMs - fromMs) / DAY_MS;
	const leftDays = (toMs - nowMs) / DAY_MS;
	if (!Number.isFinite(lifeDays)) return {verdict: 'inconclusive', reason: 'its dates cannot be read'};
	if (nowMs < fromMs) return {verdict: 'fail', reason: `it is not valid before ${day(fromMs)}`, evidence};
	if (leftDays < 0) return {verdict: 'fail', reason: `it expired on ${day(toMs)}`, evidence};
	const [failDays, warnDays] = lifeDays >= 90 ? [14, 30] : [lifeDays / 6, lifeDays / 3];
	const reason = `it expires on ${day(toMs)}`;
	if (leftDays < failDays) return {verdict: 'fail', severity: 'high', reason, evidence};
	if (leftDays < warnDays) return {verdict: 'warn', severity: 'medium', reason, evidence};
	const longest = LONGEST_LIVES.find((limit) => fromMs >= limit.fromMs)?.days ?? 398;
	// Issuers count the last second too, some a day more.
	if (isPublic && lifeDays > longest + 1)
		return {
			verdict: 'warn',
			severity: 'low',
			reason: `it lives longer than the ${longest} days that browsers allow one issued then`,
			evidence,
			fix: `let it be issued for at most ${longest} days`,
		};
	return {verdict: 'pass', reason, evidence};
}

function day(ms: number): string {
	return Number.isFinite(ms) ? new Date(ms).toISOString().slice(0, 10) : 'an unknown day';
}
