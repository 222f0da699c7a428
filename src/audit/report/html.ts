import {formatDuration, formatMoment} from '../../kernel/duration.js';
import {escapeHtml, htmlPage} from '../../kernel/html.js';
import type {Verdict} from '../../kernel/report.js';
import {GROUPS} from '../groups.js';
import {type AuditResult, outcomeOf, summaryOf} from '../result.js';
import type {CheckResult} from '../run.js';
import {countWords, detailLines, firstLines, readyWords, reasonsOf, summaryWords, toldChecks} from './words.js';

const SHADES: Readonly<Record<Verdict, string>> = {
	pass: 'good',
	warn: 'warn',
	fail: 'bad',
	inconclusive: 'warn',
	skip: 'dim',
};
const SIGNS: Readonly<Record<Verdict, string>> = {pass: '✔', warn: '!', fail: '✖', inconclusive: '?', skip: '·'};

/** An audit as one page to read, print or hand on: the verdict, what to mend, what passed, what was sent. */
export function auditHtml(result: AuditResult): string {
	const {target, targetName, startedMs, endedMs, warnings, budget} = result;
	const outcome = outcomeOf(result);
	const summary = summaryOf(result);
	const where = target?.origin ?? targetName;
	const body = [
		`<h1>Audit of ${escapeHtml(where)}</h1>`,
		`<p class="dim">${formatMoment(startedMs)}, ${formatDuration(endedMs - startedMs)}, ${budget.spent} requests</p>`,
		`<div class="verdict ${SHADES[outcome]}"><span><strong>${SIGNS[outcome]} ${capital(readyWords(outcome))}.</strong> ${capital(summaryWords(summary))}; ${countWords(summary.pass, 'check') || 'no check'} passed${summary.suppressed === 0 ? '' : `; ${summary.suppressed} suppressed`}.</span></div>`,
		groupTable(result),
		...section(
			'What to mend',
			toldChecks(result)
				.filter(({verdict}) => verdict === 'fail')
				.map(checkCard),
		),
		...section(
			'Warnings',
			toldChecks(result)
				.filter(({verdict}) => verdict === 'warn')
				.map(checkCard),
		),
		...section(
			'Not judged',
			toldChecks(result)
				.filter(({verdict}) => verdict === 'inconclusive')
				.map(checkCard),
		),
		...section('Suppressed', suppressedRows(result)),
		...section('About the suppressions', warnings.length === 0 ? [] : [list(warnings)]),
		...section('Passed', passedTable(result)),
		...section('Not asked', skippedList(result)),
		...section('What was sent', sentTable(result)),
	].join('\n');
	return htmlPage({title: `Audit of ${where}: ${readyWords(outcome)}`, body});
}

function section(heading: string, parts: readonly string[]): string[] {
	return parts.length === 0 ? [] : [`<h2>${heading}</h2>`, ...parts];
}

/** A row for each group: how many passed, and what else there is. */
function groupTable({checks}: AuditResult): string {
	const groups = [...new Set(checks.map(({group}) => group))];
	const rows = groups.map((group) => {
		const own = checks.filter((check) => check.group === group);
		const cells = (['pass', 'fail', 'warn', 'inconclusive', 'skip'] as const).map((verdict) => {
			const number = own.filter((check) => check.verdict === verdict).length;
			return `<td class="number ${number === 0 ? 'dim' : SHADES[verdict]}">${number === 0 ? '–' : number}</td>`;
		});
		return `<tr><td>${group}</td><td class="dim">${escapeHtml(GROUPS[group])}</td>${cells.join('')}</tr>`;
	});
	const heads = ['passed', 'failed', 'warned', 'not judged', 'not asked'].map(
		(word) => `<th class="number">${word}</th>`,
	);
	return `<div class="wide"><table><thead><tr><th>group</th><th>what it asks</th>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function checkCard(check: CheckResult): string {
	const {id, title, verdict, severity, reason, fix, why, references} = check;
	const lines = firstLines(detailLines(check), 12);
	return [
		`<div class="verdict ${SHADES[verdict]}"><span>`,
		`<strong>${SIGNS[verdict]} ${escapeHtml(capital(reason))}</strong><br>`,
		`<span class="dim">${verdict === 'inconclusive' ? 'not judged' : severity} · <code>${id}</code> · asks: ${escapeHtml(title)}</span>`,
		lines.length === 0 ? '' : list(lines),
		`<p><strong>Mend:</strong> ${escapeHtml(fix)}</p>`,
		`<p class="dim">${escapeHtml(why)}${references.length === 0 ? '' : ` ${escapeHtml(`(${references.join('; ')})`)}`}</p>`,
		'</span></div>',
	].join('');
}

function suppressedRows({checks}: AuditResult): string[] {
	const lines = checks.flatMap(({id, findings}) =>
		findings.flatMap(({suppressedBy, reason}) =>
			suppressedBy === undefined
				? []
				: [`${id}: ${reason}. ${suppressedBy.owner}, until ${suppressedBy.expires}: ${suppressedBy.reason}`],
		),
	);
	return lines.length === 0 ? [] : [list(lines)];
}

function passedTable({checks}: AuditResult): string[] {
	const rows = checks
		.filter(({verdict}) => verdict === 'pass')
		.map(({id, title, reason}) => [`<code>${id}</code>`, escapeHtml(title), escapeHtml(reason)]);
	return rows.length === 0 ? [] : [table(['check', 'what holds', 'what was seen'], rows)];
}

function skippedList(result: AuditResult): string[] {
	const reasons = [...reasonsOf(result, 'skip')].map(
		([reason, checks]) => `${checks.map(({id}) => id).join(', ')}: ${reason}`,
	);
	return reasons.length === 0 ? [] : [list(reasons)];
}

function sentTable({sent}: AuditResult): string[] {
	if (sent.length === 0) return [];
	const rows = sent.map(({check, what, result, durationMs}) => [
		`<code>${check}</code>`,
		escapeHtml(what),
		escapeHtml(result),
		`${durationMs} ms`,
	]);
	return [
		`<details><summary>${countWords(sent.length, 'request')}</summary>${table(['for', 'what', 'answer', 'time'], rows)}</details>`,
	];
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
	const head = heads.map((word) => `<th>${word}</th>`).join('');
	return `<div class="wide"><table><thead><tr>${head}</tr></thead><tbody>${rows.map((row) => `<tr>${row.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('')}</tbody></table></div>`;
}

function list(lines: readonly string[]): string {
	return `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`;
}

function capital(text: string): string {
	return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
