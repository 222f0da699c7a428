import {lineChart, type Tick} from '../../kernel/chart.js';
import {escapeHtml} from '../../kernel/html.js';
import {coarseQuantile, coarseRange, type Interval, joinTimes} from '../intervals.js';
import {countWords, msWords} from '../words.js';

/** p50 and p95 of every second. */
export function overTime(intervals: readonly Interval[]): string {
	const points = (quantile: number) =>
		intervals.flatMap(({toMs, times}) => {
			const ms = coarseQuantile(joinTimes([times]), quantile);
			return ms === undefined ? [] : [[toMs / 1000, ms] as const];
		});
	const p95 = points(0.95);
	const highest = Math.max(1, ...p95.map(([, ms]) => ms));
	const lastSecond = (intervals.at(-1)?.toMs ?? 0) / 1000;
	return lineChart({
		label: 'Half of the answers, and 95 of 100, were faster than this, second by second',
		lines: [
			{colour: 'a', points: points(0.5)},
			{colour: 'b', points: p95},
		],
		x: {min: 0, max: lastSecond, ticks: ticksOf(lastSecond, 8).map((at) => ({at, text: `${at} s`}))},
		y: {min: 0, max: highest * 1.05, ticks: ticksOf(highest, 4).map((at) => ({at, text: msWords(at)}))},
		height: 220,
	});
}

export type Knee = {readonly label: string; readonly aMs: number; readonly bMs: number};

/** How two times change from step to step: where they stop falling is the knee. */
export function kneeChart(label: string, steps: readonly Knee[]): string {
	const highest = Math.max(1, ...steps.flatMap(({aMs, bMs}) => [aMs, bMs]));
	// Logarithmic: the first steps are often a hundred times the last.
	const height = (ms: number) => Math.log10(Math.max(0.1, ms));
	const top = Math.max(height(1), height(highest)) + 0.1;
	const ticks: Tick[] = [0.1, 1, 10, 100, 1000, 10_000, 100_000]
		.map((ms) => ({at: height(ms), text: msWords(ms)}))
		.filter(({at}) => at <= top);
	return lineChart({
		label,
		lines: [
			{colour: 'a', points: steps.map(({aMs}, at) => [at, height(aMs)] as const)},
			{colour: 'b', points: steps.map(({bMs}, at) => [at, height(bMs)] as const)},
		],
		x: {min: 0, max: Math.max(1, steps.length - 1), ticks: steps.map(({label: text}, at) => ({at, text}))},
		y: {min: height(0.1), max: top, ticks},
		height: 220,
	});
}

const LEFT = 64;
const WIDTH = 760;
const ROW = 9;
const TOP = 8;
/** Rows for each doubling of the time. */
const PER_DOUBLING = 2;

/** Time to the right, response times upwards (each doubling as high), the darker the more answers. */
export function heatMap(intervals: readonly Interval[]): string {
	const columns = Math.min(intervals.length, 120);
	const per = Math.ceil(intervals.length / Math.max(1, columns));
	const cells = new Map<string, number>();
	let [lowest, highest] = [Number.POSITIVE_INFINITY, 0];
	for (const [at, {times}] of intervals.entries())
		for (let pair = 0; pair < times.length; pair += 2) {
			const {lowMs} = coarseRange(times[pair] as number);
			const row = Math.floor(Math.log2(Math.max(0.05, lowMs)) * PER_DOUBLING);
			lowest = Math.min(lowest, row);
			highest = Math.max(highest, row);
			const key = `${Math.floor(at / per)},${row}`;
			cells.set(key, (cells.get(key) ?? 0) + (times[pair + 1] as number));
		}
	if (cells.size === 0) return '';
	const most = Math.max(...cells.values());
	const used = Math.ceil(intervals.length / per);
	const width = (WIDTH - LEFT) / used;
	const bottom = TOP + (highest - lowest + 1) * ROW;
	const rects = [...cells].map(([key, count]) => {
		const [column = 0, row = 0] = key.split(',').map(Number);
		const opacity = Math.round((0.12 + 0.88 * Math.sqrt(count / most)) * 100) / 100;
		const y = bottom - (row - lowest + 1) * ROW;
		const from = 2 ** (row / PER_DOUBLING);
		const tip = `${countWords(count)} answers of ${msWords(from)} to ${msWords(from * 2 ** (1 / PER_DOUBLING))}`;
		return `<rect x="${(LEFT + column * width).toFixed(1)}" y="${y}" width="${Math.max(0.5, width - 0.5).toFixed(1)}" height="${ROW - 1}" fill="var(--a)" fill-opacity="${opacity}"><title>${escapeHtml(tip)}</title></rect>`;
	});
	const labels: string[] = [];
	for (let row = lowest; row <= highest; row++) {
		if (row % (2 * PER_DOUBLING) !== 0 && highest - lowest > 6) continue;
		labels.push(
			`<text x="${LEFT - 8}" y="${bottom - (row - lowest) * ROW}" text-anchor="end">${msWords(2 ** (row / PER_DOUBLING))}</text>`,
		);
	}
	const lastSecond = (intervals.at(-1)?.toMs ?? 0) / 1000;
	const clock = ticksOf(lastSecond, 8).map((at) => {
		const x = LEFT + (at / lastSecond) * (WIDTH - LEFT);
		return `<text x="${x.toFixed(1)}" y="${bottom + 18}" text-anchor="${at > lastSecond * 0.95 ? 'end' : 'middle'}">${at} s</text>`;
	});
	return `<svg viewBox="0 0 ${WIDTH} ${bottom + 24}" role="img" aria-label="How many answers took how long, second by second">${[...rects, ...labels, ...clock].join('')}</svg>`;
}

/** Round numbers from nothing to the end, about as many as asked for. */
function ticksOf(end: number, count: number): number[] {
	if (!(end > 0)) return [0];
	const rough = end / count;
	const unit = 10 ** Math.floor(Math.log10(rough));
	const step = ([1, 2, 5, 10].find((times) => times * unit >= rough) ?? 10) * unit;
	const ticks: number[] = [];
	for (let at = 0; at <= end + step / 1e6; at += step) ticks.push(Math.round(at * 1000) / 1000);
	return ticks;
}
