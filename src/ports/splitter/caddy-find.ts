/** Where a value stands in a configuration. */
export type ConfigPath = readonly (string | number)[];

export type FoundExpression = {readonly path: ConfigPath; readonly expression: string};

/** Every expression of a matcher that begins with the mark, wherever the shop's sites and routes have it. */
export function findExpressions(config: unknown, mark: string): FoundExpression[] {
	const found: FoundExpression[] = [];
	walk(config, [], (path, value) => {
		const [parent, key] = path.slice(-2);
		// A matcher with a name is an object with `expr` since Caddy 2.8.
		const isExpression = key === 'expression' || (key === 'expr' && parent === 'expression');
		if (isExpression && typeof value === 'string' && value.startsWith(mark)) found.push({path, expression: value});
	});
	return found;
}

/** The files that access logs and others go to. */
export function findLogFiles(config: unknown): string[] {
	const found: string[] = [];
	walk(config, [], (path, value) => {
		if (path.at(-1) === 'filename' && path[0] === 'logging' && typeof value === 'string') found.push(value);
	});
	return found;
}

function walk(value: unknown, path: ConfigPath, visit: (path: ConfigPath, value: unknown) => void): void {
	visit(path, value);
	if (typeof value !== 'object' || value === null) return;
	for (const [key, inner] of Object.entries(value))
		walk(inner, [...path, Array.isArray(value) ? Number(key) : key], visit);
}
