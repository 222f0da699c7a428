import {escapeHtml} from '../../kernel/html.js';
import type {ObjectiveVerdict} from '../verdict.js';
import {countWords, percentOf} from '../words.js';
import type {Hour} from './make.js';
import {hourWords} from './words.js';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const CELL = 26;
const ROW = 18;
const LEFT = 64;
const TOP = 18;

/** An hour a column, a day a row; an hour that burns its budget ten times too fast, or faster, is darkest. */
export function heatMap({title, target}: ObjectiveVerdict, hours: readonly Hour[]): string {
	const first = Math.floor((hours[0]?.atMs ?? 0) / DAY_MS) * DAY_MS;
	const days = Math.ceil(((hours.at(-1)?.atMs ?? first) + HOUR_MS - first) / DAY_MS);
	const cells = hours.map(({atMs, tally}) => {
		const x = LEFT + Math.floor((atMs % DAY_MS) / HOUR_MS) * CELL;
		const y = TOP + Math.floor((atMs - first) / DAY_MS) * ROW;
		const place = `x="${x}" y="${y}" width="${CELL - 2}" height="${ROW - 2}" rx="2"`;
		if (tally === null || tally.total === 0)
			return `<rect ${place} fill="none" stroke="currentColor" stroke-opacity=".15"/>`;
		const bad = tally.total - tally.good;
		const heat = Math.min(1, bad / tally.total / (1 - target) / 10);
		const tip = `${hourWords(atMs)}: ${countWords(bad)} bad of ${countWords(tally.total)} (${percentOf(tally.good / tally.total)} good)`;
		const opacity = bad === 0 ? 1 : Math.round((0.2 + 0.8 * heat) * 100) / 100;
		return `<rect ${place} fill="var(${bad === 0 ? '--line' : '--bad'})" fill-opacity="${opacity}"><title>${escapeHtml(tip)}</title></rect>`;
	});
	const names = Array.from({length: days}, (_, day) => {
		const text = new Date(first + day * DAY_MS).toUTCString().slice(5, 11);
		return `<text x="${LEFT - 8}" y="${TOP + day * ROW + 12}" text-anchor="end">${text}</text>`;
	});
	const clock = [0, 6, 12, 18, 23].map(
		(hour) =>
			`<text x="${LEFT + hour * CELL + CELL / 2}" y="12" text-anchor="middle">${String(hour).padStart(2, '0')}</text>`,
	);
	return `<svg viewBox="0 0 ${LEFT + 24 * CELL + 8} ${TOP + days * ROW + 4}" role="img" aria-label="${escapeHtml(`Bad events by day and hour of: ${title}`)}">${[...clock, ...names, ...cells].join('')}</svg>`;
}
