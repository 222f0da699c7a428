import {metaTags} from '../../../src/audit/facts/meta-tags.js';
import type {Sample, SamplePage} from '../../../src/audit/facts/sample-pages.js';

/** A page with nothing but these headers; several of a name as a list. */
export function makePage(
	headers: Readonly<Record<string, string | readonly string[]>>,
	{html = '', ...rest}: Partial<SamplePage> & {readonly html?: string} = {},
): SamplePage {
	return {
		path: '/',
		kind: 'html',
		isHealth: false,
		isHttps: true,
		host: 'shop.example',
		headers: Object.entries(headers).flatMap(([name, value]) => [value].flat().map((one) => [name, one] as const)),
		meta: metaTags(html),
		...rest,
	};
}

export function makeSample(...pages: readonly SamplePage[]): Sample {
	return {pages, hops: [], unjudged: []};
}
