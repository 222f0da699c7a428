import type {NeededIndex} from '../../../database/indexes.js';
import {FEW_DOCUMENTS, isAsked, type Planned, planOf} from '../../../database/query-plans.js';
import {makeCheck} from '../../check.js';
import {DATABASE_CHECK, openDatabase} from '../../facts/database.js';
import type {Finding} from '../../verdict.js';

export const dbExplain = makeCheck<readonly Planned[]>({
	...DATABASE_CHECK,
	id: 'db.explain',
	title: 'The shop’s queries use their indexes',
	severity: 'high',
	why: 'An index that the planner does not take is none: order history then reads every order of everybody.',
	fix: 'compare the query with the index: its fields, in their order, with the same collation',
	references: ['MongoDB manual, Explain Results'],
	async gather(context) {
		const {db, config} = await openDatabase(context);
		const indexes = Object.entries(config.indexes).flatMap(([collection, needed]) =>
			(needed as readonly NeededIndex[]).filter(isAsked).map((index) => ({collection, index})),
		);
		return Promise.all(indexes.map(({collection, index}) => planOf(db, collection, index)));
	},
	judge: judgePlans,
});

export function judgePlans(plans: readonly Planned[]): readonly Finding[] {
	const large = plans.filter(({documents}) => documents > FEW_DOCUMENTS);
	const scanning = large.filter(({stages}) => stages.includes('COLLSCAN'));
	if (scanning.length > 0) {
		return scanning.map(({collection, index, documents}) => ({
			verdict: 'fail',
			subject: `${collection}.${index}`,
			reason: `the query that ${collection}.${index} is for reads the whole collection`,
			evidence: [`about ${documents} documents`],
		}));
	}
	return large.length === 0
		? [{verdict: 'pass', reason: `no collection has more than ${FEW_DOCUMENTS} documents yet`}]
		: [{verdict: 'pass', reason: `${large.length} queries, each by its index`}];
}
