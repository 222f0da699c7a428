/** The candidate nearest to a mistyped word, if it is near: at most a third of its letters differ. */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
	const ranked = candidates
		.map((candidate) => ({candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase())}))
		.filter(({candidate, distance}) => distance <= Math.max(1, Math.ceil(candidate.length / 3)))
		.sort((a, b) => a.distance - b.distance);
	return ranked[0]?.candidate;
}

/** Edits (insert, delete, replace) between two words: Levenshtein, one row at a time. */
export function editDistance(from: string, to: string): number {
	let row = Array.from({length: to.length + 1}, (_, index) => index);
	for (let i = 1; i <= from.length; i++) {
		const next = [i];
		for (let j = 1; j <= to.length; j++) {
			const replaced = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
			next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
		}
		row = next;
	}
	return row[to.length] ?? 0;
}
