import {NoAnswer} from '../../ports/web/dial.js';
import {headerOf, type WebAnswer} from '../../ports/web/exchange.js';
import type {AuditContext} from '../context.js';

/** One answer on the way from an address to where it ends. */
export type Hop = {
	readonly url: URL;
	readonly status: number;
	/** Where it sends to; undefined for an answer that sends nowhere. */
	readonly to: URL | undefined;
};

export type Way = {
	readonly hops: readonly Hop[];
	/** `left`: to another host, which is not asked. `silent`: the last `to` did not answer, or not at all. */
	readonly end: 'answer' | 'left' | 'loop' | 'too-long' | 'silent';
	/** For `silent`. */
	readonly silence: NoAnswer | undefined;
	readonly last: WebAnswer | undefined;
};

/** More than a browser follows without a word. */
export const MOST_HOPS = 10;

/** Follows redirects, one request each, as long as they stay on the hosts given. */
export async function followHops(
	from: URL,
	{
		context,
		hosts,
		most = MOST_HOPS,
	}: {readonly context: AuditContext; readonly hosts: readonly string[]; readonly most?: number},
): Promise<Way> {
	const hops: Hop[] = [];
	const seen = new Set<string>();
	let last: WebAnswer | undefined;
	const ended = (end: Way['end'], silence?: NoAnswer): Way => ({hops, end, silence, last});
	for (let url: URL | undefined = from; url !== undefined; url = hops.at(-1)?.to) {
		if (seen.has(url.href)) return ended('loop');
		if (hops.length > most) return ended('too-long');
		if (!hosts.includes(url.hostname)) return ended('left');
		seen.add(url.href);
		try {
			last = await context.site.page(url);
		} catch (error) {
			if (error instanceof NoAnswer && error.why !== 'interrupted') return ended('silent', error);
			throw error;
		}
		hops.push({url, status: last.status, to: redirectOf(last)});
	}
	return ended('answer');
}

/** Where an answer sends to, without its fragment; undefined for none, and for an address that cannot be read. */
export function redirectOf(answer: Pick<WebAnswer, 'status' | 'headers' | 'url'>): URL | undefined {
	if (![301, 302, 303, 307, 308].includes(answer.status)) return undefined;
	const location = headerOf(answer, 'location');
	if (location === undefined || !URL.canParse(location, answer.url.href)) return undefined;
	const to = new URL(location, answer.url);
	to.hash = '';
	return /^https?:$/.test(to.protocol) ? to : undefined;
}

export function hopWords({url, status, to}: Hop): string {
	return `${url.href} ${status}${to === undefined ? '' : ` → ${to.href}`}`;
}
