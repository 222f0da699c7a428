import type {Verdict} from '../kernel/report.js';

/** What was found about one thing of the database. */
export type DatabaseFinding = {
	readonly verdict: Verdict;
	/** One sentence for a person; no final period. */
	readonly reason: string;
	/** What it is about, where several things are looked at: `orders.userId_1`. */
	readonly subject?: string;
	/** What was seen, a line each; never a document, never a secret. */
	readonly evidence?: readonly string[];
	/** What to do, a line each; commands stand as they are typed. */
	readonly mend?: readonly string[];
	/** The server does not tell: no fault of the shop, and nothing is known either. */
	readonly isUnavailable?: boolean;
};

/** A question the server has no answer to, or may not give this user. */
export function unavailable(reason: string): DatabaseFinding {
	return {verdict: 'skip', reason, isUnavailable: true};
}

/**
 * What all findings together say. A question without an answer leaves the verdict alone unless `isStrict`.
 */
export function outcomeOf(
	findings: readonly Pick<DatabaseFinding, 'verdict' | 'isUnavailable'>[],
	isStrict = false,
): Exclude<Verdict, 'skip'> {
	const has = (verdict: Verdict) => findings.some((finding) => finding.verdict === verdict);
	if (has('fail')) return 'fail';
	if (has('inconclusive') || (isStrict && findings.some(({isUnavailable}) => isUnavailable === true)))
		return 'inconclusive';
	if (has('warn')) return 'warn';
	return has('pass') ? 'pass' : 'inconclusive';
}
