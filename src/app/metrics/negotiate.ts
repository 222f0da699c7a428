/**
 * Which of the offered media types an Accept header prefers; of equals the first offered, which is also the answer to no
 * header at all. Undefined where none is acceptable.
 */
export function chooseType<T extends string>(accept: string | undefined, offered: readonly T[]): T | undefined {
	const ranges = (accept ?? '*/*').split(',', MOST_RANGES).map(readRange);
	let best: {readonly type: T; readonly quality: number} | undefined;
	for (const type of offered) {
		const quality = qualityOf(type, ranges);
		if (quality > (best?.quality ?? 0)) best = {type, quality};
	}
	return best?.type;
}

/** Prometheus sends four or five; who sends hundreds wants something else. */
const MOST_RANGES = 20;

type Range = {readonly type: string; readonly quality: number};

function readRange(text: string): Range {
	const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
	const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
	const quality = q === undefined ? 1 : Number(q);
	return {type, quality: quality >= 0 && quality <= 1 ? quality : 0};
}

/** The most specific range counts, not the most generous. */
function qualityOf(type: string, ranges: readonly Range[]): number {
	const [main = ''] = type.split('/');
	for (const range of [type, `${main}/*`, '*/*']) {
		const found = ranges.filter((candidate) => candidate.type === range);
		if (found.length > 0) return Math.max(...found.map(({quality}) => quality));
	}
	return 0;
}
