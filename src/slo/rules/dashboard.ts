import {selectorText} from '../../kernel/selector.js';
import type {MeasuredObjective} from '../objective.js';
import {selectorWith} from '../series.js';
import {ALERT, BAD_RATIO, BUDGET_LEFT, EVENTS, LABEL, TARGET} from './names.js';
import type {RuleOptions} from './rule-options.js';

type Target = {
	readonly expr: string;
	readonly legendFormat: string;
	readonly format?: string;
	readonly instant?: boolean;
};

type Panel = {
	readonly title: string;
	readonly description: string;
	readonly type: 'stat' | 'timeseries' | 'heatmap' | 'table';
	readonly width: number;
	readonly height: number;
	readonly unit: string;
	readonly targets: readonly Target[];
	readonly extra?: object;
};

/** Whichever Prometheus the reader chooses above the dashboard. */
// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own notation
const DATASOURCE = {type: 'prometheus', uid: '${datasource}'};
const CHOSEN = `${LABEL.service}="$service",${LABEL.slo}=~"$slo"`;
const WIDTH = 24;

/** A dashboard of Grafana 9 and newer, without what is stamped. @throws SastaError SELECTOR_INVALID */
export function dashboard(objectives: readonly MeasuredObjective[], options: RuleOptions): object {
	return {
		title: 'Service level objectives',
		uid: 'sastaops-slo',
		tags: ['sastaops', 'slo'],
		schemaVersion: 37,
		version: 1,
		editable: true,
		graphTooltip: 1,
		refresh: '1m',
		time: {from: 'now-24h', to: 'now'},
		timezone: 'browser',
		templating: {
			list: [
				{name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus', refresh: 1, hide: 0},
				variable('service', `label_values(${TARGET}, ${LABEL.service})`, false),
				variable('slo', `label_values(${TARGET}{${LABEL.service}="$service"}, ${LABEL.slo})`, true),
			],
		},
		annotations: {
			list: [
				{
					name: 'Alerts',
					datasource: DATASOURCE,
					enable: true,
					iconColor: 'red',
					expr: `ALERTS{alertname=~"${Object.values(ALERT).join('|')}",alertstate="firing",${CHOSEN}}`,
					titleFormat: `{{${LABEL.slo}}}`,
					textFormat: `{{alertname}} {{${LABEL.severity}}}`,
					step: '60s',
				},
			],
		},
		panels: placed([...overview(options), ...heatMaps(objectives, options), ...traffic()]),
	};
}

function variable(name: string, query: string, isMany: boolean): object {
	return {
		name,
		type: 'query',
		datasource: DATASOURCE,
		query: {query, refId: name},
		refresh: 2,
		sort: 1,
		multi: isMany,
		includeAll: isMany,
		...(isMany ? {current: {text: ['All'], value: ['$__all']}} : {}),
	};
}

function overview({period}: RuleOptions): Panel[] {
	const legendFormat = `{{${LABEL.slo}}}`;
	const burn = (window: string) =>
		`${BAD_RATIO}${window}{${CHOSEN}} / on (${LABEL.service}, ${LABEL.slo}) (1 - ${TARGET}{${CHOSEN}})`;
	return [
		{
			title: `Error budget left, ${period}`,
			description: 'Below 0 it is overspent. No number: nothing was counted, which is neither good nor bad.',
			type: 'stat',
			width: WIDTH,
			height: 5,
			unit: 'percentunit',
			targets: [{expr: `${BUDGET_LEFT}{${CHOSEN}}`, legendFormat, instant: true}],
			extra: {options: {reduceOptions: {calcs: ['lastNotNull']}, colorMode: 'background', textMode: 'value_and_name'}},
		},
		{
			title: `Good events, ${period}`,
			description: 'Weighted by events: a busy hour counts for what it is.',
			type: 'table',
			width: WIDTH / 2,
			height: 8,
			unit: 'percentunit',
			targets: [
				{expr: `1 - ${BAD_RATIO}${period}{${CHOSEN}}`, legendFormat: 'good', format: 'table', instant: true},
				{expr: `${TARGET}{${CHOSEN}}`, legendFormat: 'promised', format: 'table', instant: true},
			],
			extra: {
				transformations: [
					{id: 'merge', options: {}},
					{
						id: 'organize',
						options: {excludeByName: {Time: true}, renameByName: {'Value #A': 'good', 'Value #B': 'promised'}},
					},
				],
			},
		},
		{
			title: 'Budget burn-down',
			description: 'How the error budget of the period went.',
			type: 'timeseries',
			width: WIDTH / 2,
			height: 8,
			unit: 'percentunit',
			targets: [{expr: `${BUDGET_LEFT}{${CHOSEN}}`, legendFormat}],
		},
		...(['5m', '1h', '6h', '3d'] as const).map(
			(window): Panel => ({
				title: `Burn rate, ${window}`,
				description: '1 uses the budget up exactly in its period.',
				type: 'timeseries',
				width: WIDTH / 4,
				height: 7,
				unit: 'none',
				targets: [{expr: burn(window), legendFormat}],
			}),
		),
	];
}

function heatMaps(objectives: readonly MeasuredObjective[], options: RuleOptions): Panel[] {
	return objectives.flatMap((objective) => {
		const {indicator, name} = objective;
		if (indicator.kind !== 'latency') return [];
		const selector = selectorWith(indicator.histogram, options.selectorLabels);
		const {expr, format} = options.isNative
			? {expr: `sum(increase(${selectorText(selector)}[$__rate_interval]))`, format: 'time_series'}
			: {
					expr: `sum by (le) (increase(${selectorText({...selector, name: `${selector.name}_bucket`})}[$__rate_interval]))`,
					format: 'heatmap',
				};
		return [
			{
				title: `Latency: ${name}`,
				description: objective.title,
				type: 'heatmap',
				width: WIDTH / 3,
				height: 8,
				unit: 's',
				targets: [{expr, legendFormat: '{{le}}', format}],
				extra: {options: {calculate: false, yAxis: {unit: 's'}, color: {mode: 'scheme', scheme: 'Oranges'}}},
			} satisfies Panel,
		];
	});
}

function traffic(): Panel[] {
	return [
		{
			title: 'Events a second',
			description: 'What is counted at all: requests, checkouts, payments.',
			type: 'timeseries',
			width: WIDTH,
			height: 7,
			unit: 'reqps',
			targets: [{expr: `${EVENTS}5m{${CHOSEN}} / 300`, legendFormat: `{{${LABEL.slo}}}`}],
		},
	];
}

/** Left to right, then down. */
function placed(panels: readonly Panel[]): object[] {
	let [x, y, rowHeight] = [0, 0, 0];
	return panels.map(({title, description, type, width, height, unit, targets, extra}, index) => {
		if (x + width > WIDTH) [x, y, rowHeight] = [0, y + rowHeight, 0];
		const gridPos = {x, y, w: width, h: height};
		x += width;
		rowHeight = Math.max(rowHeight, height);
		return {
			id: index + 1,
			title,
			description,
			type,
			gridPos,
			datasource: DATASOURCE,
			fieldConfig: {defaults: {unit, custom: {}}, overrides: []},
			options: {},
			targets: targets.map((target, at) => ({
				refId: String.fromCharCode(65 + at),
				datasource: DATASOURCE,
				...target,
				range: target.instant !== true,
			})),
			...extra,
		};
	});
}
