import {NoAnswer} from '../../../ports/web/dial.js';
import {headerOf} from '../../../ports/web/exchange.js';
import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {
	landingPage,
	MOST_LANDING_HOPS,
	MOST_SCRIPTS,
	NO_PAGE,
	ownScripts,
	type Script,
} from '../../facts/landing-page.js';
import {isHtml} from '../../facts/target-page.js';
import type {Finding} from '../../verdict.js';

/** What is known of the map of one script. `unknown`: it was not answered. */
export type MapFacts = {
	readonly script: string;
	readonly map: 'none' | 'without-sources' | 'with-sources' | 'unknown';
};

export const contentSourcemaps = makeCheck<readonly MapFacts[] | undefined>({
	id: 'content.sourcemaps',
	group: 'content',
	title: 'The sources of scripts are not served',
	severity: 'low',
	effect: 'passive',
	maxRequests: 1 + MOST_LANDING_HOPS + 2 * MOST_SCRIPTS,
	sends: [`GET of the page, of at most ${MOST_SCRIPTS} scripts of its own, and of the source map of each`],
	why: 'A source map with sources hands out the code as it was written, with comments and what was thought to be hidden.',
	fix: 'build without source maps for production, or upload them to where errors are collected and do not serve them',
	references: ['CWE-540'],
	async gather(context) {
		if ((await landingPage(context)) === undefined) return undefined;
		const scripts = (await ownScripts(context)).filter(({answer}) => answer !== undefined);
		return Promise.all(scripts.map((script) => mapOf(script, context)));
	},
	judge: judgeMaps,
});

async function mapOf(script: Script, {site}: AuditContext): Promise<MapFacts> {
	const path = script.url.pathname;
	const inline = /\/\/[#@] sourceMappingURL=data:application\/json[^,]{0,100};base64,([A-Za-z0-9+/=]+)/.exec(
		script.text,
	)?.[1];
	if (inline !== undefined) return {script: path, map: mapKind(Buffer.from(inline, 'base64').toString('utf8'))};
	const url = mapUrl(script);
	if (url === undefined) return {script: path, map: 'none'};
	try {
		const answer = await site.send({url, expectsBlock: true});
		if (answer.status !== 200 || isHtml(answer)) return {script: path, map: 'none'};
		return {script: path, map: mapKind(answer.body.toString('utf8'))};
	} catch (error) {
		if (error instanceof NoAnswer && error.why !== 'interrupted') return {script: path, map: 'unknown'};
		throw error;
	}
}

/** It stands in the last lines; a bundle of many files may hold others before it. */
function lastSourceMapUrl(text: string): string | undefined {
	const end = text.slice(-20_000);
	return [...end.matchAll(/^[ \t]{0,100}\/[/*][#@] sourceMappingURL=(\S{1,2000})/gm)].at(-1)?.[1];
}

/** Where it says itself, else where builders put it; undefined for another origin, which is not ours to ask. */
function mapUrl({url, text, answer}: Script): URL | undefined {
	const named =
		(answer === undefined ? undefined : (headerOf(answer, 'sourcemap') ?? headerOf(answer, 'x-sourcemap'))) ??
		lastSourceMapUrl(text);
	const reference = named ?? `${url.pathname}.map`;
	if (!URL.canParse(reference, url.href)) return undefined;
	const map = new URL(reference, url);
	return map.origin === url.origin ? map : undefined;
}

/** A map may be longer than what is read of it: its keys are enough. */
function mapKind(text: string): MapFacts['map'] {
	const isMap = /^(?:\)\]\}'[^\n]*\n)?\s*\{/.test(text) && /"mappings"\s*:|"sources"\s*:/.test(text);
	if (!isMap) return 'none';
	return /"sourcesContent"\s*:\s*\[\s*"/.test(text) ? 'with-sources' : 'without-sources';
}

export function judgeMaps(maps: readonly MapFacts[] | undefined): readonly Finding[] {
	if (maps === undefined) return [{verdict: 'skip', reason: NO_PAGE}];
	const open = maps.filter(({map}) => map === 'with-sources');
	if (open.length > 0)
		return open.map(({script}) => ({
			verdict: 'warn',
			subject: script,
			reason: `the source map of ${script} is served, with sources`,
		}));
	if (maps.some(({map}) => map === 'unknown')) return [{verdict: 'inconclusive', reason: 'not all maps were answered'}];
	const bare = maps.filter(({map}) => map === 'without-sources').map(({script}) => `${script}: a map without sources`);
	return [{verdict: 'pass', reason: `no sources of ${maps.length} scripts are served`, evidence: bare}];
}
