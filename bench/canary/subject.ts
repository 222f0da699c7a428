import {DEFAULT_GUARDS} from '../../src/canary/guard.js';
import {openJudge} from '../../src/canary/judge.js';
import type {Look} from '../../src/canary/look.js';
import {type Fault, type Scenario, SHOP, simulateLooks} from '../../test/canary/simulate.js';
import {makeRandom} from '../../test/support/random.js';
import {openKayenta, openThresholds, type Rule} from './rivals.js';

/** What is told of one simulated canary. */
export type Run = {readonly isBack: boolean; readonly requests: number; readonly minute: number};

export type Setting = {
	readonly rps: number;
	readonly fault?: Fault;
	readonly clusters?: 'raw' | 'once';
	readonly checkoutLagMs?: number;
};

const MINUTES = 30;
/** Rules that learn from the time before the canary, as they do in life. */
const OURS = new Set(['sastaops', 'strict']);

function scenarioOf({rps, ...rest}: Setting): Scenario {
	return {
		traffic: {...SHOP, requestsPerSecond: rps},
		stages: [0.05, 0.25, 0.5],
		bakeMs: MINUTES * 60_000,
		lookEveryMs: 5000,
		...rest,
	};
}

/** One canary judged by several rules at once, on the same looks, until each has sent it back or the stages are over. */
export function simulate(
	setting: Setting,
	seed: number,
	rules: Readonly<Record<string, () => Rule>>,
): Record<string, Run> {
	const open = Object.fromEntries(Object.entries(rules).map(([name, make]) => [name, make()]));
	const done: Record<string, Run> = {};
	let requests = 0;
	let beganMs: number | undefined;
	let minute = 0;
	for (const look of simulateLooks(scenarioOf(setting), makeRandom(seed))) {
		if (!look.isWarmup) {
			requests += look.measures['errors']?.canary.trials ?? 0;
			beganMs ??= look.atMs;
			minute = (look.atMs - beganMs) / 60_000;
		}
		for (const [name, rule] of Object.entries(open)) {
			if (done[name] === undefined && (OURS.has(name) || !look.isWarmup) && rule.add(look))
				done[name] = {isBack: true, requests, minute};
		}
		if (Object.keys(done).length === Object.keys(open).length) break;
	}
	for (const name of Object.keys(open)) done[name] ??= {isBack: false, requests, minute};
	return done;
}

/** Our judge with tolerances of nothing, as the rivals have them: any proved difference is too much. */
export const strict = () => sastaops(DEFAULT_GUARDS.map((guard) => ({...guard, worse: {points: 0}})));

/** Our judge, at its defaults. */
export function sastaops(guards = DEFAULT_GUARDS): Rule {
	const judge = openJudge({
		guards,
		alpha: 0.01,
		beta: 0.05,
		restartEveryMs: 300_000,
		// Four stages, as the default has; at the last one there is nobody left to compare with.
		plannedMs: 4 * MINUTES * 60_000,
		lagMs: 600_000,
	});
	return {
		add(look: Look) {
			judge.add(look);
			return !look.isWarmup && judge.verdict().isWorse;
		},
	};
}

export const kayenta = (confidence: number) => () => openKayenta({confidence});
export const flagger = (errorShare: number, p95Ms: number) => () => openThresholds({errorShare, p95Ms}, 'flagger');
export const argo = (errorShare: number, p95Ms: number) => () => openThresholds({errorShare, p95Ms}, 'argo');
/** p95 of the simulated shop, in milliseconds. */
export const P95_MS = SHOP.medianMs * Math.exp(1.645 * SHOP.sigma);
export const BASE_ERRORS = SHOP.errorShare;
