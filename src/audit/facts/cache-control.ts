/** Directives of `Cache-Control` in small letters; the value of one without is ''. The first of a name counts. */
export function parseCacheControl(values: readonly string[]): ReadonlyMap<string, string> {
	const directives = new Map<string, string>();
	for (const part of values.flatMap((value) => value.split(','))) {
		const at = part.indexOf('=');
		const name = (at === -1 ? part : part.slice(0, at)).trim().toLowerCase();
		const value = at === -1 ? '' : part.slice(at + 1).trim();
		if (name !== '' && !directives.has(name)) directives.set(name, value.replace(/^"(.*)"$/s, '$1'));
	}
	return directives;
}

/** Seconds; undefined where it is not given or is no number. */
export function secondsOf(directives: ReadonlyMap<string, string>, name: string): number | undefined {
	const value = directives.get(name);
	return value !== undefined && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}
