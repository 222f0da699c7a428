import {makeCheck} from '../check.js';
import type {DatabaseFinding} from '../finding.js';
import {type Executed, executionOf, FEW_DOCUMENTS, isAsked, type Planned, planOf} from '../query-plans.js';
import {askIfAllowed} from '../refused.js';

export type QueryFacts = readonly (Planned & {
	/** Undefined where no document has the field, or it could not be run. */
	readonly executed: Executed | undefined;
})[];

/** Documents read for each one returned; Atlas warns from 1000, and near 1 is right (Atlas alert "query targeting"). */
const WARN_RATIO = 10;
const FAIL_RATIO = 1000;

export const queriesCheck = makeCheck<QueryFacts>({
	id: 'queries',
	title: 'The query that each index is for uses an index',
	async gather({db, config}) {
		const asked = Object.entries(config.indexes).flatMap(([collection, needed]) =>
			needed.filter(isAsked).map((index) => ({collection, index})),
		);
		return Promise.all(
			asked.map(async ({collection, index}) => {
				const planned = await planOf(db, collection, index);
				if (planned.documents <= FEW_DOCUMENTS) return {...planned, executed: undefined};
				const executed = await askIfAllowed(() => executionOf(db, collection, index));
				return {...planned, executed: 'value' in executed ? executed.value : undefined};
			}),
		);
	},
	judge: judgeQueries,
});

export function judgeQueries(facts: QueryFacts): readonly DatabaseFinding[] {
	const large = facts.filter(({documents}) => documents > FEW_DOCUMENTS);
	const findings = large.flatMap(judgeQuery);
	if (findings.length > 0) return findings;
	return large.length === 0
		? [{verdict: 'pass', reason: `no collection has more than ${FEW_DOCUMENTS} documents yet`}]
		: [{verdict: 'pass', reason: `${large.length} queries, each by an index`, evidence: large.flatMap(costOf)}];
}

function judgeQuery({collection, index, stages, scanned, documents, executed}: QueryFacts[number]): DatabaseFinding[] {
	const subject = `${collection}.${index}`;
	const mend = [`sastaops db indexes status ${collection}`];
	const evidence = [`about ${documents.toLocaleString('en-IN')} documents`];
	if (stages.includes('COLLSCAN')) {
		const reason = `the query that ${subject} is for reads the whole collection`;
		return [{verdict: 'fail', subject, reason, evidence, mend}];
	}
	const ratio = executed === undefined ? 0 : executed.documentsExamined / Math.max(1, executed.returned);
	if (ratio > WARN_RATIO) {
		const reason = `the query that ${subject} is for reads ${Math.round(ratio)} documents for each it returns`;
		return [{verdict: ratio > FAIL_RATIO ? 'fail' : 'warn', subject, reason, evidence, mend}];
	}
	// A server that sorts what comes in order from the very index (SecantusDB does) is not helped by another one.
	if (stages.includes('SORT') && !scanned.includes(index)) {
		const reason = `the query that ${subject} is for sorts in memory: its index does not give the order`;
		return [{verdict: 'warn', subject, reason, evidence, mend}];
	}
	return [];
}

function costOf({collection, index, executed}: QueryFacts[number]): string[] {
	if (executed === undefined) return [];
	const {documentsExamined, keysExamined, returned} = executed;
	return [`${collection}.${index}: ${keysExamined} keys and ${documentsExamined} documents read for ${returned}`];
}
