import {describe, expect, it} from 'vitest';
import {type GenuineFacts, judgeGenuine} from '../../../../src/audit/checks/webhooks/genuine.js';
import {type Delivered, judgeReplay, wordOf} from '../../../../src/audit/checks/webhooks/replay.js';

describe('webhooks.genuine', () => {
	it.each<[string, GenuineFacts, string]>([
		['within five seconds', {status: 200, reach: 'accepted', durationMs: 4900}, 'pass'],
		['later than Razorpay waits', {status: 200, reach: 'accepted', durationMs: 5100}, 'fail'],
		['refused', {status: 400, reach: 'refused', durationMs: 5}, 'fail'],
		['broken', {status: 500, reach: 'broken', durationMs: 5}, 'fail'],
		['a shop that is away', {status: 503, reach: 'away', durationMs: 5}, 'inconclusive'],
		['no such route', {status: 404, reach: 'absent', durationMs: 5}, 'skip'],
	])('judges %s', (_, facts, verdict) => {
		expect(judgeGenuine(facts).verdict).toBe(verdict);
	});
});

const row = (says: Delivered['says'][], status = 200): Delivered[] =>
	(['first', 'again', 'another id', 'old'] as const).map((name, index) => ({
		name,
		status,
		reach: 'accepted',
		says: says[index] ?? 'nothing',
	}));

describe('webhooks.replay', () => {
	it.each<[string, Delivered[], string[]]>([
		['all known and told', row(['taken', 'not taken', 'not taken', 'not taken']), ['pass']],
		['taken twice', row(['taken', 'taken', 'not taken', 'not taken']), ['fail']],
		['taken under another id', row(['taken', 'not taken', 'taken', 'not taken']), ['fail']],
		['an old one taken', row(['taken', 'not taken', 'not taken', 'taken']), ['fail']],
		['nothing told', row([]), ['skip']],
		[
			'not acknowledged at all',
			row([])
				.slice(0, 1)
				.map((one) => ({...one, reach: 'refused'})),
			['skip'],
		],
	])('judges %s', (_, deliveries, verdicts) => {
		expect(judgeReplay(deliveries).map(({verdict}) => verdict)).toEqual(verdicts);
	});

	it.each([
		['{"status":"stored"}', 'taken'],
		['{"status":"duplicate"}', 'not taken'],
		['{"message":"already processed"}', 'not taken'],
		['{"status":"ok"}', 'nothing'],
		['ok', 'nothing'],
		['', 'nothing'],
	])('reads %s as %s', (body, says) => {
		expect(wordOf({body: Buffer.from(body)})).toBe(says);
	});
});
