import {type Matcher, parseSelector, selectorText} from '../../kernel/selector.js';

export type SeriesChange = {
	/** Behind the metric's name. */
	readonly suffix?: string;
	/** Further labels. */
	readonly labels?: Readonly<Record<string, string>>;
	/** Edges that `le` may have, as they are written. */
	readonly edges?: readonly string[];
};

/** A selector for a server's query: with further labels, or of a histogram's part. @throws SastaError SELECTOR_INVALID */
export function seriesText(selector: string, {suffix = '', labels = {}, edges = []}: SeriesChange): string {
	const {name, matchers} = parseSelector(selector);
	const further = Object.entries(labels).map(([label, value]): Matcher => ({label, operator: '=', value}));
	const pattern = edges.map((edge) => edge.replaceAll(/[.+]/g, '\\$&')).join('|');
	const le: Matcher[] = edges.length === 0 ? [] : [{label: 'le', operator: '=~', value: pattern}];
	return selectorText({name: `${name}${suffix}`, matchers: [...matchers, ...further, ...le]});
}
