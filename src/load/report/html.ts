import {escapeHtml, htmlPage} from '../../kernel/html.js';
import type {Verdict} from '../../kernel/report.js';
import type {BreakSearch, Mix} from '../mix.js';
import type {LoadResult, OperationResult} from '../result.js';
import {countWords, msWords, shareWords} from '../words.js';
import {heatMap, kneeChart, overTime} from './charts.js';

const TONES: Readonly<Record<Verdict, 'good' | 'bad' | 'warn'>> = {
	pass: 'good',
	warn: 'warn',
	fail: 'bad',
	skip: 'warn',
	inconclusive: 'warn',
};

/** One load as a page that needs nothing from anywhere. */
export function mixHtml({run: {result}, objectives}: Mix, verdict: Verdict): string {
	const title = `A load of ${countWords(result.rate)} a second`;
	const {generator} = result;
	return htmlPage({
		title,
		body: [
			`<h1>${escapeHtml(title)}</h1>`,
			`<p class="dim">${escapeHtml(`${result.server}; ${countWords(result.documents)} documents; for ${msWords(result.measuredMs)}, from ${new Date(result.startedAtMs).toUTCString()}`)}</p>`,
			verdictBlock(verdict, generator.isTruthful ? undefined : `Not to be believed: ${generator.reason ?? ''}`),
			objectivesTable(objectives),
			'<h2>What customers waited</h2>',
			'<p class="dim">From the moment each operation was due to its end, so that a stall counts for all who came meanwhile.</p>',
			operationsTable([...result.operations, result.total]),
			...pictures(result),
			...failures(result),
			'<h2>Behind it</h2>',
			facts(result),
		].join('\n'),
	});
}

function verdictBlock(verdict: Verdict, doubt: string | undefined): string {
	const words = {
		pass: 'Every objective was kept.',
		warn: 'Every objective was kept, with failures.',
		fail: 'Objectives were broken.',
		skip: '',
		inconclusive: 'It cannot be told whether the objectives hold.',
	};
	return `<p class="verdict ${TONES[verdict]}"><span>${escapeHtml([words[verdict], ...(doubt === undefined ? [] : [`${doubt}.`])].join(' '))}</span></p>`;
}

function objectivesTable(objectives: Mix['objectives']): string {
	const rows = objectives.map(({objective, verdict, total, bad, reason}) => {
		const word = {pass: 'kept', fail: 'broken', inconclusive: 'cannot tell'}[verdict];
		return `<tr><td>${escapeHtml(objective.text)}</td><td class="${TONES[verdict]}">${word}</td><td class="number">${total === 0 ? '–' : `${countWords(bad)} of ${countWords(total)} (${shareWords(bad / total)})`}</td><td>${escapeHtml(reason ?? '')}</td></tr>`;
	});
	return `<div class="wide"><table><thead><tr><th>Objective</th><th>Verdict</th><th class="number">Not within it</th><th>Why not told</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function operationsTable(operations: readonly OperationResult[]): string {
	const times = ['p50', 'p75', 'p90', 'p95', 'p99', 'p999', 'max'] as const;
	const rows = operations.map(
		({name, done, failed, response}) =>
			`<tr><td>${escapeHtml(name)}</td><td class="number">${countWords(done)}</td><td class="number${failed > 0 ? ' bad' : ''}">${countWords(failed)}</td>${times.map((time) => `<td class="number">${response === null ? '–' : msWords(response[time])}</td>`).join('')}</tr>`,
	);
	const heads = times.map((time) => `<th class="number">${time === 'p999' ? 'p99.9' : time}</th>`);
	return `<div class="wide"><table><thead><tr><th>Operation</th><th class="number">Done</th><th class="number">Failed</th>${heads.join('')}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

function pictures({intervals}: LoadResult): string[] {
	if (intervals.every(({done}) => done === 0)) return [];
	return [
		'<h2>Second by second</h2>',
		`<figure><div class="wide">${overTime(intervals)}</div><figcaption><span class="key a"></span>half were faster (p50) &nbsp; <span class="key b"></span>95 of 100 were faster (p95)</figcaption></figure>`,
		`<figure><div class="wide">${heatMap(intervals)}</div><figcaption>How long answers took: the darker, the more of them. Two clouds are two kinds of operation, a slanted streak is a stall that was worked off.</figcaption></figure>`,
	];
}

function failures({failures: kinds, arrivals}: LoadResult): string[] {
	const lines = kinds.map(
		({kind, count, example}) => `${countWords(count)} × ${kind}${example === '' ? '' : `: ${example}`}`,
	);
	if (arrivals.refused > 0) lines.push(`${countWords(arrivals.refused)} × not begun: too many were under way`);
	return lines.length === 0
		? []
		: ['<h2>What failed</h2>', `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('')}</ul>`];
}

function facts({wait, generator, connections, workers, maxPoolSize, seed, spread, arrivals}: LoadResult): string {
	const rows: [string, string][] = [
		[
			'Wait for a connection',
			wait === null
				? 'none'
				: `p50 ${msWords(wait.p50)}, p95 ${msWords(wait.p95)}, p99 ${msWords(wait.p99)}, most ${msWords(wait.max)}`,
		],
		['Connections', `${workers} × ${maxPoolSize} at most; ${connections.created} made, ${connections.closed} closed`],
		[
			'Arrivals',
			`${countWords(arrivals.due)} due, ${countWords(arrivals.started)} begun, ${countWords(arrivals.mostUnderWay)} at once at most; ${spread}, seed ${seed}`,
		],
		[
			'Generator',
			`${(Math.floor(generator.punctual * 1000) / 10).toFixed(1)} % began within 5 ms of their time; ${generator.cpuMsPerOperation.toFixed(2)} ms of CPU each, ${generator.cores.toFixed(2)} cores`,
		],
	];
	return `<div class="wide"><table><tbody>${rows.map(([name, value]) => `<tr><td class="dim">${escapeHtml(name)}</td><td>${escapeHtml(value)}</td></tr>`).join('')}</tbody></table></div>`;
}

/** The search for the highest rate as a page. */
export function breakHtml({trials, found}: BreakSearch): string {
	const sorted = trials.toSorted((a, b) => a.rate - b.rate);
	const title =
		found.from === null
			? 'No rate was kept'
			: `${countWords(found.from)} operations a second ${found.from === 1 ? 'is' : 'are'} kept`;
	const rows = sorted.map(
		({rate, outcome, result: {total}}) =>
			`<tr><td class="number">${countWords(rate)}</td><td class="${outcome === 'kept' ? 'good' : outcome === 'broken' ? 'bad' : 'warn'}">${outcome}</td><td class="number">${total.response === null ? '–' : msWords(total.response.p50)}</td><td class="number">${total.response === null ? '–' : msWords(total.response.p95)}</td><td class="number">${countWords(total.failed)}</td></tr>`,
	);
	return htmlPage({
		title,
		body: [
			`<h1>${escapeHtml(title)}</h1>`,
			`<p class="dim">${escapeHtml(trials[0]?.result.server ?? '')}${found.to === null ? '' : escapeHtml(`; ${countWords(found.to)} a second broke it`)}</p>`,
			`<figure><div class="wide">${kneeChart(
				'Response time by rate',
				sorted.map(({rate, result: {total}}) => ({
					label: countWords(rate),
					aMs: total.response?.p50 ?? 0.1,
					bMs: total.response?.p95 ?? 0.1,
				})),
			)}</div><figcaption><span class="key a"></span>p50 &nbsp; <span class="key b"></span>p95, by operations a second</figcaption></figure>`,
			`<div class="wide"><table><thead><tr><th class="number">A second</th><th>Outcome</th><th class="number">p50</th><th class="number">p95</th><th class="number">Failed</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`,
		].join('\n'),
	});
}
