/** Text as it may stand in HTML, between tags or in a quoted attribute. */
export function escapeHtml(text: string): string {
	const entities: Readonly<Record<string, string>> = {
		'&': '&amp;',
		'<': '&lt;',
		'>': '&gt;',
		'"': '&quot;',
		"'": '&#39;',
	};
	return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

/**
 * A page that needs nothing from anywhere: no scripts, no fonts, no pictures but its own. Light or dark as the reader's
 * system is, and fit to be printed.
 * @param body HTML, escaped by whoever wrote it
 */
export function htmlPage({title, body}: {readonly title: string; readonly body: string}): string {
	return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2127;--dim:#5c6773;--line:#d8dee4;--page:#fff;--card:#f6f8fa;--good:#1a7f4b;--bad:#c62828;--warn:#9a6700;--a:#0b62c4;--b:#c2570c}
@media (prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9aa5b1;--line:#30363d;--page:#0f1318;--card:#171c23;--good:#4cc38a;--bad:#ff7b72;--warn:#e3b341;--a:#6cb2ff;--b:#ffa657}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.5 system-ui,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2rem 1rem 4rem}
h1{font-size:1.6rem;line-height:1.25;margin:0 0 .25rem}
h2{font-size:1.15rem;margin:2.25rem 0 .5rem}
p{margin:.25rem 0 .75rem}
.dim{color:var(--dim)}
.good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}
.verdict{border-left:.35rem solid currentColor;padding:.5rem 1rem;background:var(--card);margin:1rem 0;font-size:1.1rem}
.verdict span{color:var(--ink)}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:.35rem .75rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--dim);font-weight:600}
td.number,th.number{text-align:right;white-space:nowrap}
ol.log{list-style:none;padding:0}
ol.log li{display:flex;gap:1rem;padding:.2rem 0}
ol.log time{color:var(--dim);white-space:nowrap;font-variant-numeric:tabular-nums}
svg{display:block;width:100%;height:auto;min-width:34rem}
svg text{fill:var(--dim);font:12px system-ui,sans-serif}
svg .grid{stroke:var(--line);stroke-width:1}
svg .limit{stroke:var(--bad);stroke-width:1.5;stroke-dasharray:6 4}
svg .limit.fine{stroke:var(--good)}
svg path,svg polyline{fill:none;stroke-width:2;stroke-linejoin:round}
svg .a{stroke:var(--a)}svg .b{stroke:var(--b)}
svg .fill.a{fill:var(--a);fill-opacity:.25}svg .fill.b{fill:var(--b);fill-opacity:.25}
figure{margin:0 0 1rem}
figcaption{color:var(--dim);font-size:.9rem}
.key{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin-right:.35em}
.key.a{background:var(--a)}.key.b{background:var(--b)}
@media print{main{max-width:none;padding:0}figure{break-inside:avoid}}
`;
