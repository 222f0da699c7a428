/** The first of many names, and how many more; a name of a hundred letters is cut. */
export function someOf(names: readonly string[], shown = 6): string {
	const LONGEST = 40;
	const short = names.slice(0, shown).map((name) => (name.length > LONGEST ? `${name.slice(0, LONGEST - 1)}…` : name));
	return names.length <= shown ? short.join(', ') : `${short.join(', ')} and ${names.length - shown} more`;
}
