/**
 * Prometheus' text as OpenMetrics 1.0: a counter's family is named without `_total`, there are no blank lines, and the
 * end is marked. prom-client's own OpenMetrics renames the counters for good, so that the next plain text lacks them.
 */
export function toOpenMetrics(text: string): string {
	const counters = new Set([...text.matchAll(/^# TYPE (\w+)_total counter$/gm)].map(([, name]) => `${name}_total`));
	const lines = text.split('\n').filter((line) => line !== '');
	const renamed = lines.map((line) => {
		const [, keyword, name, rest] = /^# (TYPE|HELP) (\w+) (.*)$/.exec(line) ?? [];
		if (keyword === undefined || name === undefined || !counters.has(name)) return line;
		return `# ${keyword} ${name.slice(0, -'_total'.length)} ${rest}`;
	});
	return `${renamed.join('\n')}\n# EOF\n`;
}
