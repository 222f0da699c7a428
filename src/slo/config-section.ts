import {stringify} from 'yaml';
import {DEFAULT_OBJECTIVES} from './default-objectives.js';
import type {MeasuredObjective} from './objective.js';

/**
 * The section `slo` of sastaops.yaml for these objectives, to be pasted; without any, the six of the shop contract as
 * comments, since they stand unwritten too.
 */
export function configSection(own: {objectives: readonly MeasuredObjective[]; period: string} | undefined): string {
	const {objectives, period} = own ?? {objectives: DEFAULT_OBJECTIVES, period: '30d'};
	const list = stringify({objectives: objectives.map(configOf)}, {lineWidth: 0, aliasDuplicateObjects: false});
	const head = [
		'slo:',
		`  period: ${period} # the time an error budget is for: 7d, 28d or 30d`,
		'  # metrics: [http://127.0.0.1:3000/metrics] # of each instance; without it the report at shop.url is read',
		// biome-ignore lint/suspicious/noTemplateCurlyInString: the configuration's own notation
		'  # metricsToken: ${METRICS_TOKEN}',
		'  # prometheus: {url: "http://127.0.0.1:9090", labels: {job: shop}} # asked instead of the shop',
	];
	const why =
		own === undefined ? ['  # These six stand without being written. To change one, write all that shall stand:'] : [];
	const prefix = own === undefined ? '  # ' : '  ';
	return [
		...head,
		...why,
		...list
			.trimEnd()
			.split('\n')
			.map((line) => `${prefix}${line}`),
		'',
	].join('\n');
}

function configOf({name, title, target, thresholdMs = Number.NaN, alarm, indicator}: MeasuredObjective): object {
	const shared = {name, title, target: percentOf(target)};
	if (indicator.kind === 'ratio') {
		const {good, bad, total} = indicator;
		return {
			...shared,
			kind: 'ratio',
			...(alarm === undefined ? {} : {alarm: percentOf(alarm.target)}),
			...(good === undefined ? {} : {good: oneOrMore(good)}),
			...(bad === undefined ? {} : {bad: oneOrMore(bad)}),
			...(total === undefined ? {} : {total: oneOrMore(total)}),
		};
	}
	return {
		...shared,
		kind: 'latency',
		threshold: durationText(thresholdMs),
		...(alarm?.thresholdMs === undefined ? {} : {alarm: durationText(alarm.thresholdMs)}),
		histogram: indicator.histogram,
	};
}

function percentOf(share: number): number {
	return Number((share * 100).toPrecision(13));
}

function oneOrMore(selectors: readonly string[]): string | readonly string[] {
	const [first = '', ...others] = selectors;
	return others.length === 0 ? first : selectors;
}

function durationText(ms: number): string {
	return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
