import {describe, expect, it} from 'vitest';
import {examinedPerReturned, joinPlans, readPlan, scans, sortsInMemory} from '../../../src/load/indexes/plan.js';

const STATS = {totalKeysExamined: 3, totalDocsExamined: 3, nReturned: 3};

describe('readPlan', () => {
	it.each([
		[
			'a plan of the classic engine',
			{
				queryPlanner: {
					winningPlan: {
						stage: 'LIMIT',
						inputStage: {stage: 'SORT', inputStage: {stage: 'FETCH', inputStage: {stage: 'IXSCAN', indexName: 'a_1'}}},
					},
					rejectedPlans: [{stage: 'COLLSCAN'}],
				},
				executionStats: STATS,
			},
			['LIMIT', 'SORT', 'FETCH', 'IXSCAN'],
			['a_1'],
		],
		[
			'a plan of the slot-based engine',
			{
				queryPlanner: {
					winningPlan: {
						queryPlan: {stage: 'FETCH', inputStage: {stage: 'IXSCAN', indexName: 'a_1'}},
						slotBasedPlan: {stages: '[2] nlj inner'},
					},
				},
				executionStats: STATS,
			},
			['FETCH', 'IXSCAN'],
			['a_1'],
		],
		[
			'one of a sharded cluster',
			{
				queryPlanner: {
					winningPlan: {
						stage: 'SHARD_MERGE',
						shards: [
							{winningPlan: {stage: 'IXSCAN', indexName: 'a_1'}, rejectedPlans: [{stage: 'SORT'}]},
							{winningPlan: {stage: 'COLLSCAN'}},
						],
					},
				},
				executionStats: STATS,
			},
			['SHARD_MERGE', 'IXSCAN', 'COLLSCAN'],
			['a_1'],
		],
		['a look by _id', {queryPlanner: {winningPlan: {stage: 'IDHACK'}}, executionStats: STATS}, ['IDHACK'], ['_id_']],
		[
			'an express plan',
			{
				queryPlanner: {winningPlan: {stage: 'EXPRESS_IXSCAN', indexName: 'slug_1'}},
				executionStats: STATS,
			},
			['EXPRESS_IXSCAN'],
			['slug_1'],
		],
	])('reads %s', (_, explained, stages, indexes) => {
		expect(readPlan(explained)).toEqual({
			stages,
			indexes,
			work: {keysExamined: 3, documentsExamined: 3, returned: 3},
		});
	});

	it('tells no work where the server gives the plan only', () => {
		expect(readPlan({queryPlanner: {winningPlan: {stage: 'COLLSCAN'}}})?.work).toBeNull();
	});

	it.each([undefined, null, 'text', {}, {queryPlanner: {}}, {executionStats: STATS}])(
		'finds no plan in %j',
		(value) => {
			expect(readPlan(value)).toBeUndefined();
		},
	);
});

describe('several plans', () => {
	const plan = (stage: string, examined: number, returned: number) => ({
		stages: [stage],
		indexes: [],
		work: {keysExamined: 0, documentsExamined: examined, returned},
	});

	it('are one with all their stages, and their work added up', () => {
		const joined = joinPlans([plan('IXSCAN', 20, 10), plan('COLLSCAN', 1000, 0)]);

		expect(joined).toMatchObject({stages: ['IXSCAN', 'COLLSCAN'], work: {documentsExamined: 1020, returned: 10}});
		expect(joined !== undefined && scans(joined)).toBe(true);
	});

	it('have no work when one of them has none', () => {
		expect(joinPlans([plan('IXSCAN', 1, 1), {stages: ['IXSCAN'], indexes: [], work: null}])?.work).toBeNull();
		expect(joinPlans([])).toBeUndefined();
	});

	it('take a merge of sorted parts for no sort in memory', () => {
		expect(sortsInMemory(plan('SORT_MERGE', 1, 1))).toBe(false);
		expect(sortsInMemory(plan('SORT', 1, 1))).toBe(true);
	});

	it('count what was examined for nothing as examined for one', () => {
		expect(examinedPerReturned({keysExamined: 0, documentsExamined: 500, returned: 0})).toBe(500);
	});
});
