import {parseSelector} from '../../ports/metrics-page.js';

const SELECTOR = /^\s*([a-zA-Z_:][\w:]*)\s*(?:\{(.*)\})?\s*$/s;

export type SeriesChange = {
	/** Behind the metric's name. */
	readonly suffix?: string;
	/** Further labels. */
	readonly labels?: Readonly<Record<string, string>>;
	/** Edges that `le` may have, as they are written. */
	readonly edges?: readonly string[];
};

/** A selector for the query of a server: with further labels, or of a histogram's part. @throws SastaError SELECTOR_INVALID */
export function seriesText(selector: string, {suffix = '', labels = {}, edges = []}: SeriesChange): string {
	parseSelector(selector);
	const [, name = '', inside = ''] = SELECTOR.exec(selector) ?? [];
	const matchers = [
		...inside
			.trim()
			.replace(/,$/, '')
			.split(/^$/)
			.filter((text) => text !== ''),
		...Object.entries(labels).map(([label, value]) => `${label}=${JSON.stringify(value)}`),
		...(edges.length === 0 ? [] : [`le=~${JSON.stringify(edges.map(escapePattern).join('|'))}`]),
	];
	return `${name}${suffix}${matchers.length === 0 ? '' : `{${matchers.join(',')}}`}`;
}

function escapePattern(text: string): string {
	return text.replaceAll(/[.+]/g, '\\$&');
}
