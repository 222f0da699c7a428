import * as z from 'zod';
import {SEVERITIES} from '../verdict.js';

const verdict = z.enum(['pass', 'warn', 'fail', 'skip', 'inconclusive']);
const severity = z.enum(SEVERITIES);
const moment = z.iso.datetime();
const lines = z.array(z.string());
const count = z.number().int().nonnegative();

const suppression = z.strictObject({
	check: z.string(),
	target: z.string(),
	subject: z.string().optional(),
	owner: z.string(),
	reason: z.string(),
	expires: z.string().describe('The last day it holds, UTC'),
});

const finding = z.strictObject({
	verdict,
	severity,
	subject: z.string().optional().describe('What it is about, where a check looks at several things'),
	reason: z.string(),
	evidence: lines,
	fix: z.string().optional(),
	fingerprint: z.string().describe('The same for the same finding in every run'),
	suppressedBy: suppression.optional(),
});

const check = z.strictObject({
	id: z.string(),
	group: z.string(),
	title: z.string(),
	effect: z.enum(['passive', 'active', 'staging', 'local']),
	verdict: verdict.describe('The worst of its findings that are not suppressed'),
	severity: severity.describe('Of the worst finding of that verdict; the check’s own where there is none'),
	reason: z.string(),
	evidence: lines,
	fix: z.string(),
	why: z.string(),
	references: lines,
	findings: z.array(finding),
	durationMs: count,
});

/** The document of `sastaops audit --json`, as the history keeps it and `--baseline` reads it. */
export const auditDocumentSchema = z
	.strictObject({
		schemaVersion: z.literal(1),
		command: z.string(),
		verdict,
		exitCode: z.number().int(),
		target: z
			.strictObject({name: z.string(), origin: z.string(), api: z.string()})
			.nullable()
			.describe('null when no domain was known'),
		startedAt: moment,
		durationMs: count,
		failOn: severity,
		summary: z.strictObject({
			pass: count,
			warn: count,
			fail: count,
			skip: count,
			inconclusive: count,
			suppressed: count.describe('Findings, where the others are checks'),
		}),
		checks: z.array(check),
		warnings: lines.describe('Of the list of suppressions itself'),
		requests: z.strictObject({
			spent: count,
			total: count,
			sent: z.array(z.strictObject({check: z.string(), what: z.string(), result: z.string(), durationMs: count})),
		}),
		baseline: z
			.strictObject({
				at: moment,
				new: z.array(z.string()),
				fixed: z.array(z.string()),
				still: z.array(z.string()),
				unknown: z.array(z.string()).describe('Found before, and not judged now'),
			})
			.optional()
			.describe('With --baseline: findings, as `id` or `id: subject`'),
		next: z.string().optional(),
	})
	.meta({title: 'sastaops audit --json', description: 'The report of an audit'});

export type SavedAudit = z.output<typeof auditDocumentSchema>;
