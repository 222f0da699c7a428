import type {Phase} from './author.js';
import type {RuleFinding} from './lint.js';
import type {SourceFacts} from './source-facts.js';

/** Rules on what the source does, whatever the data. Taking away is an error in `expand`, a warning in `contract`. */
export function lintSource(facts: SourceFacts, phase: Phase): RuleFinding[] {
	const takingAway: RuleFinding['severity'] = phase === 'expand' ? 'error' : 'warning';
	const mendTakingAway =
		phase === 'expand'
			? 'Move it into a contract migration of a later release, when no running code needs it'
			: 'Check that no running code, and no version you may roll back to, still needs it';
	return [
		...facts.imports.map(
			({from, line}): RuleFinding => ({
				rule: 'app-import',
				severity: 'error',
				line,
				message: `imports ${from}, which its checksum does not cover: the code may be another one when it runs`,
				mend: 'Copy what it needs into the migration',
			}),
		),
		...facts.drops.map(
			({call, line}): RuleFinding => ({
				rule: 'drops',
				severity: takingAway,
				line,
				message: `calls ${call}: the old code may still need what goes`,
				mend: mendTakingAway,
			}),
		),
		...facts.unsets.map(
			({line}): RuleFinding => ({
				rule: 'unsets',
				severity: takingAway,
				line,
				message: 'unsets fields: the old code may still read them',
				mend: mendTakingAway,
			}),
		),
		...facts.unfiltered.map(
			({method, line}): RuleFinding => ({
				rule: 'unfiltered',
				severity: method === 'deleteMany' ? 'error' : 'warning',
				line,
				message: `calls ${method} without a filter: every document is ${method === 'deleteMany' ? 'deleted' : 'written in one go'}`,
				mend: method === 'deleteMany' ? 'Say which documents' : 'Say which documents, or use a backfill step',
			}),
		),
	];
}
