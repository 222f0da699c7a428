import {lineChart} from '../../kernel/chart.js';
import {formatMoment} from '../../kernel/duration.js';
import {escapeHtml, htmlPage} from '../../kernel/html.js';
import {budgetWords, minutesWords, percentOf, stateWords} from '../words.js';
import {heatMap} from './heat-map.js';
import type {ObjectiveReport, SloReport} from './make.js';
import {summaryOf, trendWords, worstWords} from './words.js';

const DAY_MS = 86_400_000;

/** The report as one page that needs nothing from anywhere. */
export function reportHtml(report: SloReport): string {
	const {service, fromMs, atMs, minutes, where, objectives} = report;
	const {text, tone} = summaryOf(report);
	const title = `${service}: what was promised, last ${minutesWords(minutes)}`;
	return htmlPage({
		title,
		body: [
			`<h1>${escapeHtml(title)}</h1>`,
			`<p class="dim">${formatMoment(fromMs)} to ${formatMoment(atMs)}, counted by ${escapeHtml(where)}</p>`,
			`<p class="verdict ${tone}"><span>${escapeHtml(text)}.</span></p>`,
			overview(report),
			...objectives.map((objective) => section(objective, report)),
		].join('\n'),
	});
}

function overview({objectives, minutes}: SloReport): string {
	const rows = objectives.map((objective) => {
		const {title, state, ratio, target, budget} = objective.verdict;
		const tone = state === 'pass' ? 'good' : state === 'breach' ? 'bad' : 'warn';
		const word = {pass: 'kept', breach: 'broken', 'not-enough-data': 'cannot tell', 'no-data': 'no data'}[state];
		return `<tr><td>${escapeHtml(title)}</td><td class="${tone}">${word}</td><td class="number">${ratio === null ? '–' : percentOf(ratio)}</td><td class="number">${percentOf(target)}</td><td class="number">${budget === null ? '–' : budgetLeft(budget.left)}</td><td>${escapeHtml(trendWords(objective, minutes))}</td></tr>`;
	});
	return `<div class="wide"><table><thead><tr><th>Promise</th><th>Verdict</th><th class="number">Good</th><th class="number">Target</th><th class="number">Budget left</th><th>Trend</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function budgetLeft(left: number): string {
	return left < 0 ? 'overspent' : percentOf(left);
}

function section(objective: ObjectiveReport, {fromMs, atMs, minutes}: SloReport): string {
	const {verdict, hours, burnDown} = objective;
	const worst = worstWords(objective);
	return [
		`<h2>${escapeHtml(verdict.title)}</h2>`,
		`<p>${escapeHtml([stateWords(verdict), ...(verdict.budget === null ? [] : [budgetWords(verdict.budget)]), trendWords(objective, minutes)].join('. '))}.</p>`,
		...verdict.notes.map((note) => `<p class="dim">${escapeHtml(note)}.</p>`),
		...(hours.length === 0
			? ['<p class="dim">No pictures: this source tells of windows only. Give slo.metrics or slo.prometheus.</p>']
			: [
					...(burnDown.length === 0
						? []
						: [
								'<p class="dim">What was left of the error budget</p>',
								`<div class="wide">${burnDownChart(verdict.title, burnDown, {fromMs, atMs})}</div>`,
							]),
					`<p class="dim">${verdict.kind === 'latency' ? 'Slow' : 'Bad'} events by hour of the day (UTC): the darker, the more of them; empty where nothing is known</p>`,
					`<div class="wide">${heatMap(verdict, hours)}</div>`,
				]),
		...(worst.length === 0
			? []
			: [`<p>What ate the budget:</p><ul>${worst.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`]),
	].join('\n');
}

function burnDownChart(
	title: string,
	burnDown: ObjectiveReport['burnDown'],
	{fromMs, atMs}: {fromMs: number; atMs: number},
): string {
	const least = Math.min(0, ...burnDown.map(({left}) => left));
	// Overspent by far, the picture would show nothing else.
	const min = Math.max(-1, Math.floor(least * 4) / 4);
	const every = Math.max(1, Math.ceil((atMs - fromMs) / DAY_MS / 8)) * DAY_MS;
	const ticks: {at: number; text: string}[] = [];
	for (let at = Math.ceil(fromMs / DAY_MS) * DAY_MS; at < atMs; at += every)
		ticks.push({at, text: new Date(at).toUTCString().slice(5, 11)});
	return lineChart({
		label: `Error budget left of: ${title}`,
		lines: [
			{colour: 'a', isStepped: true, points: [[fromMs, 1], ...burnDown.map(({atMs: at, left}) => [at, left] as const)]},
		],
		x: {min: fromMs, max: atMs, ticks},
		y: {
			min,
			max: 1,
			ticks: [min, 0, 0.5, 1]
				.filter((at, index, all) => all.indexOf(at) === index)
				.map((at) => ({at, text: `${Math.round(at * 100)} %`})),
		},
		limits: min < 0 ? [{at: 0, text: 'spent'}] : [],
		height: 180,
	});
}
