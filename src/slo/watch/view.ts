import {formatDuration} from '../../kernel/duration.js';
import {SYMBOLS} from '../../kernel/render-text.js';
import type {SloCheck} from '../check.js';
import type {ObjectiveVerdict} from '../verdict.js';
import {countWords, percentOf} from '../words.js';
import type {Happening, WatchRecord, WatchSample} from './record.js';

/** A watch at one look: what the live view, the lines and the JSON lines are made of. */
export type WatchView = {
	readonly record: WatchRecord;
	readonly check: SloCheck | undefined;
	readonly atMs: number;
	readonly news: readonly Happening[];
	/** Why nobody answered at this look. */
	readonly why: string | undefined;
};

const NEWEST = 5;
const SPARKS = '▁▂▃▄▅▆▇█';
const SPARK_WIDTH = 24;

/** The live screen, 80 columns wide. */
export function watchScreen(view: WatchView): string[] {
	const {record, check} = view;
	return [
		headline(view),
		'',
		...(check?.objectives ?? []).map((objective) => objectiveLine(objective, record.samples)),
		...(view.why === undefined ? [] : ['', `  ${SYMBOLS.failed} ${view.why}`]),
		...(record.happenings.length === 0 ? [] : ['']),
		...record.happenings.slice(-NEWEST).map(({atMs, text, severity}) => `  ${clock(atMs)}  ${mark(severity)} ${text}`),
	];
}

/** The same in one line, for a log. */
export function watchLine(view: WatchView): string {
	const {check, news, why} = view;
	const states = (check?.objectives ?? []).map(({name, state, ratio}) =>
		state === 'no-data' ? `${name} –` : `${name} ${percentOf(ratio ?? 0)}`,
	);
	const told = news.map(({text}) => `   ${text}`).join('');
	return `${headline(view)}   ${why ?? states.join(', ')}${told}`;
}

/** The same for machines. */
export function watchData({record, check, news, why}: WatchView): object {
	return {
		startedAt: new Date(record.startedMs).toISOString(),
		until: new Date(record.untilMs).toISOString(),
		looks: record.looks,
		silentLooks: record.silentLooks,
		firing: Object.keys(record.firing),
		objectives: (check?.objectives ?? []).map(({name, state, good, total, ratio}) => ({
			name,
			state,
			good,
			total,
			ratio,
		})),
		news,
		...(why === undefined ? {} : {why}),
	};
}

function headline({record, atMs}: WatchView): string {
	const wrong = Object.keys(record.firing).length;
	const left = record.untilMs <= atMs ? 'over' : `${formatDuration(record.untilMs - atMs)} left`;
	return `Watching for ${formatDuration(atMs - record.startedMs)}, ${left}   ${wrong === 0 ? 'nothing is wrong' : `${wrong} ${wrong === 1 ? 'thing is' : 'things are'} wrong`}`;
}

function objectiveLine(objective: ObjectiveVerdict, samples: readonly WatchSample[]): string {
	const {name, state, ratio, total, burn, alarm} = objective;
	const isBurning = alarm?.state === 'firing' || burn.some((rule) => rule.state === 'firing');
	const symbol = isBurning || state === 'breach' ? SYMBOLS.failed : state === 'pass' ? SYMBOLS.done : SYMBOLS.unknown;
	const value = state === 'no-data' ? '–' : percentOf(ratio ?? 0);
	return `  ${symbol} ${name.padEnd(18)}${value.padStart(11)}  of ${countWords(total).padEnd(10)} ${spark(name, samples)}`;
}

/** Bad events' share over the watch: the higher, the worse; a dot where nobody knows. */
function spark(name: string, samples: readonly WatchSample[]): string {
	return samples
		.slice(-SPARK_WIDTH)
		.map(({counts}) => {
			const [bad, total] = counts[name] ?? [0, 0];
			if (total === 0) return '·';
			const share = Math.min(1, (bad / total) * 10);
			return SPARKS[Math.min(SPARKS.length - 1, Math.ceil(share * (SPARKS.length - 1)))] ?? '█';
		})
		.join('');
}

function mark(severity: Happening['severity']): string {
	return severity === 'critical' ? SYMBOLS.failed : severity === 'warning' ? SYMBOLS.warn : SYMBOLS.done;
}

function clock(atMs: number): string {
	return `${new Date(atMs).toISOString().slice(11, 16)} UTC`;
}
