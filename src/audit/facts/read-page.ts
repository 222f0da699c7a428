import {Parser} from 'htmlparser2';

/** What a page loads by itself. */
export type Subresource = {
	/** `active` runs or styles, and browsers refuse it over plain http; `passive` is shown. */
	readonly kind: 'active' | 'passive';
	readonly tag: string;
	readonly url: URL;
};

/** What a page refers to; addresses are whole, those that cannot be read are left out. */
export type PageFacts = {
	readonly scripts: readonly URL[];
	readonly subresources: readonly Subresource[];
	readonly links: readonly URL[];
	/** Where its forms send to. */
	readonly forms: readonly URL[];
	/** Content of `meta http-equiv=Content-Security-Policy`. */
	readonly metaPolicies: readonly string[];
};

/** Reads a page as a browser would, apart from running its scripts. Never throws: any text is some page. */
export function readPage(html: string, address: URL): PageFacts {
	let base = address;
	let isBaseSet = false;
	const scripts: URL[] = [];
	const subresources: Subresource[] = [];
	const links: URL[] = [];
	const forms: URL[] = [];
	const metaPolicies: string[] = [];

	const resolve = (text: string | undefined): URL[] =>
		text !== undefined && URL.canParse(text.trim(), base.href) ? [new URL(text.trim(), base)] : [];
	const load = (kind: Subresource['kind'], tag: string, text: string | undefined) =>
		subresources.push(...resolve(text).map((url) => ({kind, tag, url})));

	const parser = new Parser({
		onopentag(tag, attributes) {
			switch (tag) {
				case 'base':
					// The first one counts.
					if (!isBaseSet && attributes['href'] !== undefined) {
						base = resolve(attributes['href'])[0] ?? base;
						isBaseSet = true;
					}
					break;
				case 'script':
					scripts.push(...resolve(attributes['src']));
					load('active', tag, attributes['src']);
					break;
				case 'iframe':
				case 'embed':
				case 'frame':
					load('active', tag, attributes['src']);
					break;
				case 'object':
					load('active', tag, attributes['data']);
					break;
				case 'link':
					if (isLoaded(attributes['rel'])) load('active', tag, attributes['href']);
					break;
				case 'img':
				case 'audio':
				case 'video':
				case 'source':
				case 'track':
					load('passive', tag, attributes['src']);
					if (tag === 'video') load('passive', tag, attributes['poster']);
					for (const candidate of sourceSet(attributes['srcset'])) load('passive', tag, candidate);
					break;
				case 'a':
				case 'area':
					links.push(...resolve(attributes['href']));
					break;
				case 'form':
					forms.push(...resolve(attributes['action']));
					break;
				case 'meta':
					if (attributes['http-equiv']?.toLowerCase() === 'content-security-policy')
						metaPolicies.push(attributes['content'] ?? '');
					break;
			}
		},
	});
	parser.end(html);
	return {scripts, subresources, links, forms, metaPolicies};
}

function isLoaded(rel: string | undefined): boolean {
	const words = (rel ?? '').toLowerCase().split(/\s+/);
	return words.some((word) => ['stylesheet', 'modulepreload', 'preload', 'manifest'].includes(word));
}

function sourceSet(text: string | undefined): string[] {
	return (text ?? '').split(',').flatMap((candidate) => candidate.trim().split(/\s+/)[0] || []);
}
