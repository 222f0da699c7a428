import {describe, expect, it} from 'vitest';
import {openHardLimits} from '../../src/canary/hard-limits.js';
import {openLookMaker, tellsOfCanary} from '../../src/canary/make-look.js';
import type {InstanceCounts} from '../../src/canary/measures.js';
import type {InstanceObservation, Observation} from '../../src/canary/observe.js';
import type {TrafficReading} from '../../src/ports/splitter/splitter.js';

const position = {stage: 0, share: 0.1, settledMs: 0, isWarmup: false};
const health = {isHealthy: true, version: '1.1.0', isInMaintenance: false, words: '200 ok'};
const traffic = (over: Partial<TrafficReading> = {}): TrafficReading => ({
	atMs: 0,
	incarnation: 'a',
	totals: {stable: {requests: 100, errors: 1}, canary: {requests: 10, errors: 0}},
	served: undefined,
	missed: 0,
	...over,
});
const counts = (over: Partial<InstanceCounts> = {}): InstanceCounts => ({
	startedAt: 5,
	counters: {'payments.total': 50, 'payments.bad': 2},
	loopDelay: 0.01,
	...over,
});
const instance = (side: 'stable' | 'canary', value: InstanceCounts | string): InstanceObservation => ({
	url: `http://${side}`,
	side,
	health,
	counts: typeof value === 'string' ? {why: value} : {value},
});
const observation = (over: Partial<Observation> = {}): Observation => ({
	atMs: 1000,
	splitter: {value: {share: 0.1, leaseMs: 1000, owner: 'r', incarnation: 'a'}},
	traffic: {value: traffic()},
	instances: [instance('stable', counts()), instance('canary', counts())],
	...over,
});

describe('a look', () => {
	it('is the difference of two observations; the first only begins', () => {
		const maker = openLookMaker('HAProxy');
		expect(maker.make(observation(), position)).toMatchObject({
			look: {measures: {'event-loop': expect.anything()}},
			requests: undefined,
		});
		const more = {'payments.total': 60, 'payments.bad': 5};
		const {look, requests, gaps, sources} = maker.make(
			observation({
				traffic: {value: traffic({totals: {stable: {requests: 190, errors: 3}, canary: {requests: 22, errors: 2}}})},
				instances: [instance('stable', counts({counters: more})), instance('canary', counts())],
			}),
			position,
		);
		expect(look.measures['errors']).toEqual({
			stable: {trials: 90, events: 2},
			canary: {trials: 12, events: 2},
			mayCluster: true,
		});
		expect(look.measures['payments']).toMatchObject({stable: {trials: 10, events: 3}, canary: {trials: 0, events: 0}});
		expect(requests).toEqual({stable: 90, canary: 12});
		expect(gaps).toEqual([]);
		expect(sources['errors']).toContain('HAProxy');
	});

	it('takes counters that fell for counters that began anew, and says so', () => {
		const maker = openLookMaker('HAProxy');
		maker.make(observation(), position);
		const {look, gaps, canaryRestarts} = maker.make(
			observation({
				traffic: {
					value: traffic({
						incarnation: 'b',
						totals: {stable: {requests: 7, errors: 0}, canary: {requests: 3, errors: 1}},
					}),
				},
				instances: [
					instance('stable', counts()),
					instance('canary', counts({startedAt: 9, counters: {'payments.total': 4, 'payments.bad': 1}})),
				],
			}),
			position,
		);
		expect(look.measures['errors']).toMatchObject({stable: {trials: 7}, canary: {trials: 3, events: 1}});
		expect(look.measures['payments']).toMatchObject({canary: {trials: 4, events: 1}});
		expect(gaps).toEqual([
			'http://canary (canary) was restarted',
			'HAProxy was reloaded or restarted by somebody; its counters began anew',
		]);
		expect(canaryRestarts).toBe(1);
	});

	it('that misses a source says which and why, and is no zero', () => {
		const maker = openLookMaker('HAProxy');
		const silent = observation({
			traffic: {why: 'connection refused'},
			instances: [instance('stable', counts()), instance('canary', 'timed out')],
		});
		maker.make(silent, position);
		const sight = maker.make(silent, position);
		expect(sight.look.measures['payments']).toBeUndefined();
		expect(sight.look.measures['errors']).toBeUndefined();
		expect(sight.gaps).toEqual([
			'http://canary does not tell its metrics: timed out',
			'HAProxy does not tell its traffic: connection refused',
		]);
	});

	it('never mixes the instances’ word with the splitter’s, not even while that one is silent', () => {
		const maker = openLookMaker('HAProxy');
		const buckets = {'latency.0.1': 5, 'latency.1': 9, 'errors.total': 9, 'errors.bad': 1};
		const both = (counters: Record<string, number>) => ({
			instances: [instance('stable', counts({counters})), instance('canary', counts({counters}))],
		});
		maker.make(observation({...both({}), traffic: {value: traffic({served: []})}}), position);
		const {look} = maker.make(observation({...both(buckets), traffic: {why: 'gone'}}), position);
		expect(look.latency).toBeUndefined();
		expect(look.measures['errors']).toBeUndefined();
		const only = openLookMaker('nobody');
		only.make(observation({...both({}), traffic: {why: 'gone'}}), position);
		const inside = only.make(observation({...both(buckets), traffic: {why: 'gone'}}), position);
		expect(inside.look.measures['errors']).toMatchObject({canary: {trials: 9, events: 1}});
		expect(inside.look.latency?.canary).toEqual({edgesMs: [100, 1000], counts: [5, 4, 0]});
	});

	it('that says nothing of the canary renews no lease', () => {
		const look = {...position, atMs: 0, measures: {}, routes: {}, latency: undefined};
		expect(tellsOfCanary({look, canaryAnswers: undefined})).toBe(false);
		expect(tellsOfCanary({look, canaryAnswers: {trials: 0, events: 0}})).toBe(true);
	});
});

describe('a hard limit', () => {
	const sight = (over: object) => ({
		look: {...position, atMs: 0, measures: {}, routes: {}, latency: undefined},
		sources: {},
		requests: undefined,
		canaryAnswers: undefined,
		gaps: [],
		canaryRestarts: 0,
		...over,
	});
	const sick = observation({
		instances: [
			instance('stable', counts()),
			{...instance('canary', counts()), health: {...health, isHealthy: false, words: '503 down'}},
		],
	});

	it('blames no canary for what stable does too', () => {
		const limits = openHardLimits();
		const allSick = observation({
			instances: sick.instances.map((one) => ({...one, health: {...health, isHealthy: false, words: 'no answer'}})),
		});
		expect([1, 2, 3, 4].map(() => limits.add(allSick, sight({})))).toEqual([
			undefined,
			undefined,
			undefined,
			undefined,
		]);
	});

	it('is an instance that is sick three looks in a row, and not two', () => {
		const limits = openHardLimits();
		expect(limits.add(sick, sight({}))).toBeUndefined();
		expect(limits.add(sick, sight({}))).toBeUndefined();
		expect(limits.add(observation(), sight({}))).toBeUndefined();
		expect([1, 2, 3].map(() => limits.add(sick, sight({}))).at(-1)).toBe(
			'the canary is not healthy: http://canary (503 down)',
		);
	});

	it('is twenty failures in a row with nothing else', () => {
		const limits = openHardLimits();
		expect(limits.add(observation(), sight({canaryAnswers: {trials: 19, events: 19}}))).toBeUndefined();
		expect(limits.add(observation(), sight({canaryAnswers: {trials: 2, events: 1}}))).toBeUndefined();
		expect(limits.add(observation(), sight({canaryAnswers: {trials: 12, events: 12}}))).toBeUndefined();
		expect(limits.add(observation(), sight({canaryAnswers: {trials: 0, events: 0}}))).toBeUndefined();
		expect(limits.add(observation(), sight({canaryAnswers: {trials: 8, events: 8}}))).toMatch(/last 20 requests/);
	});

	it('is the third restart within ten minutes', () => {
		const limits = openHardLimits();
		const at = (minutes: number) => limits.add(observation({atMs: minutes * 60_000}), sight({canaryRestarts: 1}));
		expect([at(0), at(5), at(11)]).toEqual([undefined, undefined, undefined]);
		expect(at(14)).toMatch(/restarted 3 times/);
	});
});
