import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {askPairs, explainAll, inTurns, queriesOf} from '../../../src/load/indexes/ask-queries.js';
import {openTwin} from '../../../src/load/indexes/twin.js';
import type {Operation} from '../../../src/load/workload/workload.js';
import {makeTestHost} from '../../support/host.js';
import {type FreshDatabase, freshDatabase} from '../../support/mongo.js';

const INDEXES = [{keys: {name: 1}, unique: true}];
const operation: Operation = {
	name: 'named',
	weight: 1,
	query: (random) => ({collection: 'things', filter: {name: `thing ${random.below(300)}`}}),
	run: async () => undefined,
};
const size = {documents: 300, seed: 1};

describe('a copy of a collection', () => {
	let database: FreshDatabase;
	const db = () => database.mongo.db(database.name);
	beforeAll(async () => {
		database = await freshDatabase();
		await db()
			.collection('things')
			.insertMany(Array.from({length: 300}, (_, index) => ({name: `thing ${index}`})));
		await db().collection('things').createIndex({name: 1}, {unique: true});
	});
	afterAll(() => database.drop());

	it('has the same documents and indexes, again after one was away, and goes', async () => {
		const twin = await openTwin(db(), 'things', INDEXES, makeTestHost());
		const {answer, buildMs} = await twin.without(['name_1'], () => twin.collection.indexes());

		expect(answer.map(({name}) => name)).toEqual(['_id_']);
		expect(buildMs).toBeGreaterThan(0);
		expect(await twin.collection.indexes()).toEqual(await db().collection('things').indexes());
		expect(await twin.collection.find().sort({_id: 1}).toArray()).toEqual(
			await db().collection('things').find().sort({_id: 1}).toArray(),
		);
		await twin.drop();
		expect((await db().listCollections().toArray()).map(({name}) => name)).toEqual(['things']);
	});

	it('is as fast as the collection while nothing is taken away', async () => {
		const host = makeTestHost();
		const twin = await openTwin(db(), 'things', INDEXES, host);
		const {ratio} = await askPairs(db(), queriesOf(operation, size, 100), twin.name, host);
		await twin.drop();

		// The bounds leave 1 out once in twenty, but not by much.
		expect(ratio?.low).toBeLessThan(1.25);
		expect(ratio?.high).toBeGreaterThan(0.8);
	});
});

describe('the queries of an operation', () => {
	it('are the same for the same seed, and others for another', () => {
		expect(queriesOf(operation, size, 5)).toEqual(queriesOf(operation, size, 5));
		expect(queriesOf(operation, size, 5)).not.toEqual(queriesOf(operation, {...size, seed: 2}, 5));
	});

	it.each([
		['throws', () => JSON.parse('{')],
		['gives nothing', () => undefined],
		['names no collection', () => ({filter: {}})],
	])('are refused by name when it %s', (_, query) => {
		expect(() => queriesOf({...operation, query: query as never}, size, 1)).toThrow(
			expect.objectContaining({code: 'WORKLOAD_INVALID', message: expect.stringContaining('named')}),
		);
	});

	it('have no plan, and why, where the server refuses them', async () => {
		const database = await freshDatabase();
		const query = {collection: 'things', filter: {name: {$nonsense: 1}}};
		await database.mongo.db(database.name).collection('things').insertOne({name: 'thing'});
		const {plan, reason} = await explainAll(database.mongo.db(database.name), [query], makeTestHost());
		await database.drop();

		expect(plan).toBeUndefined();
		expect(reason).toContain('$nonsense');
	});
});

describe('inTurns', () => {
	it('begins with the other one every other time, and keeps the places of the answers', async () => {
		const order: string[] = [];
		const say = (word: string) => async () => {
			order.push(word);
			return word;
		};
		const answers = [await inTurns(0, say('a'), say('b')), await inTurns(1, say('a'), say('b'))];

		expect(order).toEqual(['a', 'b', 'b', 'a']);
		expect(answers).toEqual([
			['a', 'b'],
			['a', 'b'],
		]);
	});
});
