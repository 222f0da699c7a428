import type {ExitCode} from '../../kernel/exit-codes.js';
import type {ExtraFormat} from '../../kernel/report.js';
import type {AuditResult} from '../result.js';

export type FormatOptions = {
	readonly exitCode: ExitCode;
	/** The configuration, by its path from the working folder; what a finding is pinned to where a file is wanted. */
	readonly file: string;
	/** Of sastaops. */
	readonly version: string;
};

/** An audit in the formats that only it has, each loaded when it is written. */
export function auditFormats(
	result: AuditResult,
	{exitCode, file, version}: FormatOptions,
): Readonly<Record<ExtraFormat, () => Promise<string>>> {
	return {
		html: async () => (await import('./html.js')).auditHtml(result),
		junit: async () => (await import('./junit.js')).auditJunit(result),
		sarif: async () => (await import('./sarif.js')).auditSarif(result, {version, exitCode, file}),
		github: async () => (await import('./github.js')).auditAnnotations(result, file),
	};
}
