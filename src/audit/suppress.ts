import type {AuditConfig} from '../kernel/config/audit.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Severity} from './verdict.js';

export type Suppression = AuditConfig['suppress'][number];

/** Longest time ahead, in days: what is critical may not be forgotten for half a year. */
const LONGEST_DAYS = 180;
const LONGEST_CRITICAL_DAYS = 30;
const DAY_MS = 86_400_000;

/** What a suppression is held against. */
export type Suppressible = {
	readonly check: string;
	/** Small letters. */
	readonly host: string;
	readonly subject: string | undefined;
	readonly severity: Severity;
};

/** Ends with its last day, UTC. */
export function expiresAtMs({expires}: Suppression): number {
	return Date.parse(`${expires}T00:00:00Z`) + DAY_MS;
}

/**
 * The suppression that holds a finding back now, or undefined. One that is for longer than its severity allows holds
 * nothing back: `checkSuppressions` tells of it.
 */
export function findSuppression(
	finding: Suppressible,
	list: readonly Suppression[],
	nowMs: number,
): Suppression | undefined {
	return list.find(
		(one) =>
			fits(one, finding) &&
			expiresAtMs(one) > nowMs &&
			expiresAtMs(one) - nowMs <= (longestDays(finding.severity) + 1) * DAY_MS,
	);
}

export function fits({check, target, subject}: Suppression, finding: Suppressible): boolean {
	return (
		check === finding.check &&
		(target === '*' || hostOf(target) === finding.host) &&
		(subject === undefined || fitsPattern(finding.subject ?? '', subject))
	);
}

function longestDays(severity: Severity): number {
	return severity === 'critical' ? LONGEST_CRITICAL_DAYS : LONGEST_DAYS;
}

/** @throws SastaError CONFIG_INVALID for an unknown check, and for what is suppressed for too long */
export function checkSuppressions(
	list: readonly Suppression[],
	severityOf: (check: string) => Severity | undefined,
	nowMs: number,
): void {
	const problems = list.flatMap((one) => {
		const severity = severityOf(one.check);
		if (severity === undefined) return [`audit.suppress: there is no check "${one.check}"`];
		const days = longestDays(severity);
		return expiresAtMs(one) - nowMs > (days + 1) * DAY_MS
			? [
					`audit.suppress: ${one.check} (${severity}) may be suppressed for ${days} days at most, not until ${one.expires}`,
				]
			: [];
	});
	if (problems.length === 0) return;
	throw new SastaError('CONFIG_INVALID', 'Suppressions of the audit cannot stand as they are', {
		exitCode: EXIT.usage,
		details: problems,
		hint: 'Mend them in sastaops.yaml; "sastaops audit --list" prints every check',
	});
}

/** What the report says of the list itself. `used` are those that held something back. */
export function suppressionWarnings(
	list: readonly Suppression[],
	{
		used,
		asked,
		host,
		nowMs,
	}: {
		readonly used: ReadonlySet<Suppression>;
		/** Ids of the checks that were run; of others nothing can be said. */
		readonly asked: ReadonlySet<string>;
		readonly host: string;
		readonly nowMs: number;
	},
): string[] {
	return list
		.filter((one) => asked.has(one.check) && (one.target === '*' || hostOf(one.target) === host))
		.flatMap((one) => {
			const what = `the suppression of ${one.check}${one.subject === undefined ? '' : ` (${one.subject})`} by ${one.owner}`;
			const leftDays = Math.floor((expiresAtMs(one) - nowMs) / DAY_MS);
			if (expiresAtMs(one) <= nowMs) return [`${what} ended on ${one.expires}`];
			if (!used.has(one)) return [`${what} is not needed: nothing was held back by it`];
			return leftDays < 7 ? [`${what} ends on ${one.expires}`] : [];
		});
}

function hostOf(target: string): string {
	return target
		.replace(/^https?:\/\//i, '')
		.replace(/[/?#].*$/, '')
		.replace(/:\d+$/, '')
		.toLowerCase();
}

/** `*` fits any text, everything else itself. Linear in the length of both. */
function fitsPattern(text: string, pattern: string): boolean {
	const [first = '', ...rest] = pattern.split('*');
	if (rest.length === 0) return text === pattern;
	const last = rest.pop() ?? '';
	if (!text.startsWith(first)) return false;
	let from = first.length;
	for (const part of rest) {
		const at = text.indexOf(part, from);
		if (at === -1) return false;
		from = at + part.length;
	}
	return text.length - last.length >= from && text.endsWith(last);
}
