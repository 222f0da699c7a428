import {afterAll, beforeAll, expect, it} from 'vitest';
import {holdLease} from '../../src/kernel/hold-lease.js';
import {applyMigration} from '../../src/migrate/apply.js';
import {openMongoLease} from '../../src/ports/mongo-lease.js';
import {makeTestHost} from '../support/host.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';
import {makeMigration, source} from './support/files.js';

let fresh: FreshDatabase;
beforeAll(async () => {
	fresh = await freshDatabase();
});
afterAll(() => fresh.drop());

const TRIES = process.env['SASTAOPS_TEST_FULL'] === '1' ? 100 : 20;

it(`of two runners at once one wins, ${TRIES} times out of ${TRIES}`, async () => {
	const db = fresh.mongo.db(fresh.name);
	const store = openMongoLease(db, 'shop');
	const migration = await makeMigration(
		source("export const up = ({collection}) => collection('orders').insertOne({n: 1});"),
	);
	for (let attempt = 1; attempt <= TRIES; attempt++) {
		await db.dropDatabase();
		const runner = async (run: string) => {
			const host = makeTestHost();
			const lease = await holdLease({store, command: 'db migrate up', processStartedAt: async () => 'alive'}, host);
			try {
				return await applyMigration({db, lease, migration, run, signal: host.signal}, host);
			} finally {
				await lease.release();
			}
		};
		const results = await Promise.allSettled([runner('a'), runner('b')]);
		const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.code] : []));
		const outcomes = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.outcome] : []));
		// The slower one finds the lease held, or comes so late that everything is done.
		expect([...reasons, ...outcomes].sort(), `try ${attempt}`).toEqual(
			reasons.length === 1 ? ['LEASE_HELD', 'applied'] : ['already', 'applied'],
		);
		expect(await db.collection('orders').countDocuments(), `try ${attempt}`).toBe(1);
	}
});
