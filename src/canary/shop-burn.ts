import {type BurnFacts, judgeBurn} from '../slo/burn-alerts.js';
import type {Tally} from '../slo/objective.js';
import {MINUTE_MS, WINDOWS, type WindowName} from '../slo/windows.js';
import type {Look} from './look.js';

/** What the contract promises of a shop's availability: the objective whose budget is watched. */
const TARGET = 0.999;
/** A window of an hour that began so long ago is read as far as it goes: a canary is seldom older. */
const LEAST_MINUTES = 10;

/** The error budget of the whole shop, both sides together, as far as the canary's looks tell. */
export type ShopBurn = {
	/** Takes a look in; tells, in words, when the budget goes too fast: no time to go on, whoever's fault it is. */
	add(look: Look): string | undefined;
};

export function openShopBurn(): ShopBurn {
	/** By minute since the epoch. */
	const minutes = new Map<number, Tally>();
	return {
		add(look) {
			const minute = Math.floor(look.atMs / MINUTE_MS);
			const errors = look.measures['errors'];
			if (errors !== undefined) {
				const {good, total} = minutes.get(minute) ?? {good: 0, total: 0};
				const trials = errors.stable.trials + errors.canary.trials;
				const bad = errors.stable.events + errors.canary.events;
				minutes.set(minute, {good: good + trials - bad, total: total + trials});
			}
			const covered = minute - Math.min(minute, ...minutes.keys());
			const rule = judgeBurn({
				target: TARGET,
				windows: windowsOf(minutes, minute),
				coveredMinutes: covered < LEAST_MINUTES ? 0 : Math.max(covered, 60),
			});
			if (rule === undefined) return undefined;
			return `the whole shop uses up its error budget ${rule.factor} times too fast (availability ${100 * TARGET} %)`;
		},
	};
}

function windowsOf(minutes: ReadonlyMap<number, Tally>, now: number): BurnFacts['windows'] {
	const sumOf = (length: number) => {
		const sum = {good: 0, total: 0};
		for (const [minute, {good, total}] of minutes) {
			if (minute <= now - length) continue;
			sum.good += good;
			sum.total += total;
		}
		return sum;
	};
	return Object.fromEntries(WINDOWS.map(({name, minutes: length}) => [name, sumOf(length)])) as Record<
		WindowName,
		Tally
	>;
}
