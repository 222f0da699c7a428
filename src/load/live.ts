import type {HostEvent} from '../kernel/host.js';
import {measureStartMs, planEndMs} from './arrivals.js';
import {coarseQuantile, joinTimes} from './intervals.js';
import type {LoadObjective} from './objective.js';
import type {Look} from './run.js';
import {msWords} from './words.js';

/** A running load as a screen, a line, and data. Pure. */
export function liveOf(look: Look, objectives: readonly LoadObjective[]): HostEvent {
	const {elapsedMs, plan, interval, done, failed, underWay} = look;
	const phase =
		elapsedMs < measureStartMs(plan)
			? 'warming up'
			: elapsedMs < planEndMs(plan)
				? `${seconds(elapsedMs - measureStartMs(plan))} of ${seconds(plan.measureMs)}`
				: 'waiting for the last answers';
	const times = joinTimes(interval === undefined ? [] : [interval.times]);
	const p50 = coarseQuantile(times, 0.5);
	const p95 = coarseQuantile(times, 0.95);
	const last =
		interval === undefined || p95 === undefined || p50 === undefined
			? 'nothing measured yet'
			: `${Math.round((interval.done / (interval.toMs - interval.fromMs)) * 1000)} a second, p50 ${msWords(p50)}, p95 ${msWords(p95)}`;
	const counts = `${done} done, ${failed} failed, ${underWay} under way`;
	return {
		type: 'live',
		screen: [
			`Load of ${plan.rate} a second   ${phase}`,
			`  last second   ${last}`,
			`  so far        ${counts}`,
			...(objectives.length === 0 ? [] : [`  objectives    ${objectives.map(({text}) => text).join(', ')}`]),
		],
		line: `${phase}: ${last}; ${counts}`,
		// For a log: a line every ten seconds.
		isNews: interval !== undefined && Math.floor(interval.toMs / 10_000) > Math.floor(interval.fromMs / 10_000),
		data: {phase, elapsedMs: Math.round(elapsedMs), p50Ms: p50 ?? null, p95Ms: p95 ?? null, done, failed, underWay},
	};
}

function seconds(ms: number): string {
	return `${Math.max(0, Math.round(ms / 1000))} s`;
}
