import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {DEFAULT_INDEXES} from '../../src/kernel/config/schema.js';
import {type RunTerms, runLoad} from '../../src/load/run.js';
import {fill} from '../../src/load/workload/fill.js';
import {SHOP_OPERATIONS, shopWorkload} from '../../src/load/workload/shop.js';
import {makeTestHost} from '../support/host.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';

const SIZE = {documents: 800, seed: 7};

describe('a load on a real server', () => {
	let database: FreshDatabase;
	beforeAll(async () => {
		database = await freshDatabase();
		await fill(database.mongo.db(database.name), shopWorkload(DEFAULT_INDEXES), SIZE, makeTestHost());
	});
	afterAll(() => database.drop());

	const termsOf = (more: Partial<RunTerms> = {}): RunTerms => ({
		uri: database.uri,
		database: database.name,
		options: {maxPoolSize: 10},
		workload: {kind: 'shop'},
		operations: SHOP_OPERATIONS.map(({name}) => name),
		size: SIZE,
		plan: {rate: 60, rampMs: 300, warmUpMs: 300, measureMs: 1500, spread: 'even', seed: 1},
		workers: 2,
		server: 'test',
		driver: 'test',
		...more,
	});

	it('counts every arrival of the plan once, and each becomes a success', async () => {
		const before = await database.mongo.db(database.name).collection('orders').countDocuments();

		const {result, responses} = await runLoad(termsOf(), makeTestHost(), () => undefined);

		expect(result.arrivals).toMatchObject({due: 90, started: 90, refused: 0});
		expect(result.total).toMatchObject({done: 90, failed: 0});
		expect(result.failures).toEqual([]);
		expect(responses.reduce((sum, counts) => sum + counts.reduce((part, one) => part + one, 0), 0)).toBe(90);
		expect(result.intervals.reduce((sum, {done}) => sum + done, 0)).toBe(90);
		expect(result.wait?.count).toBeGreaterThanOrEqual(90);
		// Of the world: each checkout of the load is an order more.
		const after = await database.mongo.db(database.name).collection('orders').countDocuments();
		const checkouts = result.operations.find(({name}) => name === 'checkout')?.done ?? 0;
		expect(checkouts).toBeGreaterThan(0);
		expect(after - before).toBeGreaterThanOrEqual(checkouts);
	});
});
