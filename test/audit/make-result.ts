import type {AuditResult} from '../../src/audit/result.js';
import type {CheckResult, ReportedFinding} from '../../src/audit/run.js';
import type {Finding} from '../../src/audit/verdict.js';
import {worstVerdict} from '../../src/audit/verdict.js';

/** A check's result made of findings; what is not given is plain. */
export function makeCheckResult(id: string, findings: readonly (Finding & Partial<ReportedFinding>)[]): CheckResult {
	const reported = findings.map(
		(finding): ReportedFinding => ({
			severity: 'high',
			fingerprint: `${id}${finding.subject ?? ''}`,
			suppressedBy: undefined,
			...finding,
		}),
	);
	return {
		id,
		group: 'tls',
		title: `${id} holds`,
		effect: 'passive',
		verdict: worstVerdict(reported.filter(({suppressedBy}) => suppressedBy === undefined).map(({verdict}) => verdict)),
		severity: reported[0]?.severity ?? 'high',
		reason: reported[0]?.reason ?? '',
		evidence: reported.flatMap(({evidence = []}) => evidence),
		fix: 'mend it',
		why: 'It matters.',
		references: ['RFC 8996'],
		findings: reported,
		durationMs: 12,
	};
}

export function makeResult(checks: readonly CheckResult[], overrides: Partial<AuditResult> = {}): AuditResult {
	return {
		target: {
			origin: 'https://shop.example',
			isHttps: true,
			host: 'shop.example',
			port: 443,
			httpPort: 80,
			path: '/',
			api: 'https://shop.example/api',
			isPrivate: false,
			isLoopback: false,
		},
		targetName: 'shop.example',
		startedMs: Date.UTC(2026, 10, 24, 18),
		endedMs: Date.UTC(2026, 10, 24, 18, 0, 2),
		checks,
		sent: [{check: 'tls.protocol', what: 'GET https://shop.example/', result: '200', durationMs: 4}],
		budget: {total: 150, spent: 1},
		warnings: [],
		failOn: 'low',
		...overrides,
	};
}

/** Text as a site may send it: markup, workflow commands, controls, halves of surrogate pairs, ends of CDATA. */
export const NASTY =
	'</script><b>"x"&\'\u0000\u0008 ]]> \ud800 | `y` %0A::error::z\n::error::own line\r\n\t\ufffe é 😀';
