import {parse} from 'yaml';

type Rule = {
	readonly record?: string;
	readonly alert?: string;
	readonly expr: string;
	readonly labels: Readonly<Record<string, string>>;
};

/** The rules of a file. */
export function rulesIn(text: string): Rule[] {
	const {groups} = parse(text) as {groups: {rules: Rule[]}[]};
	return groups.flatMap(({rules}) => rules);
}

/**
 * An alert's expression as one query over raw series: whatever it takes from a recording rule is written out, so that it
 * can be asked for any moment of the past.
 */
export function expanded(expr: string, slo: string, rules: readonly Rule[]): string {
	return expr.replaceAll(/(slo:[\w:]+)\{[^}]*\}(\[[^\]]+\])?/g, (all, record: string, range: string | undefined) => {
		const rule = rules.find((each) => each.record === record && each.labels['slo'] === slo);
		if (rule === undefined) throw new Error(`nothing records ${all}`);
		const inner = `(${expanded(rule.expr, slo, rules)})`;
		// The labels that a recording rule adds: without them "and" would find no partner.
		const labelled = `label_replace(${inner}, "slo", "${slo}", "", "")`;
		return range === undefined ? labelled : `${labelled}${range.replace(/^\[(\w+)\]$/, '[$1:2m]')}`;
	});
}
