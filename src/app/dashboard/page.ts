import type {DashboardData} from './data.js';
import {type Html, html} from './html.js';
import {renderSections} from './sections.js';

/** The whole page: every figure is in it as text, so that it serves without scripts as well. */
export function renderPage(data: DashboardData): string {
	const sections = renderSections(data);
	return document(
		`Shop ${data.shop.environment}`,
		html`<script type="module" src="/dashboard/main.js"></script>`,
		html`<header><h1>Shop <span class="quiet">${data.shop.environment}</span></h1><p id="live" class="quiet">Reload for newer figures</p></header>
<main>
<section aria-label="State"><div id="state">${sections.state}</div></section>
<section aria-labelledby="objectives-title"><h2 id="objectives-title">Objectives</h2><div id="objectives">${sections.objectives}</div></section>
<section aria-labelledby="traffic-title" class="charts" hidden id="charts"><h2 id="traffic-title">Traffic and latency</h2>
<fieldset class="range"><legend>Show</legend><label><input type="radio" name="range" value="lastHour" checked> last hour</label> <label><input type="radio" name="range" value="lastTwoDays"> last two days</label></fieldset>
<div class="chart"><h3>Requests and errors</h3><div id="traffic"></div></div>
<div class="chart"><h3>Half, 95 % and 99 % of answers took at most, in ms</h3><div id="latency"></div></div>
<div class="chart"><h3>Checkouts and paid orders</h3><div id="sales"></div></div></section>
<section aria-labelledby="errors-title"><h2 id="errors-title">Errors</h2><div id="errors">${sections.errors}</div></section>
<section aria-labelledby="funnel-title"><h2 id="funnel-title">Checkout and payments</h2><div id="funnel">${sections.funnel}</div></section>
<section aria-labelledby="alerts-title"><h2 id="alerts-title">Alerts</h2><div id="alerts">${sections.alerts}</div></section>
<section aria-labelledby="pool-title"><h2 id="pool-title">Database connections of this process</h2><div id="pool">${sections.pool}</div></section>
<section aria-labelledby="releases-title"><h2 id="releases-title">Releases</h2><div id="releases">${sections.releases}</div></section>
</main>`,
	);
}

/** Asks for the token. @param isWrong the one before was */
export function renderLogin(isWrong: boolean): string {
	return document(
		'Shop: log in',
		undefined,
		html`<main class="narrow"><h1>Shop</h1>
<form method="post" action="/dashboard/login">
<p><label for="token">The dashboard’s token</label><br><input id="token" name="token" type="password" autocomplete="current-password" required${isWrong ? html` aria-invalid="true" aria-describedby="wrong"` : undefined}></p>
${isWrong ? html`<p id="wrong" class="bad" role="alert">That is not the token. It is DASHBOARD_TOKEN in the shop’s environment.</p>` : undefined}
<p><button>Look in</button></p></form></main>`,
	);
}

function document(title: string, head: Html | undefined, body: Html): string {
	return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<link rel="icon" href="data:,"><link rel="stylesheet" href="/dashboard/style.css">${head}</head>
<body>${body}</body></html>`.markup;
}
