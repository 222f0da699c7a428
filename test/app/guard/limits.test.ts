import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openLimitCounter} from '../../../src/app/guard/limit-counter.js';
import {openShop} from '../../../src/app/shop.js';
import {makeTestHost} from '../../support/host.js';
import {type FreshDatabase, freshDatabase} from '../../support/mongo.js';
import {testSettings} from '../test-settings.js';

let database: FreshDatabase;
beforeAll(async () => {
	database = await freshDatabase();
});
afterAll(() => database.drop());

const db = () => database.mongo.db(database.name);
const LIMITS = {RATE_LIMIT_PER_MINUTE: '20', RATE_LIMIT_STRICT_PER_MINUTE: '4'};
/** The clock stands: a window that ended meanwhile would begin the count anew. */
const host = makeTestHost({now: () => Date.parse('2026-11-24T10:00:01Z')});
const open = (variables = {}) => openShop({settings: testSettings(database, {...LIMITS, ...variables})}, host);
const forget = () => db().collection('rate_limits').deleteMany({});

describe('a client that asks too often', () => {
	it('is told when to come back, whatever it asks for, and health goes on answering', async () => {
		const shop = await open();
		const answers: Response[] = [];
		for (let count = 0; count < 22; count++)
			answers.push(await fetch(`${shop.url}${count % 2 ? '/api/products' : `/api/nothing/${count}`}`));
		expect(answers.slice(0, 20).map(({status}) => status)).not.toContain(429);
		const [refused] = answers.slice(20);
		expect(refused?.status).toBe(429);
		expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
		expect(refused?.headers.get('ratelimit-policy')).toBe('"default";q=20;w=60');
		expect(refused?.headers.get('ratelimit')).toMatch(/^"default";r=0;t=\d+$/);
		expect(await refused?.json()).toMatchObject({error: {code: 'TOO_MANY_REQUESTS'}});
		expect((await fetch(`${shop.url}/api/health`)).status).toBe(200);
		await shop.close();
		await forget();
	});

	it('does not get another count by naming other addresses, except through a trusted proxy', async () => {
		const login = (url: string, forwarded: string) =>
			fetch(`${url}/api/sessions`, {
				method: 'POST',
				headers: {'content-type': 'application/json', 'x-forwarded-for': forwarded},
				body: JSON.stringify({email: 'a@example.in', password: 'does not matter'}),
			});
		const direct = await open();
		const statuses: number[] = [];
		for (let count = 0; count < 6; count++) statuses.push((await login(direct.url, `203.0.113.${count}`)).status);
		expect(statuses).toEqual([401, 401, 401, 401, 429, 429]);
		await direct.close();
		await forget();

		const behindProxy = await open({TRUSTED_PROXIES: '127.0.0.1/32'});
		const others: number[] = [];
		// What the client wrote into the header comes before what the proxy added.
		for (let count = 0; count < 6; count++)
			others.push((await login(behindProxy.url, `6.6.6.${count}, 203.0.113.9`)).status);
		expect(others).toEqual([401, 401, 401, 401, 429, 429]);
		expect((await login(behindProxy.url, '203.0.113.10')).status).toBe(401);
		await behindProxy.close();
		await forget();
	});

	it('is counted together by all workers, exactly where it matters', async () => {
		const workers = await Promise.all([open(), open(), open()]);
		const login = (url: string) =>
			fetch(`${url}/api/sessions`, {
				method: 'POST',
				headers: {'content-type': 'application/json'},
				body: JSON.stringify({email: 'a@example.in', password: 'does not matter'}),
			});
		const answers = await Promise.all(Array.from({length: 12}, (_, count) => login(workers[count % 3]?.url ?? '')));
		const passed = answers.filter(({status}) => status === 401).length;
		// A count whose answer came late counts twice: never one too many gets through, on a busy machine one too few.
		expect(passed).toBeLessThanOrEqual(4);
		expect(passed).toBeGreaterThan(1);
		expect(answers.filter(({status}) => status === 429)).toHaveLength(12 - passed);
		await Promise.all(workers.map((worker) => worker.close()));
		await forget();
	});
});

describe('counting', () => {
	it('learns what other workers counted by a flush, and begins anew with each window', async () => {
		let nowMs = 1_000_000;
		const host = {now: () => nowMs};
		const [one, two] = [openLimitCounter(db(), host), openLimitCounter(db(), host)];
		for (let count = 0; count < 5; count++) one.count('client', 1000);
		expect(two.count('client', 1000)).toEqual({current: 1, ttlMs: 1000});
		await one.flush();
		await two.flush();
		expect(two.count('client', 1000).current).toBe(7);
		nowMs += 1000;
		expect(two.count('client', 1000).current).toBe(1);
	});

	it('goes on by itself while the database is away', async () => {
		const away = database.mongo.client.db('x'.repeat(70));
		const counter = openLimitCounter(away, {now: () => 1_000_000});
		expect((await counter.countExactly('client', 1000)).current).toBe(1);
		expect((await counter.countExactly('client', 1000)).current).toBe(2);
	});

	it('keeps a bounded number of clients', () => {
		const counter = openLimitCounter(db(), {now: () => 1_000_000});
		const before = process.memoryUsage().heapUsed;
		for (let client = 0; client < 200_000; client++) counter.count(`client-${client}`, 60_000);
		expect(process.memoryUsage().heapUsed - before).toBeLessThan(60 * 1024 * 1024);
		expect(counter.count('client-199999', 60_000).current).toBe(2);
		expect(counter.count('client-0', 60_000).current).toBe(1);
	});
});
