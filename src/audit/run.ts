import type {Host} from '../kernel/host.js';
import type {Verdict} from '../kernel/report.js';
import type {Check, Effect} from './check.js';
import type {AuditContext} from './context.js';
import {fingerprintOf} from './fingerprint.js';
import type {GroupName} from './groups.js';
import {asInconclusive} from './inconclusive.js';
import {findSuppression, type Suppression} from './suppress.js';
import {type Finding, SEVERITIES, type Severity, worstVerdict} from './verdict.js';

/** A finding as a report has it. */
export type ReportedFinding = Finding & {
	readonly severity: Severity;
	readonly fingerprint: string;
	readonly suppressedBy: Suppression | undefined;
};

export type CheckResult = {
	readonly id: string;
	readonly group: GroupName;
	readonly title: string;
	readonly effect: Effect;
	/** Of its findings that are not suppressed; `skip` when all that is bad is suppressed. */
	readonly verdict: Verdict;
	/** The worst of what failed or warned; the check's own where nothing did. */
	readonly severity: Severity;
	readonly reason: string;
	readonly evidence: readonly string[];
	readonly fix: string;
	readonly why: string;
	readonly references: readonly string[];
	readonly findings: readonly ReportedFinding[];
	readonly durationMs: number;
};

export type RunChecks = {
	readonly checks: readonly Check[];
	/** What one check is given; its site writes down what it sends under its name. */
	readonly contextOf: (check: Check) => AuditContext;
	readonly suppressions: readonly Suppression[];
	/** The host of the target, or the name of the shop: part of every fingerprint. */
	readonly targetName: string;
};

/**
 * Asks every check, all at once: the budget of the site they share sets the pace. Checks that provoke a rate limit wait
 * until the others are done.
 * @throws what interrupted the run; a check that fails is a result, never an error
 */
export async function runChecks(
	{checks, contextOf, suppressions, targetName}: RunChecks,
	host: Host,
): Promise<readonly CheckResult[]> {
	let done = 0;
	const results = new Map<Check, CheckResult>();
	const ask = async (check: Check) => {
		results.set(check, await askCheck(check, {context: contextOf(check), suppressions, targetName}, host));
		host.emit({type: 'progress', done: ++done, total: checks.length, unit: 'checks'});
	};
	await Promise.all(checks.filter(({runsLast}) => runsLast !== true).map(ask));
	for (const check of checks.filter(({runsLast}) => runsLast === true)) await ask(check);
	host.signal.throwIfAborted();
	return checks.flatMap((check) => results.get(check) ?? []);
}

async function askCheck(
	check: Check,
	{
		context,
		suppressions,
		targetName,
	}: {readonly context: AuditContext; readonly suppressions: readonly Suppression[]; readonly targetName: string},
	host: Host,
): Promise<CheckResult> {
	const startedMs = host.monotonicMs();
	const findings = (await findingsOf(check, context)).map((finding): ReportedFinding => {
		const severity = finding.severity ?? check.severity;
		const isBad = finding.verdict === 'fail' || finding.verdict === 'warn';
		const suppressible = {check: check.id, host: targetName, subject: finding.subject, severity};
		return {
			...finding,
			severity,
			fingerprint: fingerprintOf({check: check.id, target: targetName, subject: finding.subject}),
			suppressedBy: isBad ? findSuppression(suppressible, suppressions, host.now()) : undefined,
		};
	});
	return {...summaryOf(check, findings), findings, durationMs: Math.round(host.monotonicMs() - startedMs)};
}

async function findingsOf(check: Check, context: AuditContext): Promise<readonly Finding[]> {
	const skipReason = check.skipReason?.(context);
	if (skipReason !== undefined) return [{verdict: 'skip', reason: skipReason}];
	try {
		const findings = await check.run(context);
		return findings.length === 0 ? [{verdict: 'skip', reason: 'there is nothing to judge'}] : findings;
	} catch (error) {
		context.host.signal.throwIfAborted();
		return [asInconclusive(error)];
	}
}

function summaryOf(check: Check, findings: readonly ReportedFinding[]): Omit<CheckResult, 'findings' | 'durationMs'> {
	const open = findings.filter(({suppressedBy}) => suppressedBy === undefined);
	const verdict = worstVerdict(open.map((finding) => finding.verdict));
	const telling = open.filter((finding) => finding.verdict === verdict);
	const worst = [...telling].sort((a, b) => rank(a.severity) - rank(b.severity))[0];
	const {id, group, title, effect, why, references} = check;
	return {
		id,
		group,
		title,
		effect,
		verdict,
		severity: worst?.severity ?? check.severity,
		reason: worst === undefined ? 'everything it found is suppressed' : reasonOf(worst, telling.length),
		evidence: telling.flatMap(({evidence = []}) => evidence),
		// What mends a failure does not help where nothing could be judged.
		fix: worst?.fix ?? (verdict === 'inconclusive' ? 'make it possible to judge it, and audit again' : check.fix),
		why,
		references,
	};
}

function reasonOf({reason}: Finding, count: number): string {
	return count > 1 ? `${reason} (and ${count - 1} more)` : reason;
}

function rank(severity: Severity): number {
	return SEVERITIES.indexOf(severity);
}
