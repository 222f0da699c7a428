/** The series of a Prometheus text, by name and labels as they stand there. */
export function readSeries(text: string): Map<string, number> {
	const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
	return new Map(
		lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
	);
}

/** The names of all series, sorted. */
export function seriesNames(text: string): string[] {
	return [...readSeries(text).keys()].sort();
}
