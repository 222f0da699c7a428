/** Markup that is safe to send: made by `html` alone. */
export type Html = {readonly markup: string};

type Value = string | number | Html | readonly Html[] | undefined;

const ESCAPES: Readonly<Record<string, string>> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'};

/** A template of markup; every value in it is escaped, except markup made by this. Attribute values stand in quotes. */
export function html(texts: TemplateStringsArray, ...values: readonly Value[]): Html {
	return {markup: texts.map((text, index) => text + markupOf(values[index])).join('')};
}

function markupOf(value: Value): string {
	if (value === undefined) return '';
	if (typeof value === 'object') return 'markup' in value ? value.markup : value.map(({markup}) => markup).join('');
	return String(value).replace(/[&<>"']/g, (character) => ESCAPES[character] ?? '');
}
