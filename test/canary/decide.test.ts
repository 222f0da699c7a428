import {describe, expect, it} from 'vitest';
import {type Decision, decide, type StageFacts, type StagePolicy} from '../../src/canary/decide.js';
import type {GuardVerdict, Verdict} from '../../src/canary/judge.js';

const guard = (over: Partial<GuardVerdict>): GuardVerdict => ({
	name: 'errors',
	title: 'errors',
	kind: 'failures',
	state: 'fine',
	worse: 1,
	fine: 30,
	where: undefined,
	range: {low: 0.5, high: 1.5},
	counts: {canary: {trials: 100, events: 1}, stable: {trials: 900, events: 9}},
	...over,
});
const verdict = (over: Partial<Verdict> = {}): Verdict => ({
	evidence: 1,
	isWorse: false,
	culprits: [],
	guards: [guard({})],
	p95Ms: {stable: 100, canary: 100},
	...over,
});
const policy: StagePolicy = {bakeMs: 1000, maxHoldMs: 500, onMaxHold: 'rollback', leastRequests: 100, proof: 'weak'};
const facts = (over: Partial<StageFacts> = {}): StageFacts => ({
	watchedMs: 1000,
	elapsedMs: 1000,
	requests: 200,
	verdict: verdict(),
	holds: [],
	hardLimit: undefined,
	...over,
});

describe('a stage', () => {
	it.each<[string, Partial<StageFacts>, Partial<StagePolicy>, Partial<Decision>]>([
		['stays until its time is over', {watchedMs: 999}, {}, {kind: 'stay'}],
		['advances when its time is over and all is proved fine', {}, {}, {kind: 'advance', isWeak: false}],
		[
			'advances weakly, and names what is not proved',
			{verdict: verdict({guards: [guard({state: 'open'})]})},
			{},
			{kind: 'advance', isWeak: true, unproven: ['errors']},
		],
		[
			'waits for the proof where it is asked for',
			{verdict: verdict({guards: [guard({state: 'open'})]})},
			{proof: 'proven'},
			{kind: 'hold'},
		],
		['holds for too few requests', {requests: 99}, {}, {kind: 'hold'}],
		[
			'holds when no guard saw both sides',
			{verdict: verdict({guards: [guard({state: 'unseen'})]})},
			{},
			{kind: 'hold'},
		],
		['holds when there are no guards at all', {verdict: verdict({guards: []})}, {}, {kind: 'hold'}],
		[
			'holds at once for a gap, time over or not',
			{watchedMs: 10, holds: ['no readings']},
			{},
			{kind: 'hold', reasons: ['no readings']},
		],
		[
			'goes back when it was held for too long',
			{elapsedMs: 1500, requests: 3},
			{},
			{kind: 'rollback', isInconclusive: true},
		],
		['asks instead where that is configured', {elapsedMs: 1500, requests: 3}, {onMaxHold: 'ask'}, {kind: 'ask'}],
		[
			'goes back for worse, whatever else',
			{watchedMs: 1, holds: ['x'], verdict: verdict({isWorse: true, culprits: ['errors']})},
			{},
			{kind: 'rollback', isInconclusive: false},
		],
		[
			'goes back for a hard limit before all else',
			{hardLimit: 'dead', watchedMs: 0},
			{},
			{kind: 'rollback', reason: 'dead'},
		],
	])('%s', (_, over, policyOver, expected) => {
		expect(decide(facts(over), {...policy, ...policyOver})).toMatchObject(expected);
	});

	it('says by how much it is worse, and where', () => {
		const worse = guard({state: 'worse', range: {low: 2.31, high: 9}, where: 'POST /api/checkout'});
		const decision = decide(facts({verdict: verdict({isWorse: true, culprits: ['errors'], guards: [worse]})}), policy);
		expect(decision).toMatchObject({reason: 'errors worse by at least ×2.3 (POST /api/checkout)'});
	});
});
