import {escapeHtml} from './html.js';

export type Line = {
	/** `a` and `b` are the page's two colours. */
	readonly colour: 'a' | 'b';
	readonly points: readonly (readonly [x: number, y: number])[];
	/** Goes level from point to point, and is filled below. @default false */
	readonly isStepped?: boolean;
};

export type Tick = {readonly at: number; readonly text: string};

export type Chart = {
	/** Says what is seen, for whoever cannot see it. */
	readonly label: string;
	readonly lines: readonly Line[];
	readonly x: {readonly min: number; readonly max: number; readonly ticks: readonly Tick[]};
	readonly y: {readonly min: number; readonly max: number; readonly ticks: readonly Tick[]};
	/** Level lines with a meaning. */
	readonly limits?: readonly {readonly at: number; readonly text: string; readonly isFine?: boolean}[];
	/** Of 760 units of width. @default 220 */
	readonly height?: number;
};

const WIDTH = 760;
const LEFT = 56;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 28;

/** A line chart as SVG, without scripts; what lies outside is drawn at the edge. */
export function lineChart({label, lines, x, y, limits = [], height = 220}: Chart): string {
	const px = (value: number) => LEFT + ((clamp(value, x) - x.min) / (x.max - x.min || 1)) * (WIDTH - LEFT - RIGHT);
	const py = (value: number) =>
		height - BOTTOM - ((clamp(value, y) - y.min) / (y.max - y.min || 1)) * (height - TOP - BOTTOM);
	const grid = y.ticks.map(
		({at, text}) =>
			`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(py(at))}" y2="${round(py(at))}"/><text x="${LEFT - 8}" y="${round(py(at) + 4)}" text-anchor="end">${escapeHtml(text)}</text>`,
	);
	const bottom = x.ticks.map(({at, text}) => {
		// A word in the middle of the last tick would be cut.
		const anchor = px(at) > WIDTH - RIGHT - 30 ? 'end' : 'middle';
		return `<text x="${round(px(at))}" y="${height - 8}" text-anchor="${anchor}">${escapeHtml(text)}</text>`;
	});
	const drawn = lines.map(({colour, points, isStepped = false}) => {
		const places = points.map(([at, value]) => [round(px(at)), round(py(value))] as const);
		if (!isStepped) return `<polyline class="${colour}" points="${places.map((place) => place.join(',')).join(' ')}"/>`;
		const [first, ...rest] = places;
		if (first === undefined) return '';
		const steps = rest.map(([left, up]) => `H${left}V${up}`).join('');
		const floor = round(py(y.min));
		return `<path class="fill ${colour}" d="M${first[0]},${floor}V${first[1]}${steps}V${floor}Z"/><path class="${colour}" d="M${first.join(',')}${steps}"/>`;
	});
	const levels = limits.map(
		({at, text, isFine = false}) =>
			`<line class="limit${isFine ? ' fine' : ''}" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${round(py(at))}" y2="${round(py(at))}"/><text x="${WIDTH - RIGHT}" y="${round(py(at) - 5)}" text-anchor="end">${escapeHtml(text)}</text>`,
	);
	return `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="${escapeHtml(label)}">${[...grid, ...bottom, ...drawn, ...levels].join('')}</svg>`;
}

function clamp(value: number, {min, max}: {min: number; max: number}): number {
	return Math.min(Math.max(value, min), max);
}

function round(value: number): number {
	return Math.round(value * 10) / 10;
}
