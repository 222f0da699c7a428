import {compareIndexes, type FoundIndex, indexName, listIndexes, type NeededIndex} from '../../../database/indexes.js';
import {makeCheck} from '../../check.js';
import {DATABASE_CHECK, openDatabase} from '../../facts/database.js';
import type {Finding} from '../../verdict.js';

type Facts = readonly {
	readonly collection: string;
	readonly needed: readonly NeededIndex[];
	readonly found: readonly FoundIndex[];
}[];

export const dbIndexes = makeCheck<Facts>({
	...DATABASE_CHECK,
	id: 'db.indexes',
	title: 'Every index the shop needs is there, with its options',
	severity: 'high',
	why: 'Without its index a query reads the whole collection: fine with a hundred orders, an outage with a million.',
	fix: 'create it; the shop’s own start does where its user may',
	references: ['docs/shop-contract.md, Data'],
	async gather(context) {
		const {db, config} = await openDatabase(context);
		return Promise.all(
			Object.entries(config.indexes).map(async ([collection, needed]) => ({
				collection,
				needed: needed as readonly NeededIndex[],
				found: await listIndexes(db, collection),
			})),
		);
	},
	judge: judgeIndexes,
});

export function judgeIndexes(facts: Facts): readonly Finding[] {
	const findings = facts.flatMap(({collection, needed, found}): Finding[] => {
		const {missing, conflicting} = compareIndexes(needed, found);
		return [
			...missing.map(({keys, unique}): Finding => {
				const name = `${collection}.${indexName(keys)}`;
				return {
					verdict: 'fail',
					subject: name,
					reason: `the index ${name} is missing`,
					...(unique === true ? {evidence: ['it is a unique one: without it there can be doubles']} : {}),
				};
			}),
			...conflicting.map(({needed: {keys}, differences}): Finding => {
				const name = `${collection}.${indexName(keys)}`;
				return {verdict: 'fail', subject: name, reason: `the index ${name} has other options`, evidence: differences};
			}),
		];
	});
	const count = facts.reduce((sum, {needed}) => sum + needed.length, 0);
	return findings.length > 0 ? findings : [{verdict: 'pass', reason: `all ${count} are there`}];
}
