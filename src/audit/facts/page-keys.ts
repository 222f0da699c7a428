import type {WebAnswer} from '../../ports/web/exchange.js';
import {type AuditContext, targetOf} from '../context.js';
import {mediaTypeOf} from './api.js';

/** The ids of payment keys that browsers are given, each once; a key's id is public. */
export type PageKeys = {readonly keyIds: readonly string[]; readonly pages: number};

/** Scripts of one's own that are looked into, at most. */
export const MOST_SCRIPTS = 6;

const KEY_ID = /\brzp_(?:test|live)_[A-Za-z0-9]{8,40}\b/g;

/** Looks into the start page, the pages of `audit.paths`, and their own scripts. */
export function pageKeys(context: AuditContext): Promise<PageKeys> {
	return context.shared('page keys', async () => {
		const {origin, path} = targetOf(context);
		const {paths} = context.loaded.config.audit;
		const pages = await Promise.all([path, ...paths].map((one) => context.site.page(new URL(one, origin))));
		const scripts = [...new Set(pages.flatMap(scriptsOf))].slice(0, MOST_SCRIPTS);
		const settled = await Promise.allSettled(scripts.map((url) => context.site.page(url)));
		const read = [...pages, ...settled.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []))];
		const texts = read.filter(({status}) => status < 400).map(({body}) => body.toString('utf8'));
		return {keyIds: [...new Set(texts.flatMap((text) => text.match(KEY_ID) ?? []))], pages: pages.length};
	});
}

function scriptsOf(page: WebAnswer): string[] {
	if (mediaTypeOf(page) !== 'text/html') return [];
	const html = page.body.toString('utf8');
	return [...html.matchAll(/<script\b[^>]*?\bsrc\s*=\s*(?:"([^"]+)"|'([^']+)'|([^\s>]+))/gi)].flatMap(
		([, double, single, bare]) => {
			const source = (double ?? single ?? bare ?? '').replaceAll('&amp;', '&');
			if (!URL.canParse(source, page.url.href)) return [];
			const url = new URL(source, page.url);
			return url.origin === page.url.origin ? [url.href] : [];
		},
	);
}
