import {makeCheck} from '../../check.js';
import {landingPage, MOST_LANDING_HOPS, MOST_SCRIPTS, NO_PAGE, ownScripts} from '../../facts/landing-page.js';
import {secretsIn} from '../../facts/secrets-in.js';
import type {Finding} from '../../verdict.js';

/** The page and its scripts, by the path of each; undefined when there is no page. */
export type SourceFacts = readonly {readonly path: string; readonly text: string}[] | undefined;

export const contentSecrets = makeCheck<SourceFacts>({
	id: 'content.secrets',
	group: 'content',
	title: 'No secret is in the page or its scripts',
	severity: 'critical',
	effect: 'passive',
	maxRequests: 1 + MOST_LANDING_HOPS + MOST_SCRIPTS,
	sends: [`GET of the page, and of at most ${MOST_SCRIPTS} scripts of its own`],
	why: 'What a browser gets, everybody has: a payment secret in a bundle lets anybody sign payments.',
	fix: 'take it out of what is built for browsers, and change it at its provider: it has been read. The Razorpay key id may stay; the key secret may not',
	references: ['CWE-798', 'CWE-312'],
	async gather(context) {
		const landing = await landingPage(context);
		if (landing === undefined) return undefined;
		const scripts = await ownScripts(context);
		return [
			{path: landing.url.pathname, text: landing.html},
			...scripts.map(({url, text}) => ({path: url.pathname, text})),
		];
	},
	judge: judgeSources,
});

export function judgeSources(sources: SourceFacts): readonly Finding[] {
	if (sources === undefined) return [{verdict: 'skip', reason: NO_PAGE}];
	const found = sources.flatMap(({path, text}) =>
		secretsIn(text).map(
			(what): Finding => ({verdict: 'fail', subject: `${path}: ${what}`, reason: `${path} holds ${what}`}),
		),
	);
	return found.length > 0 ? found : [{verdict: 'pass', reason: `none in ${sources.length} texts`}];
}
