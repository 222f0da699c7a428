import type {Db, Document, Sort} from 'mongodb';
import {indexName, type NeededIndex} from '../../../database/indexes.js';
import {makeCheck} from '../../check.js';
import {DATABASE_CHECK, openDatabase} from '../../facts/database.js';
import type {Finding} from '../../verdict.js';

/** How the server would answer the query that an index is for. */
type Planned = {
	readonly collection: string;
	readonly index: string;
	readonly stages: readonly string[];
	readonly documents: number;
};

/** Below this a scan is as fast as an index, and a planner may choose it. */
const FEW = 1000;

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
	const large = plans.filter(({documents}) => documents > FEW);
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
		? [{verdict: 'pass', reason: `no collection has more than ${FEW} documents yet`}]
		: [{verdict: 'pass', reason: `${large.length} queries, each by its index`}];
}

/** Text and geo indexes answer queries of another form; a partial one only some. */
function isAsked({keys, ...options}: NeededIndex): boolean {
	return (
		Object.values(keys).every((direction) => direction === 1 || direction === -1) &&
		!('partialFilterExpression' in options)
	);
}

async function planOf(db: Db, collection: string, {keys}: NeededIndex): Promise<Planned> {
	const [first = '_id', ...rest] = Object.keys(keys);
	const sort = Object.fromEntries(rest.map((field) => [field, keys[field]])) as Sort;
	// A value that no document has: only the plan is wanted, and nothing is read.
	const cursor = db.collection(collection).find({[first]: 'sastaops-explain'});
	const [explained, documents] = await Promise.all([
		(rest.length === 0 ? cursor : cursor.sort(sort)).explain('queryPlanner') as Promise<Document>,
		db.collection(collection).estimatedDocumentCount(),
	]);
	return {collection, index: indexName(keys), stages: stagesOf(explained), documents};
}

/** Every stage of the winning plan, wherever a version of the server nests it. */
function stagesOf(explained: unknown, isWinning = false): string[] {
	if (typeof explained !== 'object' || explained === null) return [];
	return Object.entries(explained).flatMap(([key, value]) => {
		if (key === 'rejectedPlans') return [];
		if (key === 'stage' && isWinning && typeof value === 'string') return [value];
		return stagesOf(value, isWinning || key === 'winningPlan');
	});
}
