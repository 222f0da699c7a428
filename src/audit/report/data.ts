import {type AuditResult, summaryOf} from '../result.js';
import type {CheckResult} from '../run.js';

/** What JSON says of an audit, and what the history keeps; schema/audit.schema.json describes it. */
export function auditData(result: AuditResult) {
	const {target, targetName, startedMs, endedMs, checks, sent, budget, warnings, failOn} = result;
	return {
		target: target === undefined ? null : {name: targetName, origin: target.origin, api: target.api},
		startedAt: new Date(startedMs).toISOString(),
		durationMs: Math.round(endedMs - startedMs),
		failOn,
		summary: summaryOf(result),
		checks: checks.map(checkData),
		warnings,
		requests: {spent: budget.spent, total: budget.total, sent},
	};
}

function checkData({findings, ...check}: CheckResult) {
	return {
		...check,
		findings: findings.map(({verdict, severity, subject, reason, evidence = [], fix, fingerprint, suppressedBy}) => ({
			verdict,
			severity,
			...(subject === undefined ? {} : {subject}),
			reason,
			evidence,
			...(fix === undefined ? {} : {fix}),
			fingerprint,
			...(suppressedBy === undefined ? {} : {suppressedBy}),
		})),
	};
}
