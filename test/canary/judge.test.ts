import {describe, expect, it} from 'vitest';
import {DEFAULT_GUARDS, type Guard} from '../../src/canary/guard.js';
import {openJudge, type Verdict} from '../../src/canary/judge.js';
import {smallestFound} from '../../src/canary/power.js';
import {makeRandom} from '../support/random.js';
import {chooseSeed, IS_FULL} from '../support/sweep.js';
import {type Fault, type Scenario, SHOP, simulateLooks} from './simulate.js';

const seed = chooseSeed('simulated canaries');

type Ending = {readonly verdict: Verdict; readonly requests: number; readonly minute: number};

/** One simulated canary of three stages, looked at every five seconds until it is sent back or over. */
function simulate(scenario: Partial<Scenario>, run: number, guards: readonly Guard[] = DEFAULT_GUARDS): Ending {
	const judge = openJudge({
		guards,
		alpha: 0.01,
		beta: 0.05,
		restartEveryMs: 300_000,
		plannedMs: 7_200_000,
		lagMs: 600_000,
	});
	const whole = {traffic: SHOP, stages: [0.05, 0.25, 0.5], bakeMs: 1_800_000, lookEveryMs: 5000, ...scenario};
	let requests = 0;
	let minute = 0;
	let verdict = judge.verdict();
	for (const look of simulateLooks(whole, makeRandom(seed + run))) {
		judge.add(look);
		if (look.isWarmup) continue;
		requests += look.measures['errors']?.canary.trials ?? 0;
		minute = look.atMs / 60_000;
		verdict = judge.verdict();
		if (verdict.isWorse) break;
	}
	return {verdict, requests, minute};
}

const many = (count: number, scenario: Partial<Scenario>, guards?: readonly Guard[]) =>
	Array.from({length: count}, (_, run) => simulate(scenario, run, guards));
const at = (requestsPerSecond: number) => ({...SHOP, requestsPerSecond});
/** A false-alarm rate of one in a hundred gives more than this in a thousand tests once (binomial tail). */
const RUNS = IS_FULL ? 300 : 8;
const MOST = IS_FULL ? 10 : 2;

describe('a canary that is no worse', () => {
	it.each<[string, Partial<Scenario>]>([
		['at 0.2 requests a second', {traffic: at(0.2)}],
		['at 2 requests a second', {traffic: at(2)}],
		['with errors in clusters, counted by incident', {clusters: 'once'}],
		['with errors in clusters that only counters tell', {clusters: 'raw'}],
		['while a sticky ramp makes checkouts come late', {checkoutLagMs: 480_000}],
	])('is hardly ever sent back: %s', (_, scenario) => {
		expect(many(RUNS, scenario).filter(({verdict}) => verdict.isWorse).length).toBeLessThanOrEqual(MOST);
	});
});

describe('a canary that is worse', () => {
	it.each<[string, Fault, string, number]>([
		['five times the errors', {errors: 5}, 'errors', 1500],
		['p95 + 100 %', {latency: 2}, 'latency', 700],
		['every fifth request an error', {errors: 40}, 'errors', 80],
		['nine of ten checkouts lost', {checkouts: 0.1}, 'checkout-rate', 9000],
	])('is found, named, and serves few requests: %s', (_, fault, culprit, most) => {
		const endings = many(IS_FULL ? 40 : 3, {fault});
		for (const {verdict, requests} of endings) {
			expect(verdict.isWorse).toBe(true);
			expect(verdict.culprits[0]).toBe(culprit);
			expect(requests).toBeLessThan(2 * most);
		}
		expect(endings.map(({requests}) => requests).sort((a, b) => a - b)[Math.floor(endings.length / 2)]).toBeLessThan(
			most,
		);
	});

	it('is found soon when it breaks late: a leak that shows after half an hour', () => {
		for (const {verdict, minute} of many(IS_FULL ? 20 : 2, {fault: {errors: 8, fromMs: 35 * 60_000}})) {
			expect(verdict.culprits).toContain('errors');
			expect(minute).toBeGreaterThan(35);
			expect(minute).toBeLessThan(60);
		}
	});

	it('within its tolerance is not sent back for that', () => {
		const lenient = DEFAULT_GUARDS.map((guard) => (guard.name === 'errors' ? {...guard, worse: {points: 5}} : guard));
		const endings = many(IS_FULL ? 40 : 4, {fault: {errors: 4}}, lenient);
		expect(endings.filter(({verdict}) => verdict.isWorse)).toEqual([]);
	});
});

describe('what a plan says can be found', () => {
	it('is what simulated canaries find, in about nine of ten', () => {
		const errors = DEFAULT_GUARDS.filter(({name}) => name === 'errors').map((guard) => ({
			...guard,
			weight: 1,
			worse: {points: 0},
		}));
		const ratio = smallestFound({
			requestsPerSecond: 10,
			share: 0.25,
			seconds: 1800,
			baseShare: 0.005,
			tolerated: 1,
			alpha: 0.01,
		});
		const count = IS_FULL ? 100 : 12;
		const found = many(count, {stages: [0.25], fault: {errors: ratio ?? 0}}, errors).filter(
			({verdict}) => verdict.isWorse,
		);
		expect(ratio).toBeLessThan(5);
		expect(found.length / count).toBeGreaterThan(0.7);
	});

	it('is nothing where there is next to no traffic, and more with more', () => {
		const terms = {share: 0.05, seconds: 1800, baseShare: 0.005, tolerated: 1.2, alpha: 0.005};
		expect(smallestFound({...terms, requestsPerSecond: 0.2})).toBeUndefined();
		const [few, many] = [5, 50].map((requestsPerSecond) => smallestFound({...terms, requestsPerSecond}) ?? 0);
		expect(many).toBeLessThan(few ?? 0);
	});
});
