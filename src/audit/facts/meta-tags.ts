/** A `<meta>` of a page: attribute names in small letters, values as they are. */
export type MetaTag = ReadonlyMap<string, string>;

/** A head is not longer than this; what stands behind is read by nobody. */
const MAX_CHARACTERS = 262_144;
const MAX_TAGS = 200;

/**
 * The `<meta>` tags of a page's head, in order. Comments, scripts, styles and what begins with `<body>` hold none. One pass
 * over the text, whatever it holds.
 */
export function metaTags(html: string): readonly MetaTag[] {
	const text = html.slice(0, MAX_CHARACTERS);
	const tags: MetaTag[] = [];
	let at = 0;
	while (tags.length < MAX_TAGS) {
		at = text.indexOf('<', at);
		if (at === -1) return tags;
		if (text.startsWith('<!--', at)) {
			at = behind(text, '-->', at + 4);
			continue;
		}
		const name = nameAt(text, at + 1);
		if (name === 'body') return tags;
		const {end, attributes} = readAttributes(text, at + 1 + name.length);
		if (name === 'meta') tags.push(attributes);
		at = RAW.has(name) ? behindClosing(text, name, end) : end;
	}
	return tags;
}

/** Elements whose content is text, whatever it looks like. */
const RAW: ReadonlySet<string> = new Set(['script', 'style', 'title', 'textarea', 'template', 'noscript']);

function nameAt(text: string, from: number): string {
	return /^[a-z][a-z0-9-]{0,40}/i.exec(text.slice(from, from + 42))?.[0].toLowerCase() ?? '';
}

function behind(text: string, mark: string, from: number): number {
	const at = text.indexOf(mark, from);
	return at === -1 ? text.length : at + mark.length;
}

function behindClosing(text: string, name: string, from: number): number {
	for (let at = text.indexOf('</', from); at !== -1; at = text.indexOf('</', at + 2)) {
		if (nameAt(text, at + 2) === name) return behind(text, '>', at);
	}
	return text.length;
}

const BLANK = /[\s/]/;
const NAME_END = /[\s/>=]/;

function readAttributes(text: string, from: number): {readonly end: number; readonly attributes: MetaTag} {
	const attributes = new Map<string, string>();
	let at = from;
	const pass = (stop: RegExp, isStop: boolean) => {
		while (at < text.length && stop.test(text.charAt(at)) !== isStop) at++;
	};
	for (;;) {
		pass(BLANK, false);
		if (at >= text.length) return {end: at, attributes};
		if (text.charAt(at) === '>') return {end: at + 1, attributes};
		const start = at++;
		pass(NAME_END, true);
		const name = text.slice(start, at).toLowerCase();
		pass(/\s/, false);
		let value = '';
		if (text.charAt(at) === '=') {
			at++;
			pass(/\s/, false);
			const quote = text.charAt(at);
			if (quote === '"' || quote === "'") {
				const end = text.indexOf(quote, at + 1);
				value = text.slice(at + 1, end === -1 ? text.length : end);
				at = end === -1 ? text.length : end + 1;
			} else {
				const valueStart = at;
				pass(/[\s>]/, true);
				value = text.slice(valueStart, at);
			}
		}
		if (!attributes.has(name)) attributes.set(name, decode(value));
	}
}

/** The references that policies are written with; others stand in no value that is read here. */
function decode(value: string): string {
	return value
		.replaceAll(/&(?:#39|#x27|apos);/gi, "'")
		.replaceAll(/&(?:#34|quot);/gi, '"')
		.replaceAll('&amp;', '&');
}
