import {type Matcher, makeSelector, parseSelector, type Selector} from '../kernel/selector.js';

/** An objective's selector with the labels that every one gets. @throws SastaError SELECTOR_INVALID */
export function selectorWith(text: string, labels: Readonly<Record<string, string>>): Selector {
	const {name, matchers} = parseSelector(text);
	const added = Object.entries(labels).map(([label, value]): Matcher => ({label, operator: '=', value}));
	return makeSelector(name, [...matchers, ...added]);
}

/** How many a histogram has counted. */
export function countOf({name, matchers}: Selector): Selector {
	return makeSelector(`${name}_count`, matchers);
}

/** A histogram's buckets: all, or those of one edge, which may be written in several ways, such as `2` and `2.0`. */
export function bucketsOf({name, matchers}: Selector, edges: readonly string[] = []): Selector {
	return makeSelector(`${name}_bucket`, [...matchers, ...edgeMatchers(edges)]);
}

function edgeMatchers(edges: readonly string[]): Matcher[] {
	const [first, ...others] = edges;
	if (first === undefined) return [];
	if (others.length === 0) return [{label: 'le', operator: '=', value: first}];
	return [{label: 'le', operator: '=~', value: edges.map((edge) => edge.replaceAll(/[.+]/g, '\\$&')).join('|')}];
}
