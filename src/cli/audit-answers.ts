import type {AuditPlan} from '../audit/audit.js';
import {compareAudits} from '../audit/compare.js';
import {auditData} from '../audit/report/data.js';
import {auditFormats} from '../audit/report/formats.js';
import type {SavedAudit} from '../audit/report/saved.js';
import {detailLines, firstLines, readyWords, reasonsOf, summaryWords, toldChecks} from '../audit/report/words.js';
import {type AuditResult, outcomeOf, summaryOf} from '../audit/result.js';
import type {CheckResult} from '../audit/run.js';
import {formatDuration} from '../kernel/duration.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer, Block, Item, Verdict} from '../kernel/report.js';
import {baselineData, comparisonBlocks} from './audit-history-answers.js';
import {VERDICT_EXITS, VERDICT_MARKS} from './verdicts.js';

export function auditAnswer(
	command: string,
	result: AuditResult,
	{file, version, before}: {readonly file: string; readonly version: string; readonly before: SavedAudit | undefined},
): Answer {
	const outcome = outcomeOf(result);
	const exitCode = VERDICT_EXITS[outcome];
	const data = auditData(result);
	const comparison = before === undefined ? undefined : compareAudits(before, data);
	const baseline = before === undefined || comparison === undefined ? undefined : baselineData(before, comparison);
	return {
		report: {command, verdict: outcome, exitCode, data: {...data, ...(baseline === undefined ? {} : {baseline})}},
		document: [
			...auditDocument(result, outcome),
			...(before === undefined || comparison === undefined ? [] : comparisonBlocks(before, comparison)),
			{kind: 'text', text: `Exit ${exitCode}.`},
		],
		extra: auditFormats(result, {exitCode, file, version}),
	};
}

function auditDocument(result: AuditResult, outcome: Verdict): Block[] {
	const {target, targetName, startedMs, endedMs, warnings, budget} = result;
	const told = toldChecks(result).filter(({verdict}) => verdict !== 'inconclusive');
	const summary = summaryOf(result);
	const unjudged = [...reasonsOf(result, 'inconclusive')].map(([reason, checks]) => unjudgedItem(reason, checks));
	const skipped = [...reasonsOf(result, 'skip')].map(
		([reason, checks]): Item => ({mark: 'pending', text: reason, lines: idLines(checks)}),
	);
	return [
		{
			kind: 'title',
			text: `${target?.origin ?? targetName}: ${readyWords(outcome)}`,
			note: `${summaryWords(summary)}; ${formatDuration(endedMs - startedMs)}, ${budget.spent} requests`,
		},
		...(told.length === 0 ? [] : [{kind: 'items' as const, items: told.map(checkItem)}]),
		...(unjudged.length === 0 ? [] : [{kind: 'items' as const, heading: 'Not judged', items: unjudged}]),
		...(warnings.length === 0
			? []
			: [{kind: 'items' as const, items: warnings.map((text): Item => ({mark: 'warn', text}))}]),
		...(skipped.length === 0 ? [] : [{kind: 'items' as const, heading: 'Not asked', items: skipped}]),
		{kind: 'text', text: `${passWords(summary.pass)}${suppressedWords(result)}`},
	];
}

function checkItem(check: CheckResult): Item {
	const {id, verdict, severity, reason, fix} = check;
	return {
		mark: VERDICT_MARKS[verdict],
		text: `${severity.padEnd(9)} ${id.padEnd(20)} ${reason}`,
		lines: [...firstLines(detailLines(check), SHOWN_LINES), `mend   ${fix}`],
	};
}

/** One reason, such as a host that does not answer, keeps many checks from judging: it is told once. */
function unjudgedItem(reason: string, checks: readonly CheckResult[]): Item {
	const evidence = [...new Set(checks.flatMap((check) => check.evidence))].filter((line) => !reason.includes(line));
	const fixes = new Set(checks.map(({fix}) => fix));
	return {
		mark: 'unknown',
		text: reason,
		lines: [
			...idLines(checks),
			...(evidence.length === 0 ? [] : firstLines(evidence, SHOWN_LINES)),
			...[...fixes].map((fix) => `mend   ${fix}`),
		],
	};
}

/** Ids with commas between, as many to a line as a narrow terminal takes. */
function idLines(checks: readonly CheckResult[]): string[] {
	const lines: string[] = [];
	for (const {id} of checks) {
		const last = lines.at(-1);
		if (last === undefined || last.length + id.length > 68) lines.push(id);
		else lines[lines.length - 1] = `${last}, ${id}`;
	}
	return lines;
}

/** A screen is no log. */
const SHOWN_LINES = 6;

function passWords(pass: number): string {
	return pass === 1 ? '1 check passes.' : `${pass} checks pass.`;
}

function suppressedWords(result: AuditResult): string {
	const {suppressed} = summaryOf(result);
	return suppressed === 0 ? '' : ` ${suppressed} suppressed.`;
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
