import {describe, expect, it} from 'vitest';
import type {Alert} from '../../src/alert/alert.js';
import {
	acknowledge,
	makeNoticeRecord,
	observeInto,
	withClaim,
	withFailure,
	withTold,
} from '../../src/alert/change-record.js';
import {type DeliveryPolicy, planDelivery} from '../../src/alert/plan-delivery.js';
import type {AlertRecord, SilenceRecord, StoredRecord} from '../../src/alert/record.js';
import type {Severity} from '../../src/ports/alerts/receiver.js';

const HOUR = 3_600_000;
const T0 = Date.parse('2026-11-24T12:00:00Z');

const POLICY: DeliveryPolicy = {
	receivers: {pager: {kind: 'pagerduty'}, chat: {kind: 'slack'}, mail: {kind: 'email'}, am: {kind: 'alertmanager'}},
	routes: {critical: ['pager', 'chat'], warning: ['chat'], info: ['mail']},
	quiet: undefined,
	resendMs: 4 * HOUR,
	failureRestMs: 300_000,
};
const NIGHT = {...POLICY, quiet: {fromMinute: 22 * 60, toMinute: 7 * 60, timezone: 'UTC'}};

const ALERT: Alert = {
	key: 'sastaops:shop:payments:alarm',
	severity: 'critical',
	title: 'Payments fail',
	text: '',
	facts: [],
};
const AT_ONCE = {badForMs: 0, goodForMs: 0};

function firing(severity: Severity = 'critical', atMs = T0, alert = ALERT): AlertRecord {
	const record = observeInto(undefined, {alert: {...alert, severity}, seen: 'bad', rule: AT_ONCE}, atMs);
	if (record === undefined) throw new Error('it does not fire');
	return record;
}

function ended(record: AlertRecord, atMs: number): AlertRecord {
	return observeInto(record, {alert: record.alert, seen: 'good', rule: AT_ONCE}, atMs) ?? record;
}

function told(record: AlertRecord, receivers: readonly string[], atMs: number): AlertRecord {
	const {severity} = record.alert;
	const state = record.condition.phase === 'quiet' ? 'resolved' : 'firing';
	return receivers.reduce((next, name) => withTold(next, name, {state, severity, atMs, ackedAtMs: null}), record);
}

function worse(record: AlertRecord, severity: Severity, atMs: number): AlertRecord {
	return observeInto(record, {alert: {...record.alert, severity}, seen: 'bad', rule: AT_ONCE}, atMs) ?? record;
}

function silence(sinceMs: number, untilMs: number): SilenceRecord {
	return {kind: 'silence', key: 'silence', version: 1, silence: {sinceMs, untilMs, why: 'a rollback', by: 'us'}};
}

/** What is sent: `pager: firing`. */
function sends(records: readonly StoredRecord[], nowMs: number, policy = POLICY): string[] {
	return planDelivery(records, policy, nowMs).sends.map(
		({receiver, items}) =>
			`${receiver}: ${items.map((item) => (item.kind === 'notice' ? 'notice' : item.event)).join(', ')}`,
	);
}

describe('what is delivered', () => {
	it('goes to the receivers of its severity, once', () => {
		expect(sends([firing()], T0)).toEqual(['pager: firing', 'chat: firing']);
		expect(sends([firing('warning')], T0)).toEqual(['chat: firing']);
		expect(sends([told(firing(), ['pager', 'chat'], T0)], T0 + HOUR)).toEqual([]);
	});

	it('is one message to each receiver, the worst first and what is over last', () => {
		const [a, b, c] = ['a', 'b', 'c'].map((name) => ({...ALERT, key: `sastaops:shop:${name}:x`}));
		const over = ended(told(firing('critical', T0, a), ['pager', 'chat'], T0), T0 + 1);
		const plan = planDelivery([over, firing('warning', T0, b), firing('critical', T0, c)], POLICY, T0 + 2);
		expect(plan.sends.find(({receiver}) => receiver === 'chat')?.items.map(({record}) => record.key)).toEqual([
			'sastaops:shop:c:x',
			'sastaops:shop:b:x',
			'sastaops:shop:a:x',
		]);
	});

	it('is told again after the re-send time, and its end to all who were told its beginning', () => {
		const known = told(firing(), ['pager', 'chat'], T0);
		expect(sends([known], T0 + 4 * HOUR - 1)).toEqual([]);
		expect(sends([known], T0 + 4 * HOUR)).toEqual(['pager: again', 'chat: again']);
		expect(sends([ended(told(firing(), ['chat'], T0), T0 + 5)], T0 + 6)).toContain('chat: resolved');
		expect(sends([told(ended(known, T0 + 5), ['pager', 'chat'], T0 + 6)], T0 + 7)).toEqual([]);
	});

	it('is not told by two at once: a claim keeps others away until it ends', () => {
		const claimed = withClaim(firing(), 'chat', {by: 'other', untilMs: T0 + 1000});
		expect(sends([claimed], T0)).toEqual(['pager: firing']);
		expect(sends([claimed], T0 + 1000)).toEqual(['pager: firing', 'chat: firing']);
		const plan = planDelivery([firing()], POLICY, T0, (_key, receiver) => receiver === 'pager');
		expect(plan.sends.map(({receiver}) => receiver)).toEqual(['chat']);
	});

	it('rests for the receiver that was given up, and for no other', () => {
		const failed = withFailure(firing(), 'pager', T0);
		expect(sends([failed], T0 + 1)).toEqual(['chat: firing']);
		expect(sends([failed], T0 + 300_000)).toEqual(['pager: firing', 'chat: firing']);
	});

	it('reaches those of the higher severity when it gets worse, and is resolved there when it gets better', () => {
		const warned = told(firing('warning'), ['chat'], T0);
		expect(sends([worse(warned, 'critical', T0 + 1)], T0 + 1)).toEqual(['pager: firing', 'chat: worse']);
		const critical = told(firing(), ['pager', 'chat'], T0);
		expect(sends([worse(critical, 'warning', T0 + 1)], T0 + 1)).toEqual(['pager: resolved']);
	});

	it('that somebody is at is told as such, then not again until it gets worse, ends, or their time is up', () => {
		const acked = acknowledge(told(firing('warning'), ['chat'], T0), {
			by: 'asha',
			atMs: T0 + 1,
			untilMs: T0 + 9 * HOUR,
		});
		expect(sends([acked], T0 + 2)).toEqual(['chat: acknowledged']);
		const known = withTold(acked, 'chat', {state: 'firing', severity: 'warning', atMs: T0 + 2, ackedAtMs: T0 + 2});
		expect(sends([known], T0 + 8 * HOUR)).toEqual([]);
		expect(sends([known], T0 + 9 * HOUR)).toEqual(['chat: again']);
		expect(sends([worse(known, 'critical', T0 + 3)], T0 + 3)).toEqual(['pager: firing', 'chat: worse']);
		expect(sends([ended(known, T0 + 3)], T0 + 3)).toEqual(['chat: resolved']);
	});

	it('reaches an Alertmanager as often as it forgets, acknowledged or not', () => {
		const policy = {...POLICY, routes: {...POLICY.routes, critical: ['am']}};
		const acked = acknowledge(told(firing(), ['am'], T0), {by: 'asha', atMs: T0 + 1, untilMs: T0 + 99 * HOUR});
		expect(sends([acked], T0 + 4 * HOUR, policy)).toEqual(['am: again']);
	});

	it('waits in a silence, and comes after it when it still holds', () => {
		const silent = silence(T0, T0 + HOUR);
		expect(sends([firing(), silent], T0 + 1)).toEqual([]);
		expect(sends([firing(), silent], T0 + HOUR)).toEqual(['pager: firing', 'chat: firing']);
		expect(sends([ended(firing(), T0 + 5), silent], T0 + HOUR)).toEqual([]);
	});

	it('passes a silence with what the silence is about, and with the end of what was told before', () => {
		const about = firing('critical', T0, {...ALERT, passesSilence: true});
		expect(sends([about, silence(T0, T0 + HOUR)], T0 + 1)).toEqual(['pager: firing', 'chat: firing']);
		const before = ended(told(firing(), ['pager', 'chat'], T0), T0 + 5);
		expect(sends([before, silence(T0 + 1, T0 + HOUR)], T0 + 6)).toEqual(['pager: resolved', 'chat: resolved']);
	});

	it('keeps info for the end of quiet hours, as one message, what began and ended in them included', () => {
		const night = Date.parse('2026-11-24T23:00:00Z');
		const morning = Date.parse('2026-11-25T07:00:00Z');
		const open = firing('info', night, {...ALERT, key: 'sastaops:shop:a:x'});
		const passed = ended(firing('info', night, {...ALERT, key: 'sastaops:shop:b:x'}), night + HOUR);
		const notice = makeNoticeRecord({...ALERT, severity: 'info', key: 'sastaops:shop:deployment:1.2.0'}, night);
		expect(sends([open, passed, notice], morning - 1, NIGHT)).toEqual([]);
		expect(sends([open, passed, notice], morning, NIGHT)).toEqual(['mail: firing, resolved, notice']);
	});

	it('wakes people for all but info', () => {
		const night = Date.parse('2026-11-24T23:00:00Z');
		expect(sends([firing('critical', night)], night, NIGHT)).toEqual(['pager: firing', 'chat: firing']);
		expect(sends([firing('warning', night)], night, NIGHT)).toEqual(['chat: firing']);
	});

	it('does not keep a notice from who is not woken by it', () => {
		const night = Date.parse('2026-11-24T23:00:00Z');
		const policy = {...NIGHT, routes: {...POLICY.routes, info: ['pager', 'mail']}};
		expect(sends([makeNoticeRecord({...ALERT, severity: 'info'}, night)], night, policy)).toEqual(['pager: notice']);
	});

	it('tells afterwards of what nobody could be told in time, since whoever was to tell it was dead', () => {
		expect(sends([ended(firing('critical'), T0 + HOUR)], T0 + 2 * HOUR)).toEqual(['pager: resolved', 'chat: resolved']);
	});

	it('forgets what is over for a day and told, and after a week what cannot be told', () => {
		const over = ended(told(firing(), ['pager', 'chat'], T0), T0 + 1);
		const keys = (record: AlertRecord, atMs: number) => planDelivery([record], POLICY, atMs).forget.length;
		expect(keys(over, T0 + 25 * HOUR)).toBe(0);
		expect(keys(told(over, ['pager', 'chat'], T0 + 2), T0 + 23 * HOUR)).toBe(0);
		expect(keys(told(over, ['pager', 'chat'], T0 + 2), T0 + 25 * HOUR)).toBe(1);
		expect(keys(over, T0 + 8 * 24 * HOUR)).toBe(1);
		expect(keys(firing(), T0 + 99 * 24 * HOUR)).toBe(0);
	});
});
