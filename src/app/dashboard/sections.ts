import type {DashboardData, DashboardObjective} from './data.js';
import {formatCount, formatMoment, formatPercent, formatRupees, formatUptime} from './formats.js';
import {type Html, html} from './html.js';

/** The parts of the page that change, by the id of the element they fill: drawn on the server, and again in the browser. */
export function renderSections(data: DashboardData): Readonly<Record<SectionId, Html>> {
	return {
		state: state(data),
		objectives: objectives(data),
		funnel: funnel(data),
		errors: errors(data),
		pool: pool(data),
		releases: releases(data),
		alerts: alerts(data),
	};
}

export type SectionId = 'state' | 'objectives' | 'funnel' | 'errors' | 'pool' | 'releases' | 'alerts';

const MARKS = {
	pass: {mark: '✓', word: 'met'},
	fail: {mark: '✕', word: 'missed'},
	inconclusive: {mark: '?', word: 'not enough data'},
} as const;

function state({shop, health, objectives: all, source, generatedAt, alerts: told}: DashboardData): Html {
	const missed = all.filter(({verdict}) => verdict === 'fail').length;
	const unproved = all.filter(({verdict}) => verdict === 'inconclusive').length;
	const isUp = health.status === 'ok';
	const tone = !isUp || told.some(({severity}) => severity === 'critical') ? 'bad' : missed > 0 ? 'warn' : 'good';
	const words = isUp ? 'The shop is up' : 'The shop is down';
	const promises =
		missed > 0
			? `${missed} of ${all.length} objectives missed`
			: unproved === all.length
				? 'no objective has enough data yet'
				: `no objective missed${unproved > 0 ? `, ${unproved} without enough data` : ''}`;
	return html`<p class="verdict ${tone}"><strong>${words}</strong>; ${promises}.</p>
<dl class="facts">
<div><dt>Version</dt><dd>${shop.version} <span class="quiet">${shop.commit.slice(0, 7)}</span></dd></div>
<div><dt>Environment</dt><dd>${shop.environment}</dd></div>
<div><dt>Up for</dt><dd>${formatUptime(shop.uptimeSeconds)}</dd></div>
<div><dt>Database</dt><dd>${health.databaseLatencyMs === null ? 'no answer' : `${health.databaseLatencyMs} ms`}</dd></div>
<div><dt>Writes</dt><dd>${health.maintenance === null ? 'unknown' : health.maintenance ? 'refused: maintenance' : 'taken'}</dd></div>
<div><dt>As of</dt><dd><time datetime="${generatedAt}">${formatMoment(generatedAt)} IST</time></dd></div>
</dl>${source === 'process' ? html`<p class="note">The database did not answer: these are the counts of one process since its start, and prove nothing.</p>` : undefined}`;
}

function objectives({objectives: all}: DashboardData): Html {
	const windows = all[0]?.windows.map(({name}) => name) ?? [];
	return html`<div class="wide" tabindex="0" role="region" aria-label="Table of objectives"><table>
<caption>Objectives: what share of the thirty days’ error budget is used, how fast it burns (1× is just in time), and of how many events</caption>
<thead><tr><th scope="col">Objective</th><th scope="col">Verdict</th><th scope="col">Budget used</th>${windows.map((name) => html`<th scope="col" class="number">Burn ${name}</th>`)}</tr></thead>
<tbody>${all.map(objective)}</tbody></table></div>`;
}

function objective({title, verdict, budgetUsed, windows}: DashboardObjective): Html {
	const {mark, word} = MARKS[verdict];
	return html`<tr><th scope="row">${title}</th>
<td class="${verdict}"><span aria-hidden="true">${mark}</span> ${word}</td>
<td>${budgetUsed === null ? html`<span class="quiet">no data</span>` : html`<meter min="0" max="1" low="0.5" high="0.9" optimum="0" value="${Math.min(1, budgetUsed)}" aria-label="Budget used: ${formatPercent(budgetUsed)}"></meter> ${formatPercent(budgetUsed)}`}</td>
${windows.map(({burnRate, total}) => html`<td class="number${burnRate !== null && burnRate > 1 ? ' fast' : ''}">${burnRate === null ? html`<span class="quiet">–</span>` : html`${burnRate.toFixed(1)}× <span class="quiet">${formatCount(total)}</span>`}</td>`)}</tr>`;
}

function funnel({funnel: of}: DashboardData): Html {
	const most = Math.max(1, of.checkouts);
	const bar = (label: string, value: number) => html`<tr><th scope="row">${label}</th>
<td><meter min="0" max="${most}" value="${Math.min(most, value)}" aria-hidden="true"></meter></td>
<td class="number">${formatCount(value)}</td></tr>`;
	return html`<table class="funnel"><caption>The last day: from checkout to money</caption>
<tbody>${bar('Checkouts', of.checkouts)}${bar('Paid', of.paid)}${bar('Never paid, given back', of.expired)}${bar('Refunded', of.refunded)}</tbody></table>
<dl class="facts">
<div><dt>Revenue</dt><dd>${formatRupees(of.revenuePaise)}</dd></div>
<div><dt>Paid per checkout</dt><dd>${of.conversion === null ? 'no checkout yet' : formatPercent(of.conversion)}</dd></div>
<div><dt>New customers</dt><dd>${formatCount(of.registrations)}</dd></div>
<div><dt>Out of stock</dt><dd>${formatCount(of.outOfStock)}</dd></div>
<div class="${of.failed > 0 ? 'bad' : ''}"><dt>Checkouts failed</dt><dd>${formatCount(of.failed)}</dd></div>
<div><dt>Payments declined</dt><dd>${formatCount(of.paymentsFailed)}</dd></div>
<div class="${of.quarantined > 0 ? 'bad' : ''}"><dt>Money without an order</dt><dd>${formatCount(of.quarantined)}</dd></div>
</dl>`;
}

function errors({errors: groups}: DashboardData): Html {
	if (groups.length === 0) return html`<p>No error is known.</p>`;
	return html`<div class="wide" tabindex="0" role="region" aria-label="Table of errors"><table><caption>Errors by kind, the latest first; times in India</caption>
<thead><tr><th scope="col">Error</th><th scope="col">Route</th><th scope="col" class="number">Times</th><th scope="col">First</th><th scope="col">Last</th><th scope="col">Versions</th></tr></thead>
<tbody>${groups.map(
		({message, route, count, firstSeen, lastSeen, versions, fingerprint}) =>
			html`<tr><th scope="row" title="${fingerprint}">${message}</th><td>${route}</td><td class="number">${formatCount(count)}</td><td class="moment">${formatMoment(firstSeen)}</td><td class="moment">${formatMoment(lastSeen)}</td><td class="moment">${versions.join(', ')}</td></tr>`,
	)}</tbody></table></div>`;
}

function pool({pool: {connections, inUse, waiting, max}}: DashboardData): Html {
	return html`<p><meter min="0" max="${max}" high="${Math.ceil(max * 0.8)}" value="${inUse}" aria-label="${inUse} of ${max} connections in use"></meter> ${inUse} of ${max} connections in use, ${connections} open, <span class="${waiting > 0 ? 'bad' : ''}">${waiting} requests waiting for one</span>.</p>`;
}

function releases({releases: all}: DashboardData): Html {
	if (all.length === 0) return html`<p>No release was made by sastaops yet: <code>sastaops release create</code></p>`;
	return html`<ol class="log">${all.map(({version, at, what}) => html`<li><time datetime="${at}">${formatMoment(at)}</time> <strong>${version}</strong> ${what}</li>`)}</ol>`;
}

function alerts({alerts: all}: DashboardData): Html {
	if (all.length === 0) return html`<p>No alert.</p>`;
	return html`<ul class="log">${all.map(({severity, text, since}) => html`<li class="${severity === 'critical' ? 'bad' : ''}"><strong>${severity}</strong> ${text} <span class="quiet">counted from ${formatMoment(since)}</span></li>`)}</ul>`;
}
