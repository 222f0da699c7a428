import type {Verdict} from '../kernel/report.js';
import type {Severity} from './verdict.js';

export type ComparedFinding = {
	readonly check: string;
	readonly subject: string | undefined;
	readonly severity: Severity;
	readonly reason: string;
};

/** Findings that fail or warn, told apart by their fingerprints. */
export type Comparison = {
	readonly new: readonly ComparedFinding[];
	readonly fixed: readonly ComparedFinding[];
	readonly still: readonly ComparedFinding[];
	/** There before; the check was not asked now, or could not be judged: nobody knows. */
	readonly unknown: readonly ComparedFinding[];
};

type Audited = {
	readonly checks: readonly {
		readonly id: string;
		readonly findings: readonly {
			readonly verdict: Verdict;
			readonly severity: Severity;
			readonly subject?: string | undefined;
			readonly reason: string;
			readonly fingerprint: string;
		}[];
	}[];
};

/** What has changed between two audits of one target. Suppressed findings count as found. */
export function compareAudits(before: Audited, after: Audited): Comparison {
	const old = foundIn(before);
	const now = foundIn(after);
	const judged = new Set(
		after.checks.filter(({findings}) => findings.every(isJudged) && findings.length > 0).map(({id}) => id),
	);
	const gone = [...old].filter(([fingerprint]) => !now.has(fingerprint)).map(([, finding]) => finding);
	return {
		new: [...now].filter(([fingerprint]) => !old.has(fingerprint)).map(([, finding]) => finding),
		still: [...now].filter(([fingerprint]) => old.has(fingerprint)).map(([, finding]) => finding),
		fixed: gone.filter(({check}) => judged.has(check)),
		unknown: gone.filter(({check}) => !judged.has(check)),
	};
}

function isJudged({verdict}: {readonly verdict: Verdict}): boolean {
	return verdict !== 'inconclusive' && verdict !== 'skip';
}

function foundIn({checks}: Audited): ReadonlyMap<string, ComparedFinding> {
	const found = new Map<string, ComparedFinding>();
	for (const {id, findings} of checks) {
		for (const {verdict, fingerprint, subject, severity, reason} of findings) {
			if (verdict === 'fail' || verdict === 'warn') found.set(fingerprint, {check: id, subject, severity, reason});
		}
	}
	return found;
}

/** `headers.cookies: cookie sid`. */
export function nameOf({check, subject}: ComparedFinding): string {
	return subject === undefined ? check : `${check}: ${subject}`;
}
