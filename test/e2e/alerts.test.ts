import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {openShopStore} from '../../src/alert/places.js';
import {silenceIn} from '../../src/alert/record.js';
import {type HttpReceiver, startHttpReceiver} from '../support/http-receiver.js';
import {judgePagerDuty, judgeSlack} from '../support/receiver-schemas.js';
import {makeShop, type ShopWorld} from '../support/shop-world.js';

const KEY = 'R0123456789abcdefghijklmnopqrstu';

type World = {readonly shop: ShopWorld; readonly pager: HttpReceiver; readonly chat: HttpReceiver};

/** A shop whose deploy works while there is a file for it. */
async function world(): Promise<World> {
	const [pager, chat] = [await startHttpReceiver(judgePagerDuty), await startHttpReceiver(judgeSlack)];
	const shop = await makeShop({
		orders: 5,
		config: `release:
  deploy: {command: test -e ../deploys, onFailure: stop}
alerts:
  receivers:
    pager: {kind: pagerduty, routingKey: ${KEY}, url: ${pager.url}}
    chat: {kind: slack, url: ${chat.url}}
  routes: {critical: [pager], warning: [chat], info: [pager]}
`,
	});
	onTestFinished(() => shop.close());
	await writeFile(join(shop.cwd, '..', 'deploys'), '');
	return {shop, pager, chat};
}

function pagerEvents({received}: HttpReceiver): string[] {
	return received.map(({path, body}) => {
		const event = JSON.parse(body) as {event_action?: string; dedup_key?: string; payload?: {summary: string}};
		return path === '/v2/change/enqueue'
			? `change: ${event.payload?.summary}`
			: `${event.event_action}: ${event.dedup_key}`;
	});
}

describe('a release', () => {
	it('is told as a deployment that wakes nobody', async () => {
		const {shop, pager, chat} = await world();
		const {exitCode, stdout, stderr} = await shop.sastaops(['release', 'create', '1.0.0', '--yes', '--json']);
		expect(exitCode, stderr).toBe(0);
		expect(JSON.parse(stdout)).toMatchObject({outcome: 'completed', alertProblems: []});
		expect(pagerEvents(pager)).toEqual(['change: 1.0.0 is live in production']);
		expect(chat.received).toHaveLength(0);
	});

	it('that stops half-way calls somebody, and is resolved when it is finished', async () => {
		const {shop, pager} = await world();
		await rm(join(shop.cwd, '..', 'deploys'));
		expect((await shop.sastaops(['release', 'create', '1.0.0', '--yes'])).exitCode).toBe(5);
		expect(pagerEvents(pager)).toEqual(['trigger: sastaops:sastabazar:run:stopped']);
		expect(JSON.parse(pager.received[0]?.body ?? '')).toMatchObject({payload: {severity: 'critical'}});
		const listed = await shop.sastaops(['alert', 'list']);
		expect(listed.stdout).toContain('The release of 1.0.0 has stopped half-way');

		await writeFile(join(shop.cwd, '..', 'deploys'), '');
		expect((await shop.sastaops(['release', 'resume'])).exitCode).toBe(0);
		expect(pagerEvents(pager).slice(1).sort()).toEqual([
			'change: 1.0.0 is live in production',
			'resolve: sastaops:sastabazar:run:stopped',
		]);
	});

	it('does not fail because nobody can be told, and says so', async () => {
		const {shop, pager} = await world();
		pager.behave({status: 403, body: 'no'});
		const {exitCode, stdout, stderr} = await shop.sastaops(['release', 'create', '1.0.0', '--yes', '--json']);
		expect(exitCode).toBe(0);
		const {alertProblems} = JSON.parse(stdout) as {alertProblems: string[]};
		expect(alertProblems.join()).toContain('pager could not be told');
		expect(stderr).toContain('pager could not be told');
		expect(stdout + stderr).not.toContain(KEY);
	});

	it('tells of a rollback, and is silent while data goes back', async () => {
		const {shop, chat} = await world();
		await shop.sastaops(['release', 'create', '1.0.0', '--yes']);
		await shop.commit('feat: more');
		await shop.sastaops(['release', 'create', '1.1.0', '--yes']);
		const store = openShopStore(shop.mongo.db(shop.database));
		const args = ['release', 'rollback', '1.0.0', '--data', 'restore', '--yes', '--confirm', shop.database];
		const {exitCode, stderr} = await shop.sastaops(args);
		expect(exitCode, stderr).toBe(0);
		expect(chat.received.map(({body}) => (JSON.parse(body) as {text: string}).text)).toEqual([
			'production is rolled back to 1.0.0 (sastabazar)',
		]);
		const silence = silenceIn(await store.read());
		expect(silence?.why).toContain('a rollback of its data to 1.0.0');
		expect(silence?.untilMs).toBeLessThanOrEqual(Date.now());
	});
});
