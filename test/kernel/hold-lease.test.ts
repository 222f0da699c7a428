import {setTimeout as delay} from 'node:timers/promises';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {holdLease, livingHolder} from '../../src/kernel/hold-lease.js';
import type {LeaseHolder, LeaseStore} from '../../src/kernel/lease.js';
import {openMongoLease} from '../../src/ports/mongo-lease.js';
import {makeTestHost} from '../support/host.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';

let database: FreshDatabase;
let leases = 0;
beforeAll(async () => {
	database = await freshDatabase();
});
afterAll(() => database.drop());

const freshStore = () => openMongoLease(database.mongo.db(database.name), `shop-${leases++}`);

/** Processes of this machine by pid: when each started. Ours is 10. */
const PROCESSES: Readonly<Record<number, string>> = {10: 'boot-1/100', 20: 'boot-1/200'};
const processStartedAt = async (pid: number) => PROCESSES[pid];
const host = () => makeTestHost({hostname: 'laptop', pid: 10});

const hold = (store: LeaseStore, ttlMs = 60_000) =>
	holdLease({store, command: 'release create 1.0.0', processStartedAt, ttlMs}, host());

function holder(overrides: Partial<LeaseHolder>): LeaseHolder {
	return {
		id: 'theirs',
		host: 'laptop',
		pid: 20,
		pidStartedAt: 'boot-1/200',
		command: 'release create 0.9.0',
		url: 'https://ci.example/7',
		since: Date.now() - 180_000,
		...overrides,
	};
}

describe('a lease that somebody holds', () => {
	it.each([
		['a process at work', {}],
		['another machine', {host: 'ci-runner', pid: 99}],
		['another machine of the same name', {pid: 99, pidStartedAt: 'boot-2/200'}],
		['a machine that cannot tell when its processes start', {pid: 99, pidStartedAt: undefined}],
	])('is not taken from %s, and the refusal names it', async (_who, overrides) => {
		const store = freshStore();
		await store.acquire(holder(overrides), 60_000);
		await expect(hold(store)).rejects.toMatchObject({
			code: 'LEASE_HELD',
			exitCode: 4,
			message: expect.stringMatching(/"release create 0\.9\.0" on (laptop|ci-runner) \(pid \d+, since 3 min ago\)/),
			details: ['its job: https://ci.example/7', expect.stringMatching(/its lease ends in \d+ s/)],
			hint: expect.stringContaining('release unlock theirs'),
		});
		expect(await store.read()).toMatchObject({token: 1, holder: {id: 'theirs'}});
	});

	it.each([
		['a process that is gone', {pid: 99}],
		['a process whose pid another has now', {pidStartedAt: 'boot-1/150'}],
	])('is taken over at once from %s', async (_who, overrides) => {
		const store = freshStore();
		await store.acquire(holder(overrides), 60_000);
		const lease = await hold(store);
		expect(lease.token).toBe(2);
		await expect(lease.assertHeld()).resolves.toBeUndefined();
		await lease.release();
	});

	it('is had once it has expired, whoever held it', async () => {
		const store = freshStore();
		await store.acquire(holder({host: 'elsewhere'}), 20);
		await delay(50);
		const lease = await hold(store);
		expect(lease.token).toBe(2);
		await lease.release();
	});

	it('is known to have a living holder or none', async () => {
		const who = {hostname: 'laptop', pid: 10, processStartedAt};
		const state = (overrides: Partial<LeaseHolder>) => ({token: 1, remainingMs: 1, holder: holder(overrides)});
		expect(await livingHolder(state({}), who)).toMatchObject({id: 'theirs'});
		expect(await livingHolder(state({host: 'x'}), who)).toMatchObject({id: 'theirs'});
		expect(await livingHolder(state({pid: 99}), who)).toBeUndefined();
		expect(await livingHolder(undefined, who)).toBeUndefined();
	});
});

describe('a lease that is held', () => {
	it('renews itself for as long as it is needed', async () => {
		const store = freshStore();
		const lease = await hold(store, 300);
		await delay(900);
		await expect(lease.assertHeld()).resolves.toBeUndefined();
		expect((await store.read())?.holder?.id).toBe(lease.holder.id);
		await lease.release();
		expect((await store.read())?.holder).toBeUndefined();
		await delay(250);
		expect((await store.read())?.holder).toBeUndefined();
	});

	it('is lost for good once another has taken it', async () => {
		const store = freshStore();
		const lease = await hold(store);
		const other = await store.takeOver(lease.token, holder({}), 60_000);
		await expect(lease.assertHeld()).rejects.toMatchObject({code: 'LEASE_LOST', exitCode: 5});
		await lease.release();
		await store.release('theirs', other?.token ?? 0);
		await expect(lease.assertHeld()).rejects.toMatchObject({code: 'LEASE_LOST'});
	});

	it('is lost when it was broken by hand', async () => {
		const store = freshStore();
		const lease = await hold(store);
		await store.release(lease.holder.id, lease.token);
		await expect(lease.assertHeld()).rejects.toMatchObject({code: 'LEASE_LOST'});
		await lease.release();
	});

	it('that slept past its end goes on when nobody took it meanwhile', async () => {
		const store = freshStore();
		let skippedMs = 0;
		const sleeper = makeTestHost({hostname: 'laptop', pid: 10, monotonicMs: () => performance.now() + skippedMs});
		const lease = await holdLease({store, command: 'c', processStartedAt, ttlMs: 60_000}, sleeper);
		skippedMs = 120_000;
		await expect(lease.assertHeld()).resolves.toBeUndefined();
		await lease.release();
	});

	it('is not believed while the store cannot be asked, and giving it back never fails', async () => {
		const store = freshStore();
		const lease = await hold(store);
		const broken: LeaseStore = {
			...store,
			check: () => Promise.reject(new Error('connection lost')),
			release: () => Promise.reject(new Error('connection lost')),
		};
		const cut = await holdLease(
			{store: {...broken, acquire: async () => ({token: 5})}, command: 'c', processStartedAt},
			host(),
		);
		await expect(cut.assertHeld()).rejects.toThrow('connection lost');
		await expect(cut.release()).resolves.toBeUndefined();
		await lease.release();
	});

	it('names the job it runs in', async () => {
		const store = freshStore();
		const env = {GITHUB_RUN_ID: '5', GITHUB_SERVER_URL: 'https://github.com', GITHUB_REPOSITORY: 'a/b'};
		const lease = await holdLease({store, command: 'c', processStartedAt}, makeTestHost({env}));
		expect(lease.holder.url).toBe('https://github.com/a/b/actions/runs/5');
		await lease.release();
	});
});
