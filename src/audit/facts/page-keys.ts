import type {AuditContext} from '../context.js';
import {targetOf} from '../context.js';
import {landingPage, MOST_LANDING_HOPS, MOST_SCRIPTS, ownScripts} from './landing-page.js';

/** What browsers are given: ids of payment keys, each once. A key's id is public. */
export type PageKeys = {readonly keyIds: readonly string[]};

/** The most that a configuration may name. */
const MOST_PATHS = 10;

export const PAGE_KEYS_REQUESTS = 1 + MOST_LANDING_HOPS + MOST_SCRIPTS + MOST_PATHS;

const KEY_ID = /\brzp_(?:test|live)_[A-Za-z0-9]{8,40}\b/g;

/** Looks into the page that shoppers come to, its own scripts, and the pages of `audit.paths`. */
export function pageKeys(context: AuditContext): Promise<PageKeys> {
	return context.shared('page keys', async () => {
		const {origin} = targetOf(context);
		const {paths} = context.loaded.config.audit;
		const landing = await landingPage(context);
		const scripts = await ownScripts(context);
		const pages = await Promise.all(paths.map((path) => context.site.page(new URL(path, origin))));
		const texts = [
			landing?.html ?? '',
			...scripts.map(({text}) => text),
			...pages.filter(({status}) => status < 400).map(({body}) => body.toString('utf8')),
		];
		return {keyIds: [...new Set(texts.flatMap((text) => text.match(KEY_ID) ?? []))]};
	});
}
