import {Parser} from 'htmlparser2';

/** A `<meta>` of a page: attribute names in small letters, values as they are. */
export type MetaTag = ReadonlyMap<string, string>;

/** A head is not longer than this; what stands behind is read by nobody. */
const MAX_CHARACTERS = 262_144;
const MAX_TAGS = 200;

/** The `<meta>` tags of a page's head, in order. What stands in the body, or in a template, does nothing. */
export function metaTags(html: string): readonly MetaTag[] {
	const tags: MetaTag[] = [];
	let isBody = false;
	let templates = 0;
	const parser = new Parser({
		onopentag(name, attributes) {
			isBody ||= name === 'body';
			if (name === 'template') templates++;
			if (name === 'meta' && !isBody && templates === 0 && tags.length < MAX_TAGS)
				tags.push(new Map(Object.entries(attributes)));
		},
		onclosetag(name) {
			if (name === 'template') templates--;
		},
	});
	parser.end(html.slice(0, MAX_CHARACTERS));
	return tags;
}
