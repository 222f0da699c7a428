import {describe, expect, it} from 'vitest';
import {type FailOn, outcomeOf} from '../../src/slo/check.js';
import {certainEvents, type Events} from '../../src/slo/events.js';
import type {Evidence} from '../../src/slo/evidence.js';
import {judgeObjective} from '../../src/slo/judge.js';
import type {MeasuredObjective} from '../../src/slo/objective.js';

const MONTH = 43_200;
const objective: MeasuredObjective = {
	name: 'checkout_success',
	title: '99.5 % of checkouts succeed',
	kind: 'ratio',
	target: 0.995,
	alarm: {target: 0.95},
	indicator: {kind: 'ratio'},
};
const of = (total: number, bad: number): Events => certainEvents({total, good: total - bad});
/** Events by window; what is not named has what the next longer one has. */
function evidence(windows: Readonly<Record<number, Events | undefined>>, more: Partial<Evidence> = {}): Evidence {
	return {
		objective,
		eventsOf: (minutes) => windows[minutes],
		coveredMinutes: MONTH,
		problems: [],
		notes: [],
		...more,
	};
}
const everywhere = (events: Events, named: Readonly<Record<number, Events | undefined>> = {}) => ({
	...Object.fromEntries([5, 30, 60, 120, 360, 1440, 4320, MONTH].map((minutes) => [minutes, events])),
	...named,
});
const judge = (given: Evidence, windowMinutes = MONTH) => judgeObjective(given, {windowMinutes, periodMinutes: MONTH});

describe('an objective', () => {
	it('is kept or broken where the events prove it, and says how many more would where they do not', () => {
		expect(judge(evidence(everywhere(of(10_000, 10))))).toMatchObject({state: 'pass', why: '', needed: null});
		expect(judge(evidence(everywhere(of(10_000, 90))))).toMatchObject({state: 'breach', ratio: 0.991});
		expect(judge(evidence(everywhere(of(12, 0))))).toMatchObject({state: 'not-enough-data', needed: 586});
		expect(judge(evidence(everywhere(of(12, 1))))).toMatchObject({state: 'not-enough-data', needed: 947 - 12});
	});

	it('has no data where nothing happened, nothing reaches into the window, or what was told is doubtful', () => {
		expect(judge(evidence(everywhere(of(0, 0))))).toMatchObject({state: 'no-data', ratio: null, budget: null});
		expect(judge(evidence({}))).toMatchObject({state: 'no-data', why: expect.stringContaining('readings')});
		const doubtful = judge(evidence(everywhere(of(10_000, 0)), {problems: ['two processes answer in turn']}));
		expect(doubtful).toMatchObject({state: 'no-data', why: 'two processes answer in turn', budget: null});
		expect(doubtful.burn.map(({state}) => state)).toEqual(['no-data', 'no-data', 'no-data', 'no-data']);
		expect(doubtful.alarm?.state).toBe('no-data');
	});

	it('is judged both ways by buckets that are too coarse, and names the edge to add where these differ', () => {
		const between = {thresholdMs: 2000, belowMs: 1000, aboveMs: 2500};
		const coarse = (good: number, unsure: number): Events => ({
			total: 10_000,
			good,
			unsure,
			alarmGood: good,
			alarmUnsure: unsure,
		});
		const state = (events: Events) => judge(evidence(everywhere(events), {between}));
		expect(state(coarse(9990, 5)).state).toBe('pass');
		expect(state(coarse(9000, 50)).state).toBe('breach');
		expect(state(coarse(9000, 995))).toMatchObject({
			state: 'not-enough-data',
			why: 'the buckets are too coarse: 2 lies between 1 and 2.5; add the edge 2',
			needed: null,
		});
		expect(state(coarse(9000, 995)).alarm?.state).toBe('quiet');
	});

	it('tells what is left of the budget, and until when', () => {
		expect(judge(evidence(everywhere(of(10_000, 20), {60: of(100, 1)})))).toMatchObject({
			budget: {allowed: 50, bad: 20, left: expect.closeTo(0.6, 9), secondsLeft: expect.closeTo(0.6 * 15 * 86_400, 0)},
		});
		expect(judge(evidence(everywhere(of(10_000, 60)))).budget).toMatchObject({
			left: expect.closeTo(-0.2, 9),
			secondsLeft: 0,
		});
		expect(judge(evidence(everywhere(of(10_000, 0)))).budget).toMatchObject({left: 1, secondsLeft: null});
	});

	it('says of each burn rule whether it fires, is quiet, or is not covered', () => {
		const quick = judge(evidence(everywhere(of(10_000, 20), {5: of(100, 20), 60: of(1000, 90)})));
		expect(quick.burn.map(({long, state}) => [long, state])).toEqual([
			['1h', 'firing'],
			['6h', 'quiet'],
			['1d', 'quiet'],
			['3d', 'quiet'],
		]);
		const young = evidence(everywhere(of(1000, 90)), {coveredMinutes: 90});
		expect(judge(young).burn.map(({state}) => state)).toEqual(['firing', 'not-covered', 'not-covered', 'not-covered']);
		const seldom = judge(evidence(everywhere(of(1000, 90), {5: undefined})));
		expect(seldom.burn[0]).toMatchObject({state: 'not-covered', shortRate: null});
	});

	it('calls nobody for one error on a quiet evening, and does for an outage', () => {
		expect(judge(evidence(everywhere(of(10, 1)))).burn.every(({state}) => state === 'quiet')).toBe(true);
		expect(judge(evidence(everywhere(of(10, 1)))).alarm?.state).toBe('quiet');
		expect(judge(evidence(everywhere(of(10, 9)))).alarm?.state).toBe('firing');
	});

	it('crosses its alarm line in the window that proves it, and not once the last minutes are well', () => {
		const quietOutage = everywhere(of(1000, 0), {5: of(2, 2), 30: of(12, 12), 60: of(30, 12)});
		expect(judge(evidence(quietOutage)).alarm).toMatchObject({state: 'firing', ratio: 0});
		expect(judge(evidence({...quietOutage, 5: of(2, 0)})).alarm?.state).toBe('quiet');
		expect(judge(evidence({...quietOutage, 5: of(0, 0)})).alarm?.state).toBe('firing');
		expect(judge(evidence({5: of(0, 0), [MONTH]: of(9, 0)})).alarm?.state).toBe('no-data');
	});
});

describe('the outcome', () => {
	const kept = judge(evidence(everywhere(of(10_000, 10))));
	const broken = judge(
		evidence(everywhere(of(10_000, 90), {5: of(10, 0), 30: of(10, 0), 120: of(9, 0), 360: of(9, 0)})),
	);
	const young = judge(evidence(everywhere(of(12, 0))));
	const burning = judge(evidence(everywhere(of(100_000, 10), {5: of(100, 20), 60: of(1000, 90)})));
	const slowly = judge(evidence(everywhere(of(100_000, 10), {360: of(1000, 9), 4320: of(10_000, 90)})));

	it.each([
		['all kept', [kept, kept], {breach: 'pass', burn: 'pass', warning: 'pass', never: 'pass'}],
		['one broken', [kept, broken], {breach: 'fail', burn: 'fail', warning: 'fail', never: 'warn'}],
		[
			'one that cannot be told',
			[kept, young],
			{breach: 'inconclusive', burn: 'inconclusive', warning: 'inconclusive', never: 'pass'},
		],
		[
			'one broken, one that cannot be told',
			[young, broken],
			{breach: 'fail', burn: 'fail', warning: 'fail', never: 'warn'},
		],
		[
			'a budget that goes far too fast',
			[kept, burning],
			{breach: 'warn', burn: 'fail', warning: 'fail', never: 'warn'},
		],
		['a budget that goes too fast', [kept, slowly], {breach: 'warn', burn: 'warn', warning: 'fail', never: 'warn'}],
		['nothing to judge', [], {breach: 'inconclusive', burn: 'inconclusive', warning: 'inconclusive', never: 'pass'}],
	] as const)('of %s', (_, objectives, wanted) => {
		for (const [failOn, outcome] of Object.entries(wanted))
			expect(outcomeOf(objectives, failOn as FailOn), failOn).toBe(outcome);
	});
});
