import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {readEnvironmentFile, type Variable} from '../../facts/environment-file.js';
import type {Finding, Severity} from '../../verdict.js';

type About = {
	readonly id: string;
	readonly title: string;
	readonly severity: Severity;
	readonly why: string;
	readonly fix: string;
	readonly judge: (variables: readonly Variable[], context: AuditContext) => readonly Finding[];
	/** What is said when nothing is wrong. */
	readonly fine: string;
};

/** A check of the variables of production: skipped without a file of them, and passed when nothing is found. */
export function makeEnvironmentCheck({judge, fine, ...about}: About) {
	return makeCheck<readonly Variable[] | undefined>({
		...about,
		group: 'environment',
		effect: 'local',
		maxRequests: 0,
		sends: [],
		references: ['twelve-factor app, III'],
		gather: readEnvironmentFile,
		judge(variables, context) {
			const file = context.loaded.config.audit.environmentFile;
			if (variables === undefined)
				return {verdict: 'skip', reason: `there is no ${file} here: with it the variables of production are judged`};
			const findings = judge(variables, context);
			return findings.length === 0 ? {verdict: 'pass', reason: fine} : findings;
		},
	});
}
