import type {Verdict} from '../../kernel/report.js';
import type {AuditResult, Summary} from '../result.js';
import type {CheckResult} from '../run.js';
import {SEVERITIES} from '../verdict.js';

/** The answer, as the headline of every report says it. */
export function readyWords(outcome: Verdict): string {
	switch (outcome) {
		case 'pass':
			return 'ready';
		case 'warn':
			return 'ready, with warnings';
		case 'fail':
			return 'not ready';
		case 'inconclusive':
		case 'skip':
			return 'cannot tell';
		default:
			return outcome satisfies never;
	}
}

/** `2 failures, 1 warning, 3 inconclusive`. */
export function summaryWords({fail, warn, inconclusive}: Summary): string {
	const parts = [
		countWords(fail, 'failure'),
		countWords(warn, 'warning'),
		inconclusive === 0 ? '' : `${inconclusive} inconclusive`,
	];
	return parts.filter((part) => part !== '').join(', ') || 'nothing is wrong';
}

/** `1 check`, `4 checks`; nothing for none. */
export function countWords(number: number, word: string): string {
	return number === 0 ? '' : `${number} ${word}${number === 1 ? '' : 's'}`;
}

/** What a person must look at: failures, warnings, what could not be judged; each with the worst first. */
export function toldChecks({checks}: Pick<AuditResult, 'checks'>): readonly CheckResult[] {
	const rank = ({verdict}: CheckResult) => ['fail', 'warn', 'inconclusive'].indexOf(verdict);
	return checks
		.filter((check) => rank(check) !== -1)
		.sort((a, b) => rank(a) - rank(b) || SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

/** Why checks were not asked, or could not be judged: each reason once, with the checks it is about. */
export function reasonsOf(
	{checks}: Pick<AuditResult, 'checks'>,
	wanted: 'skip' | 'inconclusive',
): ReadonlyMap<string, readonly CheckResult[]> {
	const byReason = new Map<string, CheckResult[]>();
	for (const check of checks) {
		if (check.verdict === wanted) byReason.set(check.reason, [...(byReason.get(check.reason) ?? []), check]);
	}
	return byReason;
}

/** The first of many lines, and how many more stand in the JSON. */
export function firstLines(lines: readonly string[], most: number): readonly string[] {
	return lines.length <= most ? lines : [...lines.slice(0, most - 1), `and ${lines.length - most + 1} more (--json)`];
}

/** What a check says in a line each: its findings of its own verdict where there are several, else its evidence. */
export function detailLines({findings, verdict, evidence}: CheckResult): readonly string[] {
	const open = findings.filter((finding) => finding.suppressedBy === undefined && finding.verdict === verdict);
	if (open.length <= 1) return evidence;
	return open.map(({subject, reason}) => `${subject === undefined ? '' : `${subject}: `}${reason}`);
}
