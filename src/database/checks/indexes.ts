import {makeCheck} from '../check.js';
import type {DatabaseFinding} from '../finding.js';
import {compareIndexes, type FoundIndex, listIndexes, type NeededIndex, nameOf} from '../indexes.js';

export type IndexFacts = readonly {
	readonly collection: string;
	readonly needed: readonly NeededIndex[];
	readonly found: readonly FoundIndex[];
}[];

export const indexesCheck = makeCheck<IndexFacts>({
	id: 'indexes',
	title: 'Every declared index is there, with its options',
	gather: ({db, config}) =>
		Promise.all(
			Object.entries(config.indexes).map(async ([collection, needed]) => ({
				collection,
				needed,
				found: await listIndexes(db, collection),
			})),
		),
	judge: judgeIndexes,
});

export function judgeIndexes(facts: IndexFacts): readonly DatabaseFinding[] {
	const findings = facts.flatMap(({collection, needed, found}): DatabaseFinding[] => {
		const {missing, conflicting} = compareIndexes(needed, found);
		return [
			...missing.map((index): DatabaseFinding => {
				const subject = `${collection}.${nameOf(index)}`;
				return {
					verdict: 'fail',
					subject,
					reason: `${subject} is missing`,
					...(index.unique === true ? {evidence: ['it is a unique one: without it there can be doubles']} : {}),
					mend: [`sastaops db indexes create ${collection}`],
				};
			}),
			...conflicting.map(({needed: index, differences}): DatabaseFinding => {
				const subject = `${collection}.${nameOf(index)}`;
				return {
					verdict: 'fail',
					subject,
					reason: `${subject} has other options`,
					evidence: differences,
					mend: [`sastaops db indexes plan ${collection}`],
				};
			}),
		];
	});
	const count = facts.reduce((sum, {needed}) => sum + needed.length, 0);
	return findings.length > 0 ? findings : [{verdict: 'pass', reason: `all ${count} declared ones are there`}];
}
