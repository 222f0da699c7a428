import {escapeHtml, htmlPage} from '../../kernel/html.js';
import type {PoolAdvice} from '../pool/recommend.js';
import type {PoolReport} from '../pool/run.js';
import {countWords, msWords} from '../words.js';
import {kneeChart} from './charts.js';

/** What each pool size made of the wait, and which to use, as a page. */
export function poolHtml({steps, advice, workers}: PoolReport): string {
	const title = 'Pool size against wait';
	return htmlPage({
		title,
		body: [
			`<h1>${title}</h1>`,
			`<p class="dim">${escapeHtml(`${steps[0]?.result.server ?? ''}; ${workers} ${workers === 1 ? 'pool' : 'pools'} of each size`)}</p>`,
			...advice.map((one) =>
				section(
					one,
					steps.filter(({rate}) => rate === one.rate),
				),
			),
		].join('\n'),
	});
}

function section({rate, poolSize, reason, settings}: PoolAdvice, steps: PoolReport['steps']): string {
	const knee = steps.flatMap(({poolSize: size, result: {wait, total}}) =>
		wait === null || total.response === null ? [] : [{label: String(size), aMs: wait.p95, bMs: total.response.p95}],
	);
	const rows = steps.map(
		({poolSize: size, result: {wait, serverTime, total, connections}}) =>
			`<tr><td class="number">${size}</td>${[wait, serverTime, total.response].map((times) => `<td class="number">${times === null ? '–' : msWords(times.p95)}</td>`).join('')}<td class="number${total.failed > 0 ? ' bad' : ''}">${countWords(total.failed)}</td><td class="number">${countWords(connections.created)}</td></tr>`,
	);
	return [
		`<h2>${countWords(rate)} operations a second</h2>`,
		poolSize === null
			? `<p class="verdict warn"><span>No size can be recommended: ${escapeHtml(reason)}.</span></p>`
			: `<p class="verdict good"><span>Use maxPoolSize ${poolSize}: ${escapeHtml(reason)}.</span></p>`,
		`<figure><div class="wide">${kneeChart('Wait and total time by pool size', knee)}</div><figcaption><span class="key a"></span>wait for a connection, p95 &nbsp; <span class="key b"></span>total, p95; by pool size</figcaption></figure>`,
		`<div class="wide"><table><thead><tr><th class="number">maxPoolSize</th><th class="number">Wait p95</th><th class="number">Server p95</th><th class="number">Total p95</th><th class="number">Failed</th><th class="number">Connections made</th></tr></thead><tbody>${rows.join('')}</tbody></table></div>`,
		...(settings.length === 0
			? []
			: [
					`<div class="wide"><table><thead><tr><th>Setting</th><th class="number">Value</th><th>Why</th></tr></thead><tbody>${settings.map(({name, value, reason: why}) => `<tr><td>${name}</td><td class="number">${value}</td><td>${escapeHtml(why)}</td></tr>`).join('')}</tbody></table></div>`,
				]),
	].join('\n');
}
