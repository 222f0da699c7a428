import {createHmac} from 'node:crypto';
import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {tidy} from '../../../src/alert/alert.js';
import {openPagerDuty} from '../../../src/ports/alerts/pagerduty.js';
import {parseRetryAfter} from '../../../src/ports/alerts/post.js';
import {type DeliveryItem, ReceiverError} from '../../../src/ports/alerts/receiver.js';
import {openSlack} from '../../../src/ports/alerts/slack.js';
import {openWebhook} from '../../../src/ports/alerts/webhook.js';
import {makeTestHost} from '../../support/host.js';
import {type Behaviour, type Received, startHttpReceiver} from '../../support/http-receiver.js';
import {judgePagerDuty, judgeSlack} from '../../support/receiver-schemas.js';
import {alertItem, delivery, NOTICE} from './sample.js';

const KEY = 'R0123456789abcdefghijklmnopqrstu';
const never = new AbortController().signal;
const EVENTS = ['firing', 'again', 'worse', 'acknowledged', 'resolved'] as const;

/** Whatever somebody's words may be, within the limits that every message is held to. */
const anyItem = fc
	.record({
		event: fc.constantFrom(...EVENTS),
		title: fc.string({unit: 'binary', minLength: 1, maxLength: 400}),
		text: fc.string({unit: fc.constantFrom('<', '&', 'a', ' ', '😀', '\n'), maxLength: 5000}),
		facts: fc.array(
			fc.tuple(fc.string({maxLength: 120}), fc.string({unit: fc.constantFrom('>', 'b'), maxLength: 3000})),
			{
				maxLength: 25,
			},
		),
	})
	.map(({event, title, text, facts}): DeliveryItem => {
		const item = alertItem(event);
		// A title or a fact of nothing but control characters is empty when tidied; no caller has one.
		const words = {title: `x${title}`, text, facts: facts.map(([label, value]) => [`l${label}`, value] as const)};
		return {...item, message: tidy({...item.message, ...words}, (plain) => plain)};
	});

describe('Slack', () => {
	it('takes every kind of item, one or many', async () => {
		const receiver = await startHttpReceiver(judgeSlack);
		const slack = openSlack({name: 'chat', url: `${receiver.url}/services/T0/B0/x`}, makeTestHost());
		for (const event of EVENTS) expect(await slack.send(delivery([alertItem(event)]), never)).toBe('Slack answers ok');
		await slack.send(delivery([...EVENTS.map((event) => alertItem(event)), NOTICE]), never);
		await slack.send(delivery(Array.from({length: 60}, () => alertItem())), never);
		expect(receiver.received.at(-1)?.body).toContain('… and 44 more');
		expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({text: 'Critical: Payments fail (sastabazar)'});
	});

	it('takes whatever words there are', async () => {
		const receiver = await startHttpReceiver(judgeSlack);
		const slack = openSlack({name: 'chat', url: receiver.url}, makeTestHost());
		await fc.assert(
			fc.asyncProperty(fc.array(anyItem, {minLength: 1, maxLength: 20}), async (items) => {
				await slack.send(delivery(items), never);
			}),
			{numRuns: 40},
		);
	});

	it('is not made to call everybody by a customer’s words', async () => {
		const receiver = await startHttpReceiver(judgeSlack);
		const slack = openSlack({name: 'chat', url: receiver.url}, makeTestHost());
		await slack.send(delivery([alertItem('firing', {text: '<!channel> & <https://evil|look>'}), NOTICE]), never);
		const {blocks} = JSON.parse(receiver.received[0]?.body ?? '') as {blocks: {text?: {text: string}}[]};
		expect(blocks[1]?.text?.text).toContain('&lt;!channel&gt; &amp; &lt;https://evil|look&gt;');
	});
});

describe('PagerDuty', () => {
	it('takes alerts as events of one key, and notices as change events', async () => {
		const receiver = await startHttpReceiver(judgePagerDuty);
		const pager = openPagerDuty({name: 'pager', routingKey: KEY, url: receiver.url}, makeTestHost());
		for (const event of EVENTS) expect(await pager.send(delivery([alertItem(event)]), never)).toContain('202');
		await pager.send(delivery([NOTICE]), never);
		const sent = receiver.received.map(({path, body}) => {
			const {event_action: action, dedup_key: key} = JSON.parse(body) as Record<string, string>;
			return [path, action, key];
		});
		const same = 'sastaops:sastabazar:payment_success:alarm';
		expect(sent).toEqual([
			['/v2/enqueue', 'trigger', same],
			['/v2/enqueue', 'trigger', same],
			['/v2/enqueue', 'trigger', same],
			['/v2/enqueue', 'acknowledge', same],
			['/v2/enqueue', 'resolve', same],
			['/v2/change/enqueue', undefined, undefined],
		]);
	});

	it('takes whatever words there are', async () => {
		const receiver = await startHttpReceiver(judgePagerDuty);
		const pager = openPagerDuty({name: 'pager', routingKey: KEY, url: receiver.url}, makeTestHost());
		await fc.assert(
			fc.asyncProperty(anyItem, async (item) => void (await pager.send(delivery([item], {isTest: true}), never))),
			{numRuns: 40},
		);
	});
});

describe('a webhook', () => {
	it('is signed over time and body, and repeats are known by their key', async () => {
		const receiver = await startHttpReceiver();
		const secret = 'a-secret-of-enough-signs';
		const hook = openWebhook(
			{name: 'hook', url: `${receiver.url}/x`, secret, headers: {'x-shop': 'tea'}},
			makeTestHost(),
		);
		await hook.send(delivery([alertItem(), NOTICE]), never);
		const [{headers, body}] = (await receiver.has(1)) as [Received];
		const [, t = '', hex] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-sastaops-signature'])) ?? [];
		expect(hex).toBe(createHmac('sha256', secret).update(`${t}.${body}`).digest('hex'));
		expect(Math.abs(Number(t) - Date.now() / 1000)).toBeLessThan(60);
		expect(headers).toMatchObject({'idempotency-key': 'delivery-1', 'x-shop': 'tea'});
		expect(JSON.parse(body)).toMatchObject({
			schemaVersion: 1,
			service: 'sastabazar',
			items: [
				{kind: 'alert', event: 'firing', severity: 'critical', since: '2026-11-24T12:00:00.000Z'},
				{kind: 'notice'},
			],
		});
	});
});

describe('a receiver', () => {
	it.each<[Behaviour, boolean]>([
		[{status: 400, body: 'invalid_payload'}, false],
		[{status: 403}, false],
		[{status: 404, body: 'no_service'}, false],
		[{status: 410, body: 'channel_is_archived'}, false],
		[{status: 302, headers: {location: 'http://127.0.0.1:9/'}}, false],
		[{status: 429, headers: {'retry-after': '30'}}, true],
		[{status: 500, body: 'rollup_error'}, true],
		[{status: 503}, true],
		['break-off', true],
	])('that answers %j may be tried again: %s', async (behaviour, isRetryable) => {
		const receiver = await startHttpReceiver();
		receiver.behave(behaviour);
		const error = await refusalOf(`${receiver.url}/services/T0/B0/very-secret-path`);
		expect(error.isRetryable).toBe(isRetryable);
		expect(error.message).not.toContain('very-secret-path');
		expect(error.message).toContain('127.0.0.1');
		expect(error.retryAfterMs).toBe(typeof behaviour !== 'string' && behaviour.status === 429 ? 30_000 : undefined);
	});

	it('that says nothing is given up by the caller’s signal', async () => {
		const receiver = await startHttpReceiver();
		receiver.behave('hang');
		const error = await refusalOf(receiver.url, AbortSignal.timeout(200));
		expect(error).toMatchObject({isRetryable: true});
	});

	it('that is not there may be tried again', async () => {
		expect(await refusalOf('http://127.0.0.1:9/secret')).toMatchObject({isRetryable: true});
	});

	it.each([
		['30', 30_000],
		[' 5 ', 5000],
		['Tue, 24 Nov 2026 12:01:00 GMT', 60_000],
		['Tue, 24 Nov 2026 11:00:00 GMT', 0],
		['soon', undefined],
		[undefined, undefined],
	])('that says Retry-After %j means %j ms', (text, ms) => {
		expect(parseRetryAfter(text, Date.parse('2026-11-24T12:00:00Z'))).toBe(ms);
	});
});

async function refusalOf(url: string, signal = never): Promise<ReceiverError> {
	const caught: unknown = await openSlack({name: 'chat', url}, makeTestHost())
		.send(delivery([alertItem()]), signal)
		.catch((error: unknown) => error);
	if (!(caught instanceof ReceiverError)) throw new Error(`it was not refused: ${String(caught)}`);
	return caught;
}
