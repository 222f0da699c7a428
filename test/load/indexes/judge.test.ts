import {ObjectId} from 'mongodb';
import {describe, expect, it} from 'vitest';
import type {BuildEffect} from '../../../src/load/indexes/build.js';
import {
	type Finding,
	type IndexSeen,
	judgeBuild,
	judgeIndex,
	judgeQuery,
	type QuerySeen,
	verdictOfAll,
} from '../../../src/load/indexes/judge.js';
import type {PlanFacts} from '../../../src/load/indexes/plan.js';
import {isServedBy, suggestIndex} from '../../../src/load/indexes/suggest.js';

const plan = (stages: string[], documentsExamined: number, returned: number): PlanFacts => ({
	stages,
	indexes: stages.includes('COLLSCAN') ? [] : ['a_1'],
	work: {keysExamined: 0, documentsExamined, returned},
});

const seen = (more: Partial<QuerySeen>): QuerySeen => ({
	collection: 'orders',
	documents: 50_000,
	plan: plan(['FETCH', 'IXSCAN'], 10, 10),
	suggested: {a: 1},
	indexes: new Map([['a_1', {a: 1}]]),
	...more,
});

describe('judgeQuery', () => {
	it.each<[string, Partial<QuerySeen>, Finding['verdict']]>([
		['passes one that examines what it returns', {}, 'pass'],
		['fails a scan of 1001 documents', {documents: 1001, plan: plan(['COLLSCAN'], 1001, 1)}, 'fail'],
		['warns of a scan of 1000', {documents: 1000, plan: plan(['COLLSCAN'], 1000, 1)}, 'warn'],
		['fails a scan even where all of it is returned', {plan: plan(['COLLSCAN'], 50_000, 50_000)}, 'fail'],
		['passes 10 examined for each returned', {plan: plan(['IXSCAN'], 100, 10)}, 'pass'],
		['warns above 10', {plan: plan(['IXSCAN'], 101, 10)}, 'warn'],
		['warns at 1000', {plan: plan(['IXSCAN'], 10_000, 10)}, 'warn'],
		['fails above 1000', {plan: plan(['IXSCAN'], 10_001, 10)}, 'fail'],
		['warns of a sort in memory', {plan: plan(['SORT', 'IXSCAN'], 10, 10)}, 'warn'],
		['cannot tell without a plan', {plan: undefined, reason: 'refused'}, 'inconclusive'],
		['cannot tell without figures', {plan: {stages: ['IXSCAN'], indexes: ['a_1'], work: null}}, 'inconclusive'],
	])('%s', (_, more, verdict) => {
		expect(judgeQuery(seen(more)).verdict).toBe(verdict);
	});

	it('names the index that is missing', () => {
		const finding = judgeQuery(
			seen({plan: plan(['COLLSCAN'], 50_000, 1), suggested: {userId: 1, 'paid.at': -1}, collection: 'my orders'}),
		);

		expect(finding.mend).toEqual(['db.getCollection("my orders").createIndex({userId: 1, "paid.at": -1})']);
	});

	it('advises no index for a sort that the one there could do', () => {
		const sorted = {plan: plan(['SORT', 'IXSCAN'], 10, 10), suggested: {a: 1, b: -1} as const};

		expect(judgeQuery(seen({...sorted, indexes: new Map([['a_1', {a: 1, b: -1}]])})).mend).toBeUndefined();
		expect(judgeQuery(seen(sorted)).mend).toEqual(['db.orders.createIndex({a: 1, b: -1})']);
	});
});

describe('judgeIndex', () => {
	const index = (more: Partial<IndexSeen>): IndexSeen => ({
		collection: 'orders',
		name: 'a_1',
		isUnique: false,
		isExpiring: false,
		usedBy: [],
		isPartOnly: false,
		unexplained: [],
		unseen: [],
		hides: true,
		...more,
	});

	it.each<[string, Partial<IndexSeen>, Finding['verdict']]>([
		['passes one that serves a query', {usedBy: ['history']}, 'pass'],
		['warns of one that serves none', {}, 'warn'],
		['keeps a unique one', {isUnique: true}, 'pass'],
		['keeps one that lets documents expire', {isExpiring: true}, 'pass'],
		['does not judge by a part of the operations', {isPartOnly: true}, 'skip'],
		['cannot tell when a query was not explained', {unexplained: ['history']}, 'inconclusive'],
	])('%s', (_, more, verdict) => {
		expect(judgeIndex(index(more)).verdict).toBe(verdict);
	});

	it('advises to hide before dropping, where the server hides', () => {
		expect(judgeIndex(index({})).mend).toEqual([
			'db.orders.hideIndex("a_1")',
			'and when nothing got slower: db.orders.dropIndex("a_1")',
		]);
		expect(judgeIndex(index({hides: false})).mend).toEqual(['db.orders.dropIndex("a_1")']);
	});

	it('says which operations could not be looked at', () => {
		expect(judgeIndex(index({unseen: ['checkout']})).text).toContain('checkout');
	});
});

describe('judgeBuild', () => {
	const measured: Extract<BuildEffect, {kind: 'measured'}> = {
		kind: 'measured',
		collection: 'orders',
		index: 'a_1',
		documents: 10,
		buildMs: 5,
		sizeBytes: null,
		before: null,
		during: null,
		after: null,
		effect: 'none seen',
		failed: 0,
		operations: ['browse'],
	};

	it.each<[string, BuildEffect, Finding['verdict']]>([
		['passes one that nobody felt', measured, 'pass'],
		['warns of one that was felt', {...measured, effect: 'slower'}, 'warn'],
		['warns of failures', {...measured, failed: 1}, 'warn'],
		['cannot tell by a load that is not to be believed', {...measured, effect: 'unclear'}, 'inconclusive'],
		['cannot tell when none was built', {kind: 'untried', reason: 'no'}, 'inconclusive'],
	])('%s', (_, build, verdict) => {
		expect(judgeBuild(build).verdict).toBe(verdict);
	});
});

describe('verdictOfAll', () => {
	const of = (...verdicts: Finding['verdict'][]) => verdictOfAll(verdicts.map((verdict) => ({verdict, text: ''})));

	it('is the worst that is known, and never a pass with something missing', () => {
		expect(of('pass', 'inconclusive', 'fail')).toBe('fail');
		expect(of('pass', 'warn', 'inconclusive')).toBe('inconclusive');
		expect(of('pass', 'warn', 'skip')).toBe('warn');
		expect(of('pass', 'skip')).toBe('pass');
		expect(of()).toBe('inconclusive');
	});
});

describe('suggestIndex', () => {
	const query = {collection: 'orders'};

	it.each([
		[{filter: {userId: new ObjectId()}, sort: {createdAt: -1}} as const, {userId: 1, createdAt: -1}],
		[{filter: {price: {$gt: 3}, category: 'a'}, sort: {slug: 1}} as const, {category: 1, slug: 1, price: 1}],
		[{filter: {at: {$lt: new Date(0)}}, sort: {at: -1}} as const, {at: -1}],
		[{filter: {day: new Date(0), state: {$eq: 'paid'}}}, {day: 1, state: 1}],
		[{filter: {$or: [{a: 1}, {b: 1}]}}, undefined],
		[{filter: {}}, undefined],
	])('of %j is equality, order, range', (asked, keys) => {
		const suggested = suggestIndex({...query, ...asked});

		expect(suggested).toEqual(keys);
		expect(suggested === undefined ? undefined : Object.keys(suggested)).toEqual(keys && Object.keys(keys));
	});

	it('is served by an index that begins with it', () => {
		expect(isServedBy({a: 1, b: -1}, {a: 1, b: -1, c: 1})).toBe(true);
		expect(isServedBy({a: 1, b: -1}, {b: -1, a: 1})).toBe(false);
		expect(isServedBy({a: 1, b: -1}, {a: 1, b: 1})).toBe(false);
	});
});
