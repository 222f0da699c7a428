import type {SloConfig} from '../kernel/config/schema.js';
import {durationMs, formatDuration} from '../kernel/duration.js';
import {DEFAULT_OBJECTIVES} from './default-objectives.js';
import type {Indicator, MeasuredObjective} from './objective.js';

type Configured = NonNullable<SloConfig['objectives']>[number];

/** What is promised: the objectives of the configuration, or those of the shop contract where it names none. */
export function objectivesOfConfig({objectives}: Pick<SloConfig, 'objectives'>): readonly MeasuredObjective[] {
	return objectives?.map(objectiveOf) ?? DEFAULT_OBJECTIVES;
}

function objectiveOf(configured: Configured): MeasuredObjective {
	const {name, kind} = configured;
	const target = shareOfPercent(configured.target);
	const title = configured.title ?? titleOf(configured);
	if (kind === 'ratio') {
		const {alarm} = configured;
		return {
			name,
			title,
			kind,
			target,
			...(alarm === undefined ? {} : {alarm: {target: shareOfPercent(alarm)}}),
			indicator: ratioOf(configured),
		};
	}
	const {threshold, alarm, histogram} = configured;
	return {
		name,
		title,
		kind,
		target,
		thresholdMs: durationMs(threshold),
		...(alarm === undefined ? {} : {alarm: {target, thresholdMs: durationMs(alarm)}}),
		indicator: {kind, histogram},
	};
}

function ratioOf({good, bad, total}: Extract<Configured, {kind: 'ratio'}>): Indicator {
	return {
		kind: 'ratio',
		...(good === undefined ? {} : {good: listOf(good)}),
		...(bad === undefined ? {} : {bad: listOf(bad)}),
		...(total === undefined ? {} : {total: listOf(total)}),
	};
}

function listOf(selectors: string | readonly string[]): readonly string[] {
	return typeof selectors === 'string' ? [selectors] : selectors;
}

/** 0.573 of 57.3, and not 0.5730000000000001: the target as it was written. */
function shareOfPercent(percent: number): number {
	return Number((percent / 100).toPrecision(15));
}

function titleOf(configured: Configured): string {
	const what = configured.name.replaceAll('_', ' ');
	return configured.kind === 'ratio'
		? `${what}: ${configured.target} % are good`
		: `${what}: ${configured.target} % within ${limitWords(durationMs(configured.threshold))}`;
}

/** `300 ms`, `2 s`, `2.5 s`, `1 min 30 s`. */
function limitWords(ms: number): string {
	if (ms < 1000) return `${ms} ms`;
	return ms < 60_000 ? `${ms / 1000} s` : formatDuration(ms);
}
