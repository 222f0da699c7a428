import type {AuditContext} from './context.js';
import type {GroupName} from './groups.js';
import type {Finding, Severity} from './verdict.js';

/**
 * What a check does to its target. `passive` reads as a browser would; `active` sends data that can only be refused;
 * `staging` makes things, such as an unpaid order, and refuses a shop with live keys; `local` asks the target nothing:
 * it looks at this machine, the repository, the database, or another service.
 */
export type Effect = 'passive' | 'active' | 'staging' | 'local';

/** One question of the audit. Each is a file of its own, gathers facts first, and judges them by a pure function. */
export type Check = {
	/** `group.thing`, as in docs/audit.md; in configurations and reports, so never renamed. */
	readonly id: string;
	readonly group: GroupName;
	/** What holds when it passes, as one sentence. */
	readonly title: string;
	/** When it fails. */
	readonly severity: Severity;
	readonly effect: Effect;
	/** The most requests and handshakes it needs, those included that it shares with others. */
	readonly maxRequests: number;
	/** For `--dry-run`: what is sent, in words. Empty for a local check. */
	readonly sends: readonly string[];
	/** Why it matters, in a sentence or two. */
	readonly why: string;
	/** What to do when it fails; the one most useful line. */
	readonly fix: string;
	/** Where the rule comes from. */
	readonly references: readonly string[];
	/** Provokes what would spoil the others, such as a rate limit. */
	readonly runsLast?: true;
	/** Why it cannot be asked here, such as a domain or credentials that were not given; undefined where it can. */
	skipReason?(context: AuditContext): string | undefined;
	/** @throws NoAnswer for what could not be reached: inconclusive; any other error is a bug */
	run(context: AuditContext): Promise<readonly Finding[]>;
};

type CheckOf<Facts> = Omit<Check, 'run'> & {
	/** Asks the target, through `context.site`, and nothing else; decides nothing. */
	gather(context: AuditContext): Promise<Facts>;
	/** Pure. A check that looks at several things returns a finding for each. */
	judge(facts: Facts, context: AuditContext): Finding | readonly Finding[];
};

/** A check made of its two halves. */
export function makeCheck<Facts>({gather, judge, ...about}: CheckOf<Facts>): Check & Pick<CheckOf<Facts>, 'judge'> {
	return {
		...about,
		judge,
		async run(context) {
			const findings = judge(await gather(context), context);
			return Array.isArray(findings) ? (findings as readonly Finding[]) : [findings as Finding];
		},
	};
}
