import type {AuditPlan} from '../audit/audit.js';
import {type AuditResult, outcomeOf, summaryOf} from '../audit/result.js';
import type {CheckResult} from '../audit/run.js';
import {SEVERITIES} from '../audit/verdict.js';
import {formatDuration} from '../kernel/duration.js';
import {EXIT, type ExitCode} from '../kernel/exit-codes.js';
import type {Answer, Block, Item, Mark, Verdict} from '../kernel/report.js';

const EXITS: Readonly<Record<ReturnType<typeof outcomeOf>, ExitCode>> = {
	pass: EXIT.ok,
	warn: EXIT.ok,
	fail: EXIT.no,
	inconclusive: EXIT.inconclusive,
};

const MARKS: Readonly<Record<Verdict, Mark>> = {
	pass: 'done',
	warn: 'warn',
	fail: 'failed',
	skip: 'pending',
	inconclusive: 'unknown',
};

export function auditAnswer(command: string, result: AuditResult): Answer {
	const outcome = outcomeOf(result);
	const exitCode = EXITS[outcome];
	return {
		report: {command, verdict: outcome, exitCode, data: auditData(result)},
		document: auditDocument(result, outcome, exitCode),
	};
}

/** What JSON says of an audit; docs/audit.md and schema/audit.schema.json describe it. */
export function auditData(result: AuditResult): object {
	const {target, targetName, startedMs, endedMs, checks, sent, budget, warnings, failOn} = result;
	return {
		target: target === undefined ? null : {name: targetName, origin: target.origin, api: target.api},
		startedAt: new Date(startedMs).toISOString(),
		durationMs: endedMs - startedMs,
		failOn,
		summary: summaryOf(result),
		checks: checks.map(checkData),
		warnings,
		requests: {spent: budget.spent, total: budget.total, sent},
	};
}

function checkData({findings, ...check}: CheckResult): object {
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

function auditDocument(result: AuditResult, outcome: Verdict, exitCode: ExitCode): Block[] {
	const {checks, target, targetName, startedMs, endedMs, warnings, budget} = result;
	const told = [...checks].filter(({verdict}) => verdict !== 'pass' && verdict !== 'skip').sort(worstFirst);
	const summary = summaryOf(result);
	const skipped = skippedWords(checks);
	return [
		{
			kind: 'title',
			text: `${target?.origin ?? targetName}: ${readyWords(outcome)}`,
			note: `${summaryWords(summary)}; ${formatDuration(endedMs - startedMs)}, ${budget.spent} requests`,
		},
		...(told.length === 0 ? [] : [{kind: 'items' as const, items: told.map(checkItem)}]),
		...(warnings.length === 0
			? []
			: [{kind: 'items' as const, items: warnings.map((text): Item => ({mark: 'warn', text}))}]),
		...(skipped.length === 0 ? [] : [{kind: 'items' as const, heading: 'Not asked', items: skipped}]),
		{kind: 'text', text: `${passWords(summary.pass)}${suppressedWords(result)} Exit ${exitCode}.`},
	];
}

function checkItem({id, verdict, severity, reason, evidence, fix, findings}: CheckResult): Item {
	const open = findings.filter(({suppressedBy, verdict: own}) => suppressedBy === undefined && own === verdict);
	const lines =
		open.length > 1
			? open.flatMap(({subject, reason: words}) => `${subject === undefined ? '' : `${subject}: `}${words}`)
			: evidence;
	return {
		mark: MARKS[verdict],
		text: `${(verdict === 'inconclusive' ? '–' : severity).padEnd(9)} ${id.padEnd(20)} ${reason}`,
		lines: [...firstLines(lines), ...(verdict === 'inconclusive' && fix === '' ? [] : [`mend   ${fix}`])],
	};
}

/** A screen is no log: the whole of it stands in the JSON. */
function firstLines(lines: readonly string[]): readonly string[] {
	return lines.length <= 6 ? lines : [...lines.slice(0, 5), `and ${lines.length - 5} more (--json)`];
}

function worstFirst(a: CheckResult, b: CheckResult): number {
	const rank = ({verdict}: CheckResult) => ['fail', 'warn', 'inconclusive'].indexOf(verdict);
	return rank(a) - rank(b) || SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity);
}

function readyWords(outcome: Verdict): string {
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

function summaryWords({fail, warn, inconclusive}: ReturnType<typeof summaryOf>): string {
	const parts = [
		count(fail, 'failure'),
		count(warn, 'warning'),
		inconclusive === 0 ? '' : `${inconclusive} inconclusive`,
	];
	return parts.filter((part) => part !== '').join(', ') || 'nothing is wrong';
}

function count(number: number, word: string): string {
	return number === 0 ? '' : `${number} ${word}${number === 1 ? '' : 's'}`;
}

function passWords(pass: number): string {
	return pass === 1 ? '1 check passes.' : `${pass} checks pass.`;
}

function suppressedWords(result: AuditResult): string {
	const {suppressed} = summaryOf(result);
	return suppressed === 0 ? '' : ` ${suppressed} suppressed.`;
}

/** Why checks were not asked, each reason once with the checks it is about. */
function skippedWords(checks: readonly CheckResult[]): Item[] {
	const byReason = new Map<string, string[]>();
	for (const {id, verdict, reason} of checks) {
		if (verdict === 'skip') byReason.set(reason, [...(byReason.get(reason) ?? []), id]);
	}
	return [...byReason].map(([reason, ids]) => ({mark: 'pending', text: `${ids.join(', ')}: ${reason}`}));
}

export function auditPlanAnswer(command: string, plan: AuditPlan): Answer {
	const {target, targetName, checks, mostRequests, total, perSecond} = plan;
	const asked = checks.filter(({skipReason}) => skipReason === undefined);
	return {
		report: {
			command,
			verdict: 'pass',
			exitCode: EXIT.ok,
			data: {
				dryRun: true,
				target: target === undefined ? null : {name: targetName, origin: target.origin, api: target.api},
				mostRequests,
				budget: {total, perSecond: Number.isFinite(perSecond) ? perSecond : null},
				checks: checks.map(({check: {id, group, title, severity, effect, maxRequests, sends}, skipReason}) => ({
					id,
					group,
					title,
					severity,
					effect,
					maxRequests,
					sends,
					...(skipReason === undefined ? {} : {skipReason}),
				})),
			},
		},
		document: [
			{
				kind: 'title',
				text: `${target?.origin ?? targetName}: ${asked.length} of ${checks.length} checks would be asked`,
				note: `at most ${mostRequests} requests of ${total}${Number.isFinite(perSecond) ? `, ${perSecond} a second` : ''}`,
			},
			{
				kind: 'items',
				items: checks.map(({check, skipReason}) => ({
					mark: skipReason === undefined ? ('none' as const) : ('pending' as const),
					text: `${check.id.padEnd(20)} ${skipReason === undefined ? check.effect : skipReason}`,
					lines: skipReason === undefined ? check.sends : [],
				})),
			},
			{kind: 'text', text: 'Nothing was sent.'},
		],
	};
}

export function auditListAnswer(command: string, {checks}: AuditPlan): Answer {
	return {
		report: {
			command,
			verdict: 'pass',
			exitCode: EXIT.ok,
			data: {
				checks: checks.map(({check: {id, group, title, severity, effect, why, fix, references}}) => ({
					id,
					group,
					title,
					severity,
					effect,
					why,
					fix,
					references,
				})),
			},
		},
		document: [
			{
				kind: 'table',
				columns: [{header: 'check'}, {header: 'severity'}, {header: 'effect'}, {header: 'what holds'}],
				rows: checks.map(({check: {id, severity, effect, title}}) => [id, severity, effect, title]),
			},
		],
	};
}
