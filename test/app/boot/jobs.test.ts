import {describe, expect, it} from 'vitest';
import {openJobs} from '../../../src/app/boot/jobs.js';
import {makeTestHost} from '../../support/host.js';
import {openTestShop} from '../open-test-shop.js';

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the jobs of a shop', () => {
	it('never overlap themselves, go on after a failure, and end what they began', async () => {
		const failures: string[] = [];
		let running = 0;
		let most = 0;
		let runs = 0;
		const jobs = openJobs({
			host: makeTestHost(),
			isPaused: async () => false,
			onFailure: (job, _error, message) => void failures.push(`${job}: ${message}`),
		});
		jobs.start({
			name: 'count',
			everyMs: 1,
			async run() {
				most = Math.max(most, ++running);
				runs++;
				await wait(5);
				running--;
				if (runs === 2) throw new Error('once');
			},
		});
		await wait(100);
		await jobs.stop();
		const ended = runs;
		await wait(30);
		expect({most, running, failures}).toEqual({most: 1, running: 0, failures: ['count: once']});
		expect(ended).toBeGreaterThan(3);
		expect(runs).toBe(ended);
	});

	it('rest while nothing may be written, except those that only read', async () => {
		let isPaused = true;
		const ran: string[] = [];
		const jobs = openJobs({
			host: makeTestHost(),
			isPaused: async () => isPaused,
			onFailure: () => undefined,
		});
		jobs.start({name: 'writes', everyMs: 5, run: async () => void ran.push('writes')});
		jobs.start({name: 'reads', everyMs: 5, isReadOnly: true, run: async () => void ran.push('reads')});
		await wait(50);
		expect(new Set(ran)).toEqual(new Set(['reads']));
		isPaused = false;
		await wait(50);
		expect(new Set(ran)).toEqual(new Set(['reads', 'writes']));
		await jobs.stop();
	});

	it('leave the database alone under maintenance, also when the shop is stopped meanwhile', async () => {
		const shop = await openTestShop();
		const db = shop.database.mongo.db(shop.database.name);
		await db.collection<{_id: string}>('sastaops_control').insertOne({_id: 'maintenance', on: true} as never);
		await wait(1000);
		const content = async () => {
			const names = (await db.listCollections().toArray()).map(({name}) => name).sort();
			return Promise.all(names.map(async (name) => [name, await db.collection(name).countDocuments()]));
		};
		const before = await content();
		shop.shop.shop.events.emit({type: 'registration'});
		shop.shop.shop.events.emit({type: 'security', kind: 'login.failed', detail: {}});
		for (let count = 0; count < 5; count++) await shop.request('GET', '/api/products');
		await wait(6000);
		await shop.shop.close();
		expect(await content()).toEqual(before);
		await shop.database.drop();
	}, 30_000);
});
