import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {LeaseHolder, LeaseStore} from '../../src/kernel/lease.js';
import {openMongoLease} from '../../src/ports/mongo-lease.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';

let database: FreshDatabase;
let leases = 0;
beforeAll(async () => {
	database = await freshDatabase();
});
afterAll(() => database.drop());

const freshLease = () => openMongoLease(database.mongo.db(database.name), `shop-${leases++}`);

function holder(id: string): LeaseHolder {
	return {id, host: '$HOST', pid: 7, pidStartedAt: '9', command: '$set', url: undefined, since: 5};
}

async function mustAcquire(lease: LeaseStore, id: string, ttlMs = 60_000): Promise<number> {
	const taken = await lease.acquire(holder(id), ttlMs);
	if (!taken) throw new Error(`${id} did not get the lease`);
	return taken.token;
}

describe('a lease in the state database', () => {
	it('that nobody took yet is not there', async () => {
		expect(await freshLease().read()).toBeUndefined();
	});

	it('is one run’s alone, and tells who it is', async () => {
		const lease = freshLease();
		const token = await mustAcquire(lease, 'a');
		expect(token).toBe(1);
		expect(await lease.acquire(holder('b'), 60_000)).toBeUndefined();
		const state = await lease.read();
		expect(state).toMatchObject({token: 1, holder: {id: 'a', host: '$HOST', command: '$set'}});
		expect(state?.remainingMs).toBeGreaterThan(50_000);
		expect(await lease.check('a', 1)).toBe(true);
		expect(await lease.check('b', 1)).toBe(false);
		expect(await lease.check('a', 2)).toBe(false);
	});

	it('goes to one of many that ask at once', async () => {
		for (let round = 0; round < 5; round++) {
			const lease = freshLease();
			const taken = await Promise.all(
				Array.from({length: 12}, (_, index) => lease.acquire(holder(`run-${index}`), 60_000)),
			);
			expect(taken.filter((one) => one !== undefined)).toEqual([{token: 1}]);
		}
	});

	it('that has expired, by the server’s clock, is free; the old holder is told', async () => {
		const lease = freshLease();
		const first = await mustAcquire(lease, 'a', 30);
		await delay(60);
		expect(await lease.read()).toMatchObject({holder: undefined});
		expect(await lease.check('a', first)).toBe(false);
		const second = await mustAcquire(lease, 'b');
		expect(second).toBe(first + 1);
		expect(await lease.renew('a', first, 60_000)).toBe(false);
		await lease.release('a', first);
		expect(await lease.check('b', second)).toBe(true);
	});

	it('that has expired and that nobody took can be renewed', async () => {
		const lease = freshLease();
		const token = await mustAcquire(lease, 'a', 30);
		await delay(60);
		expect(await lease.renew('a', token, 60_000)).toBe(true);
		expect(await lease.check('a', token)).toBe(true);
	});

	it('given back is free, its token kept: no token comes twice', async () => {
		const lease = freshLease();
		const token = await mustAcquire(lease, 'a');
		await lease.release('a', token);
		expect(await lease.read()).toMatchObject({holder: undefined, token});
		expect(await mustAcquire(lease, 'a')).toBe(token + 1);
	});

	it('is taken over from the holder that was seen, and from no other', async () => {
		const lease = freshLease();
		const token = await mustAcquire(lease, 'a');
		expect(await lease.takeOver(token + 1, holder('b'), 60_000)).toBeUndefined();
		const takers = await Promise.all(['b', 'c', 'd'].map((id) => lease.takeOver(token, holder(id), 60_000)));
		expect(takers.filter((one) => one !== undefined)).toEqual([{token: token + 1}]);
		expect(await lease.check('a', token)).toBe(false);
	});

	it('of one shop is no matter of another’s', async () => {
		await mustAcquire(freshLease(), 'a');
		await mustAcquire(freshLease(), 'b');
	});
});
