import {NoAnswer} from '../../ports/web/dial.js';
import type {WebAnswer} from '../../ports/web/exchange.js';
import {type AuditContext, targetOf} from '../context.js';
import {followHops} from './hops.js';
import {type PageFacts, readPage} from './read-page.js';
import {isHtml, targetPage} from './target-page.js';

/** The page that shoppers come to. */
export type Landing = {readonly url: URL; readonly answer: WebAnswer; readonly html: string; readonly page: PageFacts};

/** A script of the page's own origin, or why there is none. */
export type Script = {readonly url: URL; readonly answer: WebAnswer | undefined; readonly text: string};

/** Scripts beyond these are not looked at. */
export const MOST_SCRIPTS = 10;
/** From the target to its landing page. */
export const MOST_LANDING_HOPS = 3;

/**
 * Where the target leads on its own host. Undefined when that is no page: an API, or a site that has moved.
 * @throws NoAnswer
 */
export function landingPage(context: AuditContext): Promise<Landing | undefined> {
	return context.shared('landing page', async () => {
		const {host, origin} = targetOf(context);
		const {url: from} = await targetPage(context);
		const {end, last, silence} = await followHops(from, {context, hosts: [host], most: MOST_LANDING_HOPS});
		if (silence !== undefined) throw silence;
		if (end !== 'answer' || last === undefined || last.url.origin !== origin || !isHtml(last)) return undefined;
		if (last.status >= 500) throw new NoAnswer('protocol', `${last.url.href} answers ${last.status}`);
		const html = last.body.toString('utf8');
		return {url: last.url, answer: last, html, page: readPage(html, last.url)};
	});
}

/** The scripts of the landing page that are of its own origin. @throws NotSent, Blocked */
export function ownScripts(context: AuditContext): Promise<readonly Script[]> {
	return context.shared('own scripts', async () => {
		const landing = await landingPage(context);
		const urls = new Map(
			(landing?.page.scripts ?? [])
				.filter(({origin}) => origin === landing?.url.origin)
				.map((url) => [`${url.origin}${url.pathname}${url.search}`, url]),
		);
		return Promise.all(
			[...urls.keys()].slice(0, MOST_SCRIPTS).map(async (href): Promise<Script> => {
				const url = new URL(href);
				try {
					const answer = await context.site.page(url);
					const isThere = answer.status === 200 && !isHtml(answer);
					return {url, answer: isThere ? answer : undefined, text: isThere ? answer.body.toString('utf8') : ''};
				} catch (error) {
					if (error instanceof NoAnswer && error.why !== 'interrupted') return {url, answer: undefined, text: ''};
					throw error;
				}
			}),
		);
	});
}

/** For checks of pages, when there is none. */
export const NO_PAGE = 'the target shows no page of its own: there is nothing of the kind to look at';
