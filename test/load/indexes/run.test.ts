import {tmpdir} from 'node:os';
import {beforeAll, describe, expect, it} from 'vitest';
import {loadConfig} from '../../../src/kernel/config/load.js';
import type {IndexesReport, IndexReport} from '../../../src/load/indexes/report.js';
import {type IndexesTerms, runIndexes} from '../../../src/load/indexes/run.js';
import {type LoadDone, withLoad} from '../../../src/load/open.js';
import {makeTestHost} from '../../support/host.js';
import {testMongoUri} from '../../support/mongo.js';

const TERMS: IndexesTerms = {
	samples: 8,
	builds: false,
	writes: false,
	plan: {rate: 20, rampMs: 0, warmUpMs: 200, measureMs: 3000, spread: 'even', seed: 1},
	workers: 1,
	options: {},
	onLook: () => undefined,
};

type World = {readonly done: LoadDone<IndexesReport>; readonly collections: readonly string[]; readonly orders: number};

/** The mode in this process; what the database held at its end with it. */
async function measure(terms: Partial<IndexesTerms>, only?: readonly string[]): Promise<World> {
	const host = makeTestHost({cwd: tmpdir(), env: {}});
	let [collections, orders]: [readonly string[], number] = [[], 0];
	const done = await withLoad(
		{
			uri: testMongoUri(),
			workload: undefined,
			only,
			size: {documents: 1200, seed: 3},
			database: undefined,
			keeps: false,
			knows: true,
			rate: 20,
		},
		await loadConfig(host),
		host,
		async (load) => {
			const report = await runIndexes(load, {...TERMS, ...terms}, host);
			collections = (await load.place.db.listCollections().toArray()).map(({name}) => name);
			orders = await load.place.db.collection('orders').countDocuments();
			return report;
		},
	);
	return {done, collections, orders};
}

describe('the queries of the shop', () => {
	let world: World;
	beforeAll(async () => {
		world = await measure({writes: true});
	});
	const queryOf = (operation: string) => {
		const found = world.done.answer.queries.find((one) => one.operation === operation);
		if (found === undefined) throw new Error(`${operation} was not looked at`);
		return found;
	};

	it.each([
		['browse', 'category_1'],
		['product', 'slug_1'],
		['login', 'email_1'],
		['history', 'userId_1_createdAt_-1'],
	])('have %s go by %s, and scan the collection without it', (operation, index) => {
		const {plan, planWithout, removed, documents} = queryOf(operation);

		expect(plan?.indexes).toEqual([index]);
		expect(plan?.stages).not.toContain('COLLSCAN');
		expect(removed).toEqual([index]);
		expect(planWithout?.stages).toContain('COLLSCAN');
		expect(planWithout?.indexes).toEqual([]);
		// What comes back is the same, and what is looked at for it is not.
		expect(planWithout?.work?.returned).toBe(plan?.work?.returned);
		expect(plan?.work?.documentsExamined).toBe(plan?.work?.returned);
		expect(planWithout?.work?.documentsExamined).toBeGreaterThan(documents);
	});

	it('are asked as often with as without, and bounded by their pairs', () => {
		for (const {times} of world.done.answer.queries) {
			expect([times?.with.count, times?.without.count]).toEqual([8, 8]);
			const {low = 0, median = 0, high = 0} = times?.ratio ?? {};
			expect(low).toBeGreaterThan(0);
			expect(median).toBeGreaterThanOrEqual(low);
			expect(high).toBeGreaterThanOrEqual(median);
		}
	});

	it('are slower without, by far where the collection is the largest', () => {
		expect(queryOf('history').times?.ratio?.median).toBeGreaterThan(1.5);
	});

	it('are as many in their order, and what has none is named', () => {
		expect(world.done.answer.queries.map(({operation}) => operation)).toEqual([
			'browse',
			'product',
			'login',
			'history',
		]);
		expect(world.done.answer.unseen).toEqual(['checkout']);
		expect(queryOf('browse').finding).toMatchObject({
			verdict: 'warn',
			mend: ['db.products.createIndex({category: 1, slug: 1})'],
		});
	});

	it('fail by name when they hint an index that was dropped', () => {
		expect(world.done.answer.indexes).toHaveLength(4);
		for (const {removal} of world.done.answer.indexes)
			expect(removal.dropped).toMatchObject({kind: 'failed', name: 'BadValue', code: 2});
	});

	it('say that hiding was tried, or why not, and never that a server hides which does not', () => {
		for (const {removal} of world.done.answer.indexes)
			expect(removal.hidden).toMatchObject(
				removal.hidden.kind === 'hidden'
					? {hint: {kind: 'failed', name: 'BadValue'}}
					: {kind: 'untried', reason: expect.stringMatching(/\w/)},
			);
	});

	it('leave the collections as they were, and no copy', () => {
		expect(world.collections.toSorted()).toEqual(['orders', 'products', 'sastaops_load_owner', 'users']);
		expect(world.orders).toBe(600);
		expect(world.done.isClean).toBe(true);
	});

	it('tell what each index adds to an insert, with bounds', () => {
		const costs = world.done.answer.indexes.map(({writes}: IndexReport) => writes);
		for (const cost of costs) {
			if (cost?.kind !== 'measured') throw new Error(JSON.stringify(cost));
			expect(cost.batches).toBe(6);
			expect(cost.withUs).toBeGreaterThan(0);
			expect(cost.addedUs?.low).toBeLessThanOrEqual(cost.addedUs?.high ?? Number.NaN);
			expect(Math.abs(cost.addedUs?.median ?? Number.NaN)).toBeLessThan(cost.withUs * 10);
		}
	});
});

describe('a build under a load', () => {
	it('is of the largest collection, felt by those that do without the index', async () => {
		const {done} = await measure({builds: true, samples: 1});
		const {build} = done.answer;

		if (build?.kind !== 'measured') throw new Error(JSON.stringify(build));
		expect(build).toMatchObject({collection: 'orders', index: 'userId_1_createdAt_-1', failed: 0});
		expect(build.operations).toEqual(['browse', 'product', 'login', 'checkout']);
		expect(build.buildMs).toBeGreaterThan(0);
		expect(build.documents).toBeGreaterThanOrEqual(600);
		expect(build.before?.count).toBeGreaterThan(0);
		expect(build.during?.count).toBeGreaterThan(0);
	});

	it('does not judge indexes by a part of the operations, nor build what all of them need', async () => {
		const {done} = await measure({builds: true, samples: 1}, ['history']);
		const {build, indexes} = done.answer;

		expect(indexes.filter(({usedBy}) => usedBy.length === 0).map(({finding}) => finding.verdict)).toEqual([
			'pass',
			'pass',
			'skip',
		]);
		expect(build).toMatchObject({kind: 'untried', reason: expect.stringContaining('every operation')});
	});
});
