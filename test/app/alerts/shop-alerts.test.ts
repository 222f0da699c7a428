import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {startAlerts} from '../../../src/app/alerts/start-alerts.js';
import {openShop} from '../../../src/app/shop.js';
import {alerts as schema} from '../../../src/kernel/config/alerts.js';
import {freePort} from '../../../src/local/free-port.js';
import {temporaryFolder} from '../../support/folder.js';
import {makeTestHost} from '../../support/host.js';
import {type HttpReceiver, startHttpReceiver} from '../../support/http-receiver.js';
import {privateServer} from '../../support/mongo.js';
import {openCheckout} from '../checkout/open-checkout.js';
import {testSettings} from '../test-settings.js';

const AT_ONCE = {bad: '0s', good: '0s'};

function configFor(url: string) {
	return schema.parse({
		receivers: {hook: {kind: 'webhook', url}},
		routes: {critical: ['hook'], warning: ['hook'], info: ['hook']},
		for: AT_ONCE,
	});
}

function told({received}: HttpReceiver): string[] {
	return received.flatMap(({body}) =>
		(JSON.parse(body) as {items: {event?: string; severity: string; key: string}[]}).items.map(
			({event, severity, key}) => `${event ?? 'notice'} ${severity} ${key.replace(/version:.*/, 'version')}`,
		),
	);
}

const settle = (ms: number) => new Promise((done) => setTimeout(done, ms));

describe('a shop', () => {
	it('whose checkouts fail tells of it within two looks, one of its processes only, and of the end', async () => {
		const receiver = await startHttpReceiver();
		const folder = await temporaryFolder();
		const shop = await openCheckout({ALERT_FOLDER: folder});
		onTestFinished(() => shop.close());
		const second = await openShop({settings: shop.shop.shop.settings}, makeTestHost());
		onTestFinished(() => second.close());
		const lookMs = 200;
		// The first holds the turn: what it counts itself it sees at once, what others count when they have written it down.
		const running = [startAlerts(shop.shop.shop, configFor(receiver.url), lookMs)];
		onTestFinished(async () => void (await Promise.all(running.map((each) => each.close()))));
		await shop.stock({lamp: 1000});
		const token = await shop.register('asha@shop.example');
		await expect.poll(() => told(receiver), {timeout: 10_000}).toEqual(['notice info sastaops:sastabazar:version']);
		running.push(startAlerts(second.shop, configFor(receiver.url), lookMs));

		shop.provider.failures.push(...Array.from({length: 12}, () => 'unavailable' as const));
		const firstBadMs = performance.now();
		for (let count = 0; count < 12; count++) {
			const {status} = await shop.buy(token, [{slug: 'lamp', quantity: 1}]);
			expect(status).toBeGreaterThanOrEqual(500);
		}
		await expect
			.poll(() => told(receiver).join(), {timeout: 20_000})
			.toContain('firing critical sastaops:sastabazar:api_availability:alarm');
		const tookMs = performance.now() - firstBadMs;
		expect(tookMs).toBeLessThan(15_000);
		await settle(1500);
		const firing = told(receiver).filter((line) => line.startsWith('firing'));
		expect(new Set(firing).size).toBe(firing.length);
		expect(firing).toContain('firing warning sastaops:sastabazar:checkout_success:errors');

		// Many requests at once, counted as they are when they come one by one.
		const {metrics} = shop.shop.shop.telemetry;
		for (let count = 0; count < 6000; count++)
			metrics.finish({method: 'GET', route: '/api/products', status: 200, durationMs: 5});
		await expect
			.poll(() => told(receiver).join(), {timeout: 20_000})
			.toContain('resolved critical sastaops:sastabazar:api_availability:alarm');
	});

	it('without its database tells of that, one of its processes only, and of its coming back', async () => {
		const receiver = await startHttpReceiver();
		const folder = await temporaryFolder();
		const storagePath = await mkdtemp(join(tmpdir(), 'sastaops-test-alerts-'));
		onTestFinished(() => rm(storagePath, {recursive: true, force: true}));
		const port = await freePort();
		const server = await privateServer({storagePath, port});
		const settings = testSettings({uri: server.uri, name: 'sastabazar'}, {ALERT_FOLDER: folder, POOL_WAIT_MS: '500'});
		const shops = await Promise.all([1, 2].map(() => openShop({settings}, makeTestHost())));
		const running = shops.map((each) => startAlerts(each.shop, configFor(receiver.url), 300));
		await expect.poll(() => told(receiver), {timeout: 10_000}).toHaveLength(1);
		await server.kill();
		const down = 'firing critical sastaops:sastabazar:database:down';
		await expect.poll(() => told(receiver), {timeout: 20_000}).toContain(down);
		await settle(1500);
		expect(told(receiver).filter((line) => line === down)).toHaveLength(1);
		const again = await privateServer({storagePath, port});
		await expect
			.poll(() => told(receiver).join(), {timeout: 30_000})
			.toContain('resolved critical sastaops:sastabazar:database:down');
		await Promise.all(running.map((each) => each.close()));
		await Promise.all(shops.map((each) => each.close()));
		await again.stop();
	});
});
