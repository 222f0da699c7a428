import type {Verdict} from '../kernel/report.js';
import type {CheckResult, ReportedFinding} from './run.js';
import type {Sent} from './sent.js';
import type {AuditTarget} from './target.js';
import {isAtLeast, type Severity} from './verdict.js';

/** All of an audit, as every renderer takes it. */
export type AuditResult = {
	/** Undefined when no domain was known: only what is local was asked. */
	readonly target: AuditTarget | undefined;
	/** The target's host, or the name of the shop. */
	readonly targetName: string;
	readonly startedMs: number;
	readonly endedMs: number;
	readonly checks: readonly CheckResult[];
	readonly sent: readonly Sent[];
	readonly budget: {readonly total: number; readonly spent: number};
	/** Of the list of suppressions itself. */
	readonly warnings: readonly string[];
	readonly failOn: Severity;
};

export type Summary = Readonly<Record<Verdict | 'suppressed', number>>;

/** Checks by verdict, and findings that are suppressed. */
export function summaryOf({checks}: Pick<AuditResult, 'checks'>): Summary {
	const summary = {pass: 0, warn: 0, fail: 0, skip: 0, inconclusive: 0, suppressed: 0};
	for (const {verdict, findings} of checks) {
		summary[verdict]++;
		summary.suppressed += findings.filter(({suppressedBy}) => suppressedBy !== undefined).length;
	}
	return summary;
}

/**
 * The one answer of an audit. A failed finding at or above `failOn` makes it no; what could not be judged makes it
 * inconclusive; warnings and failures below the line are told, and pass. Nothing judged at all is inconclusive too.
 */
export function outcomeOf({checks, failOn}: Pick<AuditResult, 'checks' | 'failOn'>): Exclude<Verdict, 'skip'> {
	const open = checks.flatMap(({findings}) => findings).filter(({suppressedBy}) => suppressedBy === undefined);
	const has = (wanted: (finding: ReportedFinding) => boolean) => open.some(wanted);
	if (has(({verdict, severity}) => verdict === 'fail' && isAtLeast(severity, failOn))) return 'fail';
	if (has(({verdict}) => verdict === 'inconclusive')) return 'inconclusive';
	if (has(({verdict}) => verdict === 'warn' || verdict === 'fail')) return 'warn';
	return has(({verdict}) => verdict === 'pass') ? 'pass' : 'inconclusive';
}
