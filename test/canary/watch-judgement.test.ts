import {describe, expect, it} from 'vitest';
import type {Decision} from '../../src/canary/decide.js';
import type {Verdict} from '../../src/canary/judge.js';
import type {Sight} from '../../src/canary/make-look.js';
import type {Observation} from '../../src/canary/observe.js';
import type {Progress} from '../../src/canary/progress.js';
import {renew} from '../../src/canary/watch-acts.js';
import {judgeLook, type Seen} from '../../src/canary/watch-judgement.js';
import type {Watcher} from '../../src/canary/watcher.js';
import type {SplitterState} from '../../src/ports/splitter/splitter.js';
import {makeTestHost} from '../support/host.js';

const health = {isHealthy: true, version: '1.0.0', isInMaintenance: false, words: '200 ok'};
const state: SplitterState = {share: 0.05, leaseMs: 60_000, owner: 'run', incarnation: 'a'};
const verdict: Verdict = {evidence: 1, isWorse: false, culprits: [], guards: [], p95Ms: {stable: 1, canary: 1}};
const sight: Sight = {
	look: {
		atMs: 5000,
		stage: 0,
		share: 0.05,
		settledMs: 0,
		isWarmup: false,
		measures: {errors: {stable: {trials: 9, events: 0}, canary: {trials: 1, events: 0}}},
		routes: {},
		latency: undefined,
	},
	sources: {},
	requests: undefined,
	canaryAnswers: undefined,
	gaps: [],
	canaryRestarts: 0,
};
const observation: Observation = {
	atMs: 5000,
	splitter: {value: state},
	traffic: {why: 'not asked'},
	instances: [{url: 'http://stable', side: 'stable', health, counts: undefined}],
};

/** A watcher in its first stage, and what it has told its splitter. */
function makeWatcher(progress: Partial<Progress> = {}): Watcher & {readonly told: unknown[]} {
	const told: unknown[] = [];
	const standing = {stage: 0, baselineMs: 0, watchedMs: 100, requests: 0, reachedAtMs: 0, isHeldByHand: false};
	const policy = {bakeMs: 60_000, maxHoldMs: 60_000, onMaxHold: 'rollback', leastRequests: 1, proof: 'weak'};
	const plan = {
		run: 'run',
		version: '1.1.0',
		stableVersion: '1.0.0',
		stages: [{share: 0.05}],
		leaseMs: 100_000,
		policy,
	};
	const set = async (wanted: unknown) => {
		told.push(wanted);
		return state;
	};
	const context = {plan, host: makeTestHost(), splitter: {set}};
	return {
		context,
		tell: async () => undefined,
		progress: () => ({...standing, isPromoteAsked: false, ...progress}),
		burn: {add: () => undefined},
		told,
	} as never;
}

const judge = (seen: Partial<Seen>, progress: Partial<Progress> = {}, hardLimit?: string): Decision =>
	judgeLook(
		{observation, sight, asked: [], expected: state, burning: undefined, verdict, ...seen},
		makeWatcher(progress),
		hardLimit,
	);

describe('a look', () => {
	const worse = {...verdict, isWorse: true};
	it.each<[string, Decision, Partial<Decision>]>([
		['stays while nothing is wrong', judge({}), {kind: 'stay'}],
		['goes on by hand', judge({}, {isPromoteAsked: true}), {kind: 'advance', unproven: ['promoted by hand']}],
		['never goes on by hand when it is worse', judge({verdict: worse}, {isPromoteAsked: true}), {kind: 'rollback'}],
		[
			'never goes on by hand past a hard limit',
			judge({}, {isPromoteAsked: true}, 'dead'),
			{kind: 'rollback', reason: 'dead'},
		],
		[
			'goes back when asked, whatever else',
			judge({asked: ['abort']}, {isPromoteAsked: true}),
			{kind: 'rollback', isInconclusive: true},
		],
		['holds by hand', judge({}, {isHeldByHand: true}), {kind: 'hold'}],
		['holds while the shop burns its budget', judge({burning: 'too fast'}), {kind: 'hold', reasons: ['too fast']}],
		[
			'holds for what the splitter doubts',
			judge({observation: {...observation, splitter: {value: {...state, doubt: 'file is not what runs'}}}}),
			{kind: 'hold', reasons: ['file is not what runs']},
		],
		[
			'goes back when another hand set 0 %',
			judge({observation: {...observation, splitter: {value: {...state, share: 0, owner: 'asha'}}}}),
			{kind: 'rollback', isInconclusive: true},
		],
		['waits for stable to be watched first', judge({}, {stage: -1}), {kind: 'advance'}],
	])('%s', (_, decision, expected) => {
		expect(decision).toMatchObject(expected);
	});
});

describe('the lease', () => {
	const stay: Decision = {kind: 'stay'};
	const old = {...state, leaseMs: 10_000};
	it.each<[string, Parameters<typeof renew>[0], number]>([
		['is renewed when half of it is gone', {sight, state: old, expected: state, decision: stay}, 1],
		['is left alone while it is fresh', {sight, state, expected: state, decision: stay}, 0],
		[
			'is told again after a reload',
			{sight, state: {...state, share: 0, leaseMs: 0, incarnation: 'b'}, expected: state, decision: stay},
			1,
		],
		[
			'runs out when a look tells nothing of the canary',
			{sight: {...sight, look: {...sight.look, measures: {}}}, state: old, expected: state, decision: stay},
			0,
		],
		['runs out while a person is asked', {sight, state: old, expected: state, decision: {kind: 'ask', reasons: []}}, 0],
		[
			'is not put over a stranger’s share',
			{sight, state: {...old, share: 0.2, owner: 'asha'}, expected: state, decision: stay},
			0,
		],
		[
			'cannot be renewed where the splitter does not answer',
			{sight, state: undefined, expected: state, decision: stay},
			0,
		],
	])('%s', async (_, seen, times) => {
		const watcher = makeWatcher();
		await renew(seen, watcher);
		expect(watcher.told).toHaveLength(times);
		if (times > 0) expect(watcher.told[0]).toEqual({share: 0.05, leaseMs: 100_000, owner: 'run'});
	});
});
