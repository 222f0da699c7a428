import {describe, expect, it} from 'vitest';
import {compare} from '../../../src/load/timeouts/compare.js';
import {judge} from '../../../src/load/timeouts/judge.js';
import type {ScenarioName} from '../../../src/load/timeouts/names.js';
import {recommend} from '../../../src/load/timeouts/recommend.js';
import type {Outcome, Seen} from '../../../src/load/timeouts/seen.js';
import {readSettings} from '../../../src/load/timeouts/settings.js';

const settingsOf = (...options: string[]) => readSettings('mongodb://db.example', options, (text) => text);
const DEFAULTS = settingsOf();

const ok: Outcome = {kind: 'ok'};
const waiting: Outcome = {kind: 'waiting'};
const error = (name: string, code?: number): Outcome => ({
	kind: 'error',
	error: {name, message: name, labels: [], ...(code === undefined ? {} : {code})},
});

function seen(scenario: ScenarioName, outcome: Outcome, more: Partial<Seen> = {}): Seen {
	return {
		scenario,
		outcome,
		afterMs: 100,
		tries: 1,
		connections: {made: 1, mostOpen: 1, notReturned: 0, leftOpen: 0},
		...more,
	};
}

describe('what a scenario says', () => {
	const clean = {made: 3, mostOpen: 2, notReturned: 0, leftOpen: 0};
	it.each<[string, Seen, string[], string, RegExp]>([
		['an answer', seen('slow', ok), [], 'pass', /only waits/],
		['an answer by a second try', seen('reset', ok, {tries: 2}), [], 'pass', /2 tries/],
		['an error that nobody hid', seen('reset', error('MongoNetworkError')), [], 'warn', /not tried again/],
		['an error after two tries', seen('election', error('MongoServerError'), {tries: 2}), [], 'warn', /2 tries/],
		['a full pool without a limit', seen('pool', waiting), [], 'fail', /waitQueueTimeoutMS 0 .* for ever/],
		['a limit beyond the patience', seen('pool', waiting), ['waitQueueTimeoutMS=60000'], 'warn', /after 60.0 s/],
		['a full pool with a limit', seen('pool', error('MongoWaitQueueTimeoutError')), [], 'pass', /100 ms/],
		['a hanging server without a limit', seen('hang', waiting), [], 'fail', /monitor .* 40.0 s/],
		['a dead connection without a limit', seen('stuck', waiting), [], 'fail', /for ever: heartbeats are answered/],
		['a dead connection with one', seen('stuck', waiting), ['socketTimeoutMS=45000'], 'warn', /each try after 45.0 s/],
		['a server that refuses for long', seen('refuse', waiting), [], 'warn', /ends it after 30.0 s/],
		['an end after a customer has left', seen('refuse', error('x'), {afterMs: 30_004}), [], 'warn', /customer/],
		[
			'a client that gives up',
			seen('mute', error('x'), {recoveredMs: null, reconnectedMs: 9}),
			[],
			'warn',
			/connect\(\)/,
		],
		[
			'one that connect() does not mend',
			seen('mute', error('x'), {recoveredMs: null, reconnectedMs: null}),
			[],
			'fail',
			/not work again/,
		],
		['one that does not come back', seen('gone', error('x'), {recoveredMs: null}), [], 'fail', /not work again/],
		['one that comes back late', seen('gone', ok, {recoveredMs: 12_000}), [], 'warn', /12.0 s after the fault/],
		[
			'a connection kept by an operation',
			seen('hang', ok, {connections: {...clean, notReturned: 1}}),
			[],
			'fail',
			/1 connection never/,
		],
		[
			'connections left at the end',
			seen('slow', ok, {connections: {...clean, leftOpen: 2}}),
			[],
			'fail',
			/2 connections stayed/,
		],
		['a write done twice', seen('reset-write', ok, {stored: 2}), [], 'fail', /2 times/],
		['a write done unseen', seen('reset-write', error('x'), {stored: 1}), [], 'warn', /write is there/],
		['a write done once', seen('reset-write', ok, {stored: 1, tries: 2}), [], 'pass', /2 tries/],
	])('%s', (_, one, options, verdict, reason) => {
		const judged = judge(one, settingsOf(...options), 30_000);
		expect(judged.reason).toMatch(reason);
		expect(judged.verdict).toBe(verdict);
	});

	it('is nothing where it could not be tried', () => {
		const judged = judge({scenario: 'election', why: 'the server has no test commands'}, DEFAULTS, 30_000);
		expect(judged).toEqual({verdict: 'inconclusive', reason: 'not tried: the server has no test commands'});
	});
});

describe('configured against observed', () => {
	const rowOf = (name: string, all: readonly Seen[], ...options: string[]) =>
		compare(all, settingsOf(...options), '7.9.0').find((row) => row.name === name);

	it.each<[string, string, Seen[], string[], object]>([
		['says what was not tried', 'waitQueueTimeoutMS', [], [], {observed: 'not tried', verdict: 'inconclusive'}],
		['fails a queue without a limit', 'waitQueueTimeoutMS', [seen('pool', waiting)], [], {value: 0, verdict: 'fail'}],
		[
			'passes a limit that acts in time',
			'waitQueueTimeoutMS',
			[seen('pool', error('MongoWaitQueueTimeoutError'), {afterMs: 410})],
			['waitQueueTimeoutMS=400'],
			{value: 400, origin: 'option', observed: 'ended after 410 ms', verdict: 'pass'},
		],
		[
			'warns of a limit that acts much later than it says',
			'maxTimeMS',
			[seen('busy', error('MongoServerError', 50), {afterMs: 1780})],
			['maxTimeMS=300'],
			{observed: 'ended after 1.78 s', verdict: 'warn'},
		],
		['warns where the server may work for ever', 'maxTimeMS', [], [], {value: null, verdict: 'warn'}],
		[
			'takes connectTimeoutMS from the heartbeat that was given up',
			'connectTimeoutMS',
			[seen('mute', error('x'), {heartbeatMs: 504})],
			['connectTimeoutMS=500'],
			{observed: 'given up after 504 ms', verdict: 'pass'},
		],
		[
			'counts the connections',
			'maxPoolSize',
			[seen('pool', ok)],
			['maxPoolSize=1'],
			{observed: '1 open at most', verdict: 'pass'},
		],
		[
			'tells that timeoutMS does nothing',
			'timeoutMS',
			[],
			['timeoutMS=5'],
			{observed: 'ignored by driver 7.9.0', verdict: 'warn'},
		],
	])('%s', (_, name, all, options, expected) => {
		expect(rowOf(name, all, ...options)).toMatchObject(expected);
	});
});

describe('the recommendation', () => {
	it('bounds every wait that the driver leaves open', () => {
		expect(recommend([], DEFAULTS)).toMatchObject({
			uri: 'connectTimeoutMS=5000&serverSelectionTimeoutMS=5000&socketTimeoutMS=10000&waitQueueTimeoutMS=2000&heartbeatFrequencyMS=10000&maxPoolSize=100',
			driver: {socketTimeoutMS: 10_000, maxPoolSize: 100},
			perOperation: {maxTimeMS: 5000},
		});
	});

	it('keeps what bounds a wait well, and says which', () => {
		const {options} = recommend([], settingsOf('waitQueueTimeoutMS=800', 'maxTimeMS=8000', 'socketTimeoutMS=6000'));
		expect(options).toContainEqual(expect.objectContaining({name: 'waitQueueTimeoutMS', value: 800, isKept: true}));
		// A socket that gives up before the server does would leave the work going on there.
		expect(options).toContainEqual(expect.objectContaining({name: 'socketTimeoutMS', value: 16_000, isKept: false}));
	});

	it('names what was seen', () => {
		const {options} = recommend([seen('pool', waiting, {afterMs: 30_500})], DEFAULTS);
		expect(options.find(({name}) => name === 'waitQueueTimeoutMS')?.reason).toMatch(/now it waits past 30.5 s/);
	});

	it('is one that the driver takes', () => {
		const {uri} = recommend([], DEFAULTS);
		const read = readSettings(`mongodb://db.example/?${uri}`, [], (text) => text);
		expect(read.timeouts.waitQueueTimeoutMS).toEqual({value: 2000, origin: 'uri'});
	});
});
