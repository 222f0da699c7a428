import type {Verdict} from '../kernel/report.js';

/** How bad it is when a check fails; what a failing check says may lower or raise it. */
export const SEVERITIES = ['critical', 'high', 'medium', 'low', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Whether `severity` is as bad as `line`, or worse. */
export function isAtLeast(severity: Severity, line: Severity): boolean {
	return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(line);
}

/** What a check found about one thing: a cookie, a page, an index, or the whole target. */
export type Finding = {
	readonly verdict: Verdict;
	/** One sentence for a person; no final period. */
	readonly reason: string;
	/**
	 * What it is about, where a check looks at several things: `cookie sid`, `/checkout`. Part of the fingerprint, so no
	 * measured value: a subject that changes from run to run is a new finding each time.
	 */
	readonly subject?: string;
	/** What was seen, a line each; never a body, never a secret. */
	readonly evidence?: readonly string[];
	/** What to do, where the check's own text is not to the point. */
	readonly fix?: string;
	/** Where it differs from the check's. */
	readonly severity?: Severity;
};

/** From best to worst: what a check with several findings says of itself. */
const ORDER: readonly Verdict[] = ['skip', 'pass', 'inconclusive', 'warn', 'fail'];

/** The worst verdict; `skip` of none. What could not be judged is worse than a pass, and hides no failure. */
export function worstVerdict(verdicts: readonly Verdict[]): Verdict {
	return verdicts.reduce<Verdict>((worst, next) => (ORDER.indexOf(next) > ORDER.indexOf(worst) ? next : worst), 'skip');
}
