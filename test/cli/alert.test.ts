import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {observeInto} from '../../src/alert/change-record.js';
import {openRunStores, openShopStore} from '../../src/alert/places.js';
import type {AlertRecord} from '../../src/alert/record.js';
import {configSchema} from '../../src/kernel/config/schema.js';
import {makeTestHost} from '../support/host.js';
import {startHttpReceiver} from '../support/http-receiver.js';
import {judgePagerDuty, judgeSlack} from '../support/receiver-schemas.js';
import {makeShop, type ShopWorld} from '../support/shop-world.js';

const SECRET = '/services/T000/B000/very-secret-path';
const KEY = 'R0123456789abcdefghijklmnopqrstu';

function record(key: string): AlertRecord {
	const alert = {key, severity: 'critical' as const, title: 'Payments fail', text: '', facts: []};
	const made = observeInto(undefined, {alert, seen: 'bad', rule: {badForMs: 0, goodForMs: 0}}, Date.now());
	if (made === undefined) throw new Error('nothing to keep');
	return made;
}

describe('sastaops alert', () => {
	let shop: ShopWorld;
	beforeAll(async () => {
		shop = await makeShop({
			orders: 1,
			config: `alerts:
  receivers:
    chat: {kind: slack, url: '\${CHAT_URL}'}
    pager: {kind: pagerduty, routingKey: ${KEY}, url: '\${PAGER_URL}'}
  routes: {critical: [pager, chat], info: [chat]}
`,
			env: {CHAT_URL: 'http://127.0.0.1:9', PAGER_URL: 'http://127.0.0.1:9'},
		});
	});
	afterAll(() => shop.close());

	it('test really sends a test and its end, and says what was answered', async () => {
		const [chat, pager] = [await startHttpReceiver(judgeSlack), await startHttpReceiver(judgePagerDuty)];
		const env = {CHAT_URL: chat.url + SECRET, PAGER_URL: pager.url};
		const {exitCode, stdout, stderr} = await shop.sastaops(['alert', 'test', 'critical'], env);
		expect(exitCode, stdout + stderr).toBe(0);
		expect(stdout).toContain('PagerDuty answers 202');
		expect(stdout).toContain('Slack answers ok');
		expect(pager.received.map(({body}) => (JSON.parse(body) as {event_action: string}).event_action)).toEqual([
			'trigger',
			'resolve',
		]);
		expect(chat.received).toHaveLength(3);
		for (const {body} of chat.received) expect(body).toContain('TEST, nothing is wrong');
	});

	it('test fails where a receiver refuses, names which, and no secret', async () => {
		const chat = await startHttpReceiver();
		chat.behave({status: 404, body: 'no_service'});
		const {exitCode, stdout, stderr} = await shop.sastaops(['alert', 'test', 'chat'], {CHAT_URL: chat.url + SECRET});
		expect(exitCode).toBe(6);
		expect(stdout).toContain('404: no_service');
		expect(stdout + stderr).not.toContain('very-secret-path');
		const shown = await shop.sastaops(['config', 'show'], {CHAT_URL: chat.url + SECRET});
		expect(shown.stdout).not.toMatch(/very-secret-path|R0123456789/);
	});

	it.each([
		['chet', 'ALERT_RECEIVER_UNKNOWN'],
		['warning', 'ALERT_ROUTE_EMPTY'],
	])('test of %s is refused', async (name, code) => {
		const {exitCode, stdout} = await shop.sastaops(['alert', 'test', name, '--json']);
		expect(exitCode).toBe(4);
		expect((JSON.parse(stdout) as {error: {code: string}}).error.code).toBe(code);
	});

	it('list shows what the shop and sastaops say is wrong, and ack who is at it', async () => {
		const config = configSchema.parse({database: {name: shop.database}});
		const shopStore = openShopStore(shop.mongo.db(shop.database));
		const [runStore] = openRunStores(
			{config, root: shop.cwd, state: shop.mongo.db(`${shop.database}_state`)},
			makeTestHost(),
		);
		await shopStore.write(record('sastaops:sastabazar:payment_success:alarm'));
		await runStore?.write(record('sastaops:sastabazar:release:failed'));

		const listed = await shop.sastaops(['alert', 'list', '--json']);
		expect(listed.exitCode).toBe(0);
		expect(JSON.parse(listed.stdout)).toMatchObject({
			firing: [
				{key: 'sastaops:sastabazar:payment_success:alarm', by: 'the shop', acknowledged: null},
				{key: 'sastaops:sastabazar:release:failed', by: 'sastaops'},
			],
			next: 'sastaops alert ack sastaops:sastabazar:payment_success:alarm',
		});

		const [chat, pager] = [await startHttpReceiver(judgeSlack), await startHttpReceiver(judgePagerDuty)];
		const env = {CHAT_URL: chat.url, PAGER_URL: pager.url};
		const acked = await shop.sastaops(['alert', 'ack', 'payment_success:alarm', '--by', 'asha', '--for', '2h'], env);
		expect(acked.exitCode, acked.stderr).toBe(0);
		const text = (await shop.sastaops(['alert', 'list'])).stdout;
		expect(text).toContain('2 firing');
		expect(text).toMatch(/payment_success:alarm/);
		expect(text).toMatch(/asha until/);
		const [stored] = await shopStore.read();
		expect((stored as AlertRecord).ack).toMatchObject({by: 'asha', severity: 'critical'});
		// What sastaops itself keeps was still to be told.
		expect(pager.received.map(({body}) => (JSON.parse(body) as {dedup_key: string}).dedup_key)).toEqual([
			'sastaops:sastabazar:release:failed',
		]);

		const none = await shop.sastaops(['alert', 'ack', 'checkout_latency:slow']);
		expect(none.exitCode).toBe(4);
	});

	it('list says what it could not read, and is then inconclusive', async () => {
		const away = {MONGODB_URI: 'mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=300'};
		const {exitCode, stdout} = await shop.sastaops(['alert', 'list'], away);
		expect(exitCode).toBe(3);
		expect(stdout).toContain('not known: the shop');
	});
});
