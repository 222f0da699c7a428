import uPlot from 'uplot';
import type {DashboardSeries} from '../data.js';
import {TIME_ZONE} from '../formats.js';

export type Range = 'lastHour' | 'lastTwoDays';

export type Charts = {show(series: DashboardSeries): void};

type Line = {readonly name: keyof Omit<DashboardSeries, 'at'>; readonly label: string; readonly colour: string};

const CHARTS: readonly {readonly id: string; readonly lines: readonly Line[]}[] = [
	{
		id: 'traffic',
		lines: [
			{name: 'requests', label: 'requests', colour: '--one'},
			{name: 'errors', label: 'errors', colour: '--bad'},
		],
	},
	{
		id: 'latency',
		lines: [
			{name: 'p50', label: 'half', colour: '--one'},
			{name: 'p95', label: '95 %', colour: '--two'},
			{name: 'p99', label: '99 %', colour: '--three'},
		],
	},
	{
		id: 'sales',
		lines: [
			{name: 'checkouts', label: 'checkouts', colour: '--one'},
			{name: 'paid', label: 'paid', colour: '--good'},
		],
	},
];

const HEIGHT = 180;

/** Draws the charts, one cursor over all of them; made anew when the page changes from light to dark. */
export function openCharts(): Charts {
	let plots: {readonly plot: uPlot; readonly lines: readonly Line[]}[] = [];
	let latest: DashboardSeries | undefined;

	const draw = (series: DashboardSeries) => {
		for (const {plot} of plots) plot.destroy();
		plots = CHARTS.map(({id, lines}) => ({plot: makePlot(id, lines, series), lines}));
	};
	matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => latest && draw(latest));
	new ResizeObserver(() => {
		for (const {plot} of plots) plot.setSize({width: widthOf(plot.root.parentElement), height: HEIGHT});
	}).observe(document.body);

	return {
		show(series) {
			latest = series;
			if (plots.length === 0) draw(series);
			else for (const {plot, lines} of plots) plot.setData(dataOf(lines, series));
		},
	};
}

function makePlot(id: string, lines: readonly Line[], series: DashboardSeries): uPlot {
	const place = document.getElementById(id);
	const axis = {stroke: colourOf('--quiet'), grid: {stroke: colourOf('--line')}, ticks: {stroke: colourOf('--line')}};
	return new uPlot(
		{
			width: widthOf(place),
			height: HEIGHT,
			cursor: {sync: {key: 'shop'}},
			tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), TIME_ZONE),
			axes: [
				{
					...axis,
					space: 70,
					values: [
						[3600, '{HH}:{mm}', '\n{DD} {MMM}', null, '\n{DD} {MMM}', null, null, null, 1],
						[60, '{HH}:{mm}', '\n{DD} {MMM}', null, '\n{DD} {MMM}', null, null, null, 1],
					],
				},
				{...axis, size: 60},
			],
			scales: {y: {range: (_plot, _low, high) => [0, Math.max(1, high * 1.05)]}},
			series: [
				{value: '{DD} {MMM} {HH}:{mm}'},
				...lines.map(({label, colour}) => ({
					label,
					stroke: colourOf(colour),
					width: 2,
					points: {show: false},
					value: (_plot: uPlot, value: number | null) => (value === null ? '–' : value.toLocaleString('en-IN')),
				})),
			],
		},
		dataOf(lines, series),
		place ?? document.body,
	);
}

function dataOf(lines: readonly Line[], series: DashboardSeries): uPlot.AlignedData {
	return [[...series.at], ...lines.map(({name}) => [...series[name]])] as uPlot.AlignedData;
}

function widthOf(place: Element | null): number {
	return Math.max(200, place?.clientWidth ?? 600);
}

function colourOf(name: string): string {
	// light-dark() is worked out by the browser only in a real property.
	const probe = document.createElement('span');
	probe.style.color = `var(${name})`;
	document.body.append(probe);
	const {color} = getComputedStyle(probe);
	probe.remove();
	return color;
}
