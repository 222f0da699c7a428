import type {AuditResult} from '../result.js';
import type {CheckResult} from '../run.js';
import {SEVERITIES} from '../verdict.js';

/** GitHub shows no more of each kind for a step. */
const SHOWN = 10;

/**
 * Workflow commands that GitHub shows as annotations: errors for what failed, warnings for what warns or could not be
 * judged; the worst first, since the rest is dropped by GitHub, which the last line says.
 */
export function auditAnnotations({checks, targetName}: AuditResult, file: string): string {
	const failed = worstFirst(checks.filter(({verdict}) => verdict === 'fail'));
	const doubtful = worstFirst(checks.filter(({verdict}) => verdict === 'warn' || verdict === 'inconclusive'));
	const left = Math.max(0, failed.length - SHOWN) + Math.max(0, doubtful.length - SHOWN);
	const lines = [
		...failed.slice(0, SHOWN).map((check) => annotation('error', check, {targetName, file})),
		...doubtful.slice(0, SHOWN).map((check) => annotation('warning', check, {targetName, file})),
		...(left === 0 ? [] : [`::notice title=audit::${data(`${left} more of ${targetName} stand in the report`)}`]),
	];
	return lines.length === 0 ? `::notice title=audit::${data(`${targetName} passes`)}\n` : `${lines.join('\n')}\n`;
}

function annotation(
	level: 'error' | 'warning',
	{id, severity, verdict, reason, fix}: CheckResult,
	{targetName, file}: {readonly targetName: string; readonly file: string},
): string {
	const title = verdict === 'inconclusive' ? `${id}: not judged` : `${id} (${severity})`;
	return `::${level} title=${property(title)},file=${property(file)},line=1::${data(`${targetName}: ${reason}\nmend: ${fix}`)}`;
}

function worstFirst(checks: readonly CheckResult[]): readonly CheckResult[] {
	return [...checks].sort((a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity));
}

/** As GitHub's own toolkit escapes: nothing a site says may begin a command of its own. */
function data(text: string): string {
	return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

function property(text: string): string {
	return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
