import {lineChart, type Tick} from '../../kernel/chart.js';
import {formatDuration, formatMoment} from '../../kernel/duration.js';
import {escapeHtml, htmlPage} from '../../kernel/html.js';
import {toleranceWords} from '../guard.js';
import {cellWords, rangeWords, verdictWords} from '../guard-words.js';
import {type Histogram, totalOf} from '../histogram.js';
import type {Verdict} from '../judge.js';
import type {CanaryPlan} from '../plan.js';
import type {Timeline} from './timeline.js';

/** The report of a canary as one page: verdict first, then what it rests on, in pictures and figures. */
export function canaryHtml(plan: CanaryPlan, timeline: Timeline): string {
	const {fromMs, toMs, verdict, requests} = timeline;
	const beside = plan.stableVersion === null ? '' : ` beside ${plan.stableVersion}`;
	return htmlPage({
		title: `Canary ${plan.version} of ${plan.shop}`,
		body: [
			`<h1>Canary ${escapeHtml(plan.version)}${escapeHtml(beside)}</h1>`,
			`<p class="dim">${escapeHtml(plan.shop)}, ${escapeHtml(plan.environment)} · ${formatMoment(fromMs)}, ${formatDuration(toMs - fromMs)} · ${requests.toLocaleString('en-IN')} requests saw it · by ${escapeHtml(plan.splitter.title)} · run ${escapeHtml(plan.run)}</p>`,
			verdictBlock(plan, timeline),
			'<h2>Guards</h2>',
			guardTable(plan, verdict),
			'<h2>Evidence over time</h2>',
			'<p>Up is evidence that the canary is worse than it may be; at the red line it is proof. One is none.</p>',
			evidenceChart(plan, timeline),
			'<h2>Traffic</h2>',
			shareChart(timeline),
			...(hasLatency(timeline) ? ['<h2>Answer times</h2>', latencyChart(timeline)] : []),
			'<h2>What happened</h2>',
			`<ol class="log">${timeline.news.map(({atMs, text}) => `<li><time>${clock(atMs)}</time><span>${escapeHtml(text)}</span></li>`).join('')}</ol>`,
			`<p class="dim">Sent back although it is fine: below ${100 * plan.alpha} in 100 canaries, however often one looks.</p>`,
		].join('\n'),
	});
}

function verdictBlock(plan: CanaryPlan, {outcome}: Timeline): string {
	if (outcome === undefined) return `<p class="verdict warn"><span>Not ended yet.</span></p>`;
	if (outcome.kind === 'passed') {
		const weak =
			outcome.unproven.length === 0 ? '' : ` Nothing was worse; not proved fine: ${outcome.unproven.join(', ')}.`;
		return `<p class="verdict good"><span>${escapeHtml(`${plan.version} passed every stage.${weak}`)}</span></p>`;
	}
	const word = outcome.isInconclusive ? 'Taken back without a verdict' : 'Rolled back';
	return `<p class="verdict ${outcome.isInconclusive ? 'warn' : 'bad'}"><span>${escapeHtml(`${word}: ${outcome.reason}.`)}</span></p>`;
}

function guardTable(plan: CanaryPlan, verdict: Verdict): string {
	const rows = verdict.guards.map((guard, index) => {
		const planned = plan.guards[index];
		return `<tr><td>${escapeHtml(guard.title)}</td><td class="number">${cellWords(guard, verdict, 'canary')}</td><td class="number">${cellWords(guard, verdict, 'stable')}</td><td>${rangeWords(guard)}</td><td>${planned === undefined ? '' : escapeHtml(toleranceWords(planned, planned.worse))}</td><td class="${{worse: 'bad', fine: 'good', open: 'warn', unseen: 'dim'}[guard.state]}">${escapeHtml(verdictWords(guard))}</td></tr>`;
	});
	return `<div class="wide" tabindex="0" role="region" aria-label="Guards"><table><thead><tr><th>guard</th><th class="number">canary</th><th class="number">stable</th><th>odds still possible</th><th>may be</th><th>verdict</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

/** Decades from a thousandth to a million: what lies beyond says no more. */
const LEAST = -2;
const MOST = 6;

function evidenceChart(plan: CanaryPlan, timeline: Timeline): string {
	const log = (value: number) => Math.log10(Math.max(value, 10 ** LEAST));
	const all = timeline.points.map(({atMs, verdict}) => [atMs, log(verdict.evidence)] as const);
	const proof = Math.log10(1 / plan.alpha);
	const top = Math.min(MOST, Math.max(proof + 1, ...all.map(([, value]) => value)));
	return figure(
		'Evidence over time',
		lineChart({
			label: `Evidence against the canary; it ended at ${timeline.verdict.evidence.toPrecision(2)}, and ${1 / plan.alpha} is proof`,
			lines: [{colour: 'b', points: all}],
			x: timeAxis(timeline),
			y: {min: LEAST, max: top, ticks: decades(LEAST, Math.floor(top))},
			limits: [{at: proof, text: 'proved worse'}],
		}),
		'All guards together, on a logarithmic scale.',
	);
}

function decades(from: number, to: number): Tick[] {
	return Array.from({length: to - from + 1}, (_, index) => {
		const power = from + index;
		return {at: power, text: power < 0 ? `1/${10 ** -power}` : String(10 ** power)};
	});
}

function shareChart(timeline: Timeline): string {
	return figure(
		'Traffic of the canary',
		lineChart({
			label: 'Share of the traffic that the canary got',
			lines: [
				{colour: 'a', isStepped: true, points: timeline.points.map(({atMs, share}) => [atMs, 100 * share] as const)},
			],
			x: timeAxis(timeline),
			y: {min: 0, max: 100, ticks: [0, 25, 50, 75, 100].map((at) => ({at, text: `${at} %`}))},
			height: 150,
		}),
		'Share of the traffic that the canary got.',
	);
}

function timeAxis({fromMs, toMs}: Timeline) {
	const span = Math.max(1, toMs - fromMs);
	const ticks = [0, 0.25, 0.5, 0.75, 1].map((part) => ({at: fromMs + part * span, text: formatDuration(part * span)}));
	return {min: fromMs, max: fromMs + span, ticks};
}

function hasLatency({latency}: Timeline): boolean {
	return [latency.canary, latency.stable].every((histogram) => histogram !== undefined && totalOf(histogram) > 0);
}

function latencyChart({latency, verdict}: Timeline): string {
	const {canary, stable} = latency;
	if (canary === undefined || stable === undefined) return '';
	const filled = stable.edgesMs.filter((_, index) => (stable.counts[index] ?? 0) + (canary.counts[index] ?? 0) > 0);
	const [least, most] = [Math.log10(filled[0] ?? 1) - 0.1, Math.log10(filled.at(-1) ?? 1000) + 0.05];
	const lineOf = (histogram: Histogram) => {
		const total = totalOf(histogram);
		let slower = total;
		return histogram.edgesMs.map((edge, index) => {
			slower -= histogram.counts[index] ?? 0;
			return [Math.log10(edge), (100 * slower) / total] as const;
		});
	};
	const ticks = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000]
		.filter((ms) => Math.log10(ms) >= least && Math.log10(ms) <= most)
		.map((ms) => ({at: Math.log10(ms), text: ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`}));
	return figure(
		'Answer times',
		lineChart({
			label: `Share of requests slower than each time; p95 is ${Math.round(verdict.p95Ms.canary ?? 0)} ms on the canary and ${Math.round(verdict.p95Ms.stable ?? 0)} ms on stable`,
			lines: [
				{colour: 'a', points: lineOf(stable)},
				{colour: 'b', points: lineOf(canary)},
			],
			x: {min: least, max: most, ticks},
			y: {min: 0, max: 100, ticks: [0, 25, 50, 75, 100].map((at) => ({at, text: `${at} %`}))},
		}),
		'Share of requests that were slower. <span class="key b"></span>canary <span class="key a"></span>stable',
	);
}

function figure(name: string, svg: string, caption: string): string {
	return `<figure><div class="wide" tabindex="0" role="region" aria-label="${name}">${svg}</div><figcaption>${caption}</figcaption></figure>`;
}

function clock(ms: number): string {
	return new Date(ms).toISOString().slice(11, 19);
}
