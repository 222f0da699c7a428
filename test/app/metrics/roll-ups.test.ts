import {spawn} from 'node:child_process';
import {once} from 'node:events';
import fc from 'fast-check';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openOwnCounts} from '../../../src/app/metrics/own-counts.js';
import type {MetricsReport} from '../../../src/app/metrics/report.js';
import {makeReport} from '../../../src/app/metrics/report.js';
import {FLUSH_EVERY_MS, openRollUps, type RollUps} from '../../../src/app/metrics/roll-ups.js';
import {sumWindows} from '../../../src/app/metrics/windows.js';
import {type OpenShop, openShop} from '../../../src/app/shop.js';
import {HOUR_MS, MINUTE_MS, WINDOWS} from '../../../src/slo/windows.js';
import {makeTestHost} from '../../support/host.js';
import {type FreshDatabase, freshDatabase, privateServer} from '../../support/mongo.js';
import {testSettings} from '../test-settings.js';

let database: FreshDatabase;
beforeAll(async () => {
	database = await freshDatabase();
});
afterAll(() => database.drop());

const readWindow = async (rollUps: RollUps, nowMs: number, name: keyof MetricsReport['windows'] = '1h') =>
	(await makeReport(await rollUps.read(), nowMs)).windows[name];

describe('roll-ups', () => {
	it('add up over processes and restarts, and count nothing twice however often they are written', async () => {
		const db = database.mongo.db(`${database.name}_many`);
		const now = Date.now();
		const host = makeTestHost({now: () => now});
		const processes = Array.from({length: 3}, () => openRollUps(db, '1.0.0', host));
		for (const [index, one] of processes.entries()) {
			one.add('requests', 10 ** index);
			await one.flush();
			await one.flush();
			one.add('requests', 10 ** index);
			one.add('revenue_paise', 49_900);
			await one.flush();
		}
		const fresh = openRollUps(db, '1.1.0', host);
		fresh.add('requests', 1000);
		for (const name of ['5m', '1h', '1d', '30d'] as const) {
			expect(await readWindow(fresh, now, name)).toMatchObject({requests: 1222, revenuePaise: 149_700});
		}
		// Who has counts of its own does not count them again from the database.
		expect(await readWindow(processes[0] ?? fresh, now)).toMatchObject({requests: 222});
		await db.dropDatabase();
	});

	it('keep what could not be stored, to the last count', async () => {
		const server = await privateServer({testCommands: true});
		const host = makeTestHost();
		const {openMongo} = await import('../../../src/ports/mongo.js');
		const mongo = await openMongo(server.uri, host, {serverSelectionTimeoutMS: 300});
		const db = mongo.db('shop');
		const admin = mongo.client.db('admin');
		const rollUps = openRollUps(db, '1.0.0', host);
		rollUps.add('requests', 7);
		await admin.command({
			configureFailPoint: 'failCommand',
			mode: 'alwaysOn',
			data: {failCommands: ['update', 'insert'], errorCode: 11_601},
		});
		await expect(rollUps.flush()).rejects.toThrow();
		rollUps.add('requests', 5);
		await expect(rollUps.flush()).rejects.toThrow();
		await admin.command({configureFailPoint: 'failCommand', mode: 'off'});
		await rollUps.flush();
		expect(await readWindow(openRollUps(db, '1.0.0', host), Date.now())).toMatchObject({requests: 12});
		await mongo.close();
		await server.stop();
	});

	it('are read again only where they may have changed', async () => {
		const db = database.mongo.db(`${database.name}_late`);
		let now = Date.now();
		let monotonic = 0;
		const host = makeTestHost({now: () => now, monotonicMs: () => monotonic});
		const [writer, reader] = [openRollUps(db, '1.0.0', host), openRollUps(db, '1.0.0', host)];
		for (let round = 1; round <= 20; round++) {
			writer.add('requests');
			await writer.flush();
			now += 47_000;
			monotonic += 47_000;
			expect(await readWindow(reader, now)).toMatchObject({requests: round});
		}
		await db.dropDatabase();
	});
});

describe('memory', () => {
	it('holds six hours of minutes and thirty days of hours, however long it counts', () => {
		let now = 1.7e12;
		const counts = openOwnCounts(() => now);
		for (let hour = 0; hour < 2000; hour++) {
			now += HOUR_MS;
			counts.add('requests');
		}
		for (let minute = 0; minute < 2000; minute++) {
			now += MINUTE_MS;
			counts.add('requests');
		}
		expect([counts.steps('minute').length, counts.steps('hour').length]).toEqual([361, 721]);
		expect(counts.takeChanged()).toHaveLength(361 + 721);
		expect(counts.takeChanged()).toHaveLength(0);
		// A clock set back makes no step that stays for ever.
		now -= 400 * 24 * HOUR_MS;
		counts.add('requests');
		expect([counts.steps('minute').length, counts.steps('hour').length]).toEqual([361, 721]);
	});
});

describe('windows', () => {
	it('are sums of the steps in them', async () => {
		const step = fc.record({ageMinutes: fc.integer({min: 0, max: 50_000}), requests: fc.integer({min: 0, max: 1e6})});
		await fc.assert(
			fc.asyncProperty(fc.array(step, {maxLength: 60}), fc.integer({min: 1.6e12, max: 1.9e12}), async (events, now) => {
				const at = (ageMinutes: number) => now - ageMinutes * MINUTE_MS;
				const into = (stepMs: number) =>
					events.map(({ageMinutes, requests}) => ({
						atMs: Math.floor(at(ageMinutes) / stepMs) * stepMs,
						counts: {requests},
					}));
				const windows = await sumWindows({minutes: into(MINUTE_MS), hours: into(HOUR_MS)}, now);
				for (const {name, minutes} of WINDOWS) {
					const stepMs = minutes >= 1440 ? HOUR_MS : MINUTE_MS;
					const first = Math.floor((now - minutes * MINUTE_MS) / stepMs) * stepMs;
					const expected = events.filter(({ageMinutes}) => at(ageMinutes) >= first);
					expect(windows[name].counts['requests'] ?? 0).toBe(expected.reduce((sum, {requests}) => sum + requests, 0));
					expect(windows[name].fromMs).toBe(first);
				}
			}),
		);
	});

	it('ignore what a damaged document says, and keep the rest', async () => {
		const counts = {requests: 3, errors: Number.NaN, orders: -4, text: 'many' as unknown as number, half: 0.5};
		const windows = await sumWindows({minutes: [{atMs: 1.7e12, counts}], hours: []}, 1.7e12);
		expect(windows['5m'].counts).toEqual({requests: 3});
	});
});

describe('a shop', () => {
	const open = (name: string, uri = database.uri) => openShop({settings: testSettings({uri, name})}, makeTestHost());
	const report = async ({url}: OpenShop) => (await (await fetch(`${url}/api/metrics`)).json()) as MetricsReport;

	it('tells of checkouts, payments and orders in its windows, in every process', async () => {
		const name = `${database.name}_shop`;
		const [one, two] = [await open(name), await open(name)];
		for (let i = 0; i < 700; i++) one.shop.events.emit({type: 'checkout', outcome: 'placed', durationMs: 120});
		one.shop.events.emit({type: 'checkout', outcome: 'failed', durationMs: 4000});
		one.shop.events.emit({type: 'checkout', outcome: 'refused', durationMs: 1});
		for (let i = 0; i < 350; i++) two.shop.events.emit({type: 'order', change: 'paid', totalPaise: 12_345});
		two.shop.events.emit({type: 'payment', outcome: 'captured', durationMs: 9000});
		await fetch(`${one.url}/api/products`);
		await fetch(`${one.url}/api/health`);
		await fetch(`${one.url}/wp-login.php`);
		await one.shop.telemetry.metrics.flush();
		const {windows, source} = await report(two);
		expect(source).toBe('shop');
		expect(windows['5m']).toMatchObject({
			requests: 1,
			errors: 0,
			checkouts: {placed: 700, failed: 1, refused: 1},
			payments: {captured: 1},
			orders: {paid: 350},
			revenuePaise: 350 * 12_345,
			conversion: 0.5,
		});
		const objectives = new Map(windows['1h'].objectives.map((objective) => [objective.name, objective]));
		expect(objectives.get('checkout_success')).toMatchObject({good: 700, total: 701, verdict: 'inconclusive'});
		expect(objectives.get('checkout_success')?.burnRate).toBeCloseTo(1 / 701 / 0.005, 9);
		expect(objectives.get('checkout_latency')).toMatchObject({good: 700, total: 701, verdict: 'pass'});
		// Stopped, it leaves all it counted to the others.
		two.shop.events.emit({type: 'registration'});
		await two.close();
		const third = await open(name);
		expect((await report(third)).windows['1d']).toMatchObject({registrations: 1, orders: {paid: 350}});
		await one.close();
		await third.close();
		await database.mongo.db(name).dropDatabase();
	});

	it('goes on telling of itself when the database is gone, and proves nothing by it', async () => {
		const server = await privateServer();
		const shop = await open('shop', server.uri);
		for (let i = 0; i < 5000; i++) shop.shop.events.emit({type: 'checkout', outcome: 'placed', durationMs: 100});
		const before = (await report(shop)).windows['1h'].objectives.find(({name}) => name === 'checkout_success');
		expect(before).toMatchObject({total: 5000, verdict: 'pass'});
		await server.kill();
		await new Promise((resolve) => setTimeout(resolve, 5100));
		const started = performance.now();
		const {source, windows} = await report(shop);
		expect(performance.now() - started).toBeLessThan(3000);
		expect(source).toBe('process');
		expect(windows['1h'].objectives.find(({name}) => name === 'checkout_success')).toMatchObject({
			total: 5000,
			verdict: 'inconclusive',
			budgetUsed: null,
		});
		const text = await (await fetch(`${shop.url}/metrics`)).text();
		expect(text).toContain('checkout_requests_total{outcome="placed"} 5000');
		await shop.close();
	});

	it('loses no more than a flush interval when it is killed', async () => {
		const name = `${database.name}_killed`;
		const env = {
			...process.env,
			MONGODB_URI: database.uri,
			SASTAOPS_DATABASE_URI: database.uri,
			SASTAOPS_DATABASE_NAME: name,
		};
		const child = spawn(process.execPath, ['bin/sastaops.js', 'serve', '--port', '0'], {env});
		let said = '';
		const url = await new Promise<string>((resolve, reject) => {
			child.stderr.on('data', (chunk) => {
				said += chunk;
				const found = /listens on (http:\S+)/.exec(said)?.[1];
				if (found) resolve(found);
			});
			child.on('exit', () => reject(new Error(said)));
		});
		const sent: number[] = [];
		const until = performance.now() + FLUSH_EVERY_MS + 3000;
		while (performance.now() < until) {
			await (await fetch(`${url}/api/products`)).arrayBuffer();
			sent.push(performance.now());
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
		const killedAt = performance.now();
		child.removeAllListeners('exit');
		child.kill('SIGKILL');
		await once(child, 'exit');

		const next = await open(name);
		const kept = (await report(next)).windows['1h'].requests;
		const lost = sent.length - kept;
		const lostMs = lost > 0 ? killedAt - (sent.at(-lost) ?? Number.NaN) : 0;
		process.stderr.write(`killed: ${sent.length} sent, ${lost} lost, the last ${Math.round(lostMs)} ms\n`);
		expect(kept).toBeGreaterThan(0);
		expect(lost).toBeGreaterThanOrEqual(0);
		expect(lostMs).toBeLessThan(FLUSH_EVERY_MS + 500);
		await next.close();
		await database.mongo.db(name).dropDatabase();
	});
});
