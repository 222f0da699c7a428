import {NoAnswer} from '../../../ports/web/dial.js';
import type {WebAnswer} from '../../../ports/web/exchange.js';
import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {type Landing, landingPage, MOST_LANDING_HOPS, NO_PAGE} from '../../facts/landing-page.js';
import type {Finding} from '../../verdict.js';

export type ListingFacts = readonly {readonly path: string; readonly isListed: boolean | 'unknown'}[] | undefined;

const MOST_FOLDERS = 6;

export const contentListing = makeCheck<ListingFacts>({
	id: 'content.listing',
	group: 'content',
	title: 'No folder lists its files',
	severity: 'medium',
	effect: 'passive',
	maxRequests: 1 + MOST_LANDING_HOPS + MOST_FOLDERS,
	sends: [`GET of the page, and of at most ${MOST_FOLDERS} folders that it refers to`],
	why: 'A listing shows what nobody linked to: backups, invoices, drafts.',
	fix: 'in nginx: autoindex off; in Apache: Options -Indexes',
	references: ['CWE-548', 'OWASP ASVS 5.0, 13.4.3'],
	async gather(context) {
		const landing = await landingPage(context);
		if (landing === undefined) return undefined;
		const own = {path: landing.url.pathname, isListed: isListing(landing.answer)};
		return [own, ...(await Promise.all(foldersOf(landing).map((path) => lookAt(path, context))))];
	},
	judge: judgeListings,
});

async function lookAt(path: string, {site}: AuditContext): Promise<NonNullable<ListingFacts>[number]> {
	try {
		return {path, isListed: isListing(await site.send({url: path, maxBytes: 65_536, expectsBlock: true}))};
	} catch (error) {
		if (error instanceof NoAnswer && error.why !== 'interrupted') return {path, isListed: 'unknown'};
		throw error;
	}
}

/** Folders of what the page refers to on its own origin; those of files first, as nobody looks there. */
function foldersOf({url, page}: Landing): string[] {
	const urls = [...page.subresources.map((one) => one.url), ...page.links];
	const folders = urls
		.filter(({origin}) => origin === url.origin)
		.flatMap(({pathname}) => parentsOf(pathname))
		.filter((path) => path !== '/' && path !== url.pathname);
	return [...new Set(folders)].slice(0, MOST_FOLDERS);
}

/** `/a/b/c.js` is in `/a/b/` and `/a/`. */
function parentsOf(path: string): string[] {
	const parents: string[] = [];
	for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) parents.push(path.slice(0, at + 1));
	return parents;
}

/** As nginx, Apache, lighttpd, Caddy, Python, express and others write them. */
export function isListing({status, body}: Pick<WebAnswer, 'status' | 'body'>): boolean {
	if (status !== 200) return false;
	const text = body.toString('utf8', 0, 65_536);
	const isTitled =
		/<title>\s*(?:Index of \/|Directory listing for \/|listing directory \/|Directory: \/)/i.test(text) ||
		/<h1>\s*(?:Index of \/|Directory listing for \/)/i.test(text);
	return isTitled && /<a\b[^>]{0,500}\bhref=/i.test(text);
}

export function judgeListings(facts: ListingFacts): readonly Finding[] {
	if (facts === undefined) return [{verdict: 'skip', reason: NO_PAGE}];
	const listed = facts.filter(({isListed}) => isListed === true);
	if (listed.length > 0)
		return listed.map(({path}) => ({verdict: 'fail', subject: path, reason: `${path} lists its files`}));
	return facts.some(({isListed}) => isListed === 'unknown')
		? [{verdict: 'inconclusive', reason: 'not all folders were answered'}]
		: [{verdict: 'pass', reason: `none of ${facts.length} folders`}];
}
