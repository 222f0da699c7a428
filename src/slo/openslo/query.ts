import {parseSelector, selectorText} from '../../kernel/selector.js';

/**
 * The selector that a query counts: the query itself, or what stands in `sum(rate(…[5m]))` and its like. Undefined for
 * all else.
 */
export function selectorOfQuery(query: string): string | undefined {
	const summed = /^sum(?:\s+by\s*\(\s*\))?\s*\(([\s\S]*)\)$/.exec(query.trim())?.[1]?.trim() ?? query.trim();
	const counted = /^(?:rate|increase)\s*\(([\s\S]*)\[[^[\]]+\]\s*\)$/.exec(summed)?.[1] ?? summed;
	try {
		return selectorText(parseSelector(counted));
	} catch {
		return undefined;
	}
}

/** Summed queries that are added: `sum(rate(a[5m])) + sum(rate(b[5m]))`, or selectors behind one another. */
export function selectorsOfQuery(query: string): readonly string[] | undefined {
	const selectors = partsOf(query).map(selectorOfQuery);
	return selectors.every((selector) => selector !== undefined) ? selectors : undefined;
}

/** As any tool that reads OpenSLO for Prometheus can run it. */
export function queryOfSelectors(selectors: readonly string[]): string {
	return selectors.map((selector) => `sum(increase(${selectorText(parseSelector(selector))}[5m]))`).join(' + ');
}

/** Parted at each + that stands in no brackets and no quotes. */
function partsOf(query: string): string[] {
	const parts = [''];
	let depth = 0;
	for (const [token] of query.matchAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`|[\s\S]/g)) {
		if ('([{'.includes(token)) depth++;
		if (')]}'.includes(token)) depth--;
		if (token === '+' && depth === 0) parts.push('');
		else parts[parts.length - 1] += token;
	}
	return parts;
}
