import {binomialAtMost} from './binomial.js';

export type MedianRange = {
	readonly median: number;
	/** The true median lies between these with the confidence asked for, whatever the values' distribution. */
	readonly low: number;
	readonly high: number;
};

/**
 * The median, and its bounds by the sign test turned round: order statistics whose ranks come from a binomial of one half
 * (Conover 1999, 3.2). Exact for independent values, and indifferent to outliers. Undefined for too few: at 95 % six are
 * the least, since five of a kind come by chance once in sixteen.
 */
export function medianRange(values: readonly number[], confidence: number): MedianRange | undefined {
	const sorted = values.toSorted((a, b) => a - b);
	const n = sorted.length;
	const each = (1 - confidence) / 2;
	if (n === 0 || binomialAtMost(0, n, 0.5) > each) return undefined;
	let rank = 1;
	while (rank < n / 2 && binomialAtMost(rank, n, 0.5) <= each) rank++;
	return {median: medianOf(sorted), low: sorted[rank - 1] as number, high: sorted[n - rank] as number};
}

function medianOf(sorted: readonly number[]): number {
	const middle = sorted.length / 2;
	const [below, above] = [sorted[Math.ceil(middle) - 1] as number, sorted[Math.floor(middle)] as number];
	return (below + above) / 2;
}
