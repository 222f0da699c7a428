/** Counts by rising upper edges; the last count is what is above the last edge: one more than there are edges. */
export type Histogram = {readonly edgesMs: readonly number[]; readonly counts: readonly number[]};

/** Edges a tenth apart from 1 ms to 60 s: what single requests are counted by. */
export const REQUEST_EDGES_MS: readonly number[] = Array.from({length: 117}, (_, j) => roundEdge(1.1 ** j));

/** Three digits: edges are written down and shown. */
function roundEdge(value: number): number {
	return Number(value.toPrecision(3));
}

export function emptyHistogram(edgesMs: readonly number[]): Histogram {
	return {edgesMs, counts: edgesMs.map(() => 0).concat(0)};
}

/** @param durationsMs in any order */
export function histogramOf(durationsMs: readonly number[], edgesMs = REQUEST_EDGES_MS): Histogram {
	const counts = emptyHistogram(edgesMs).counts.slice();
	for (const ms of durationsMs) {
		const index = bucketOf(edgesMs, ms);
		counts[index] = (counts[index] ?? 0) + 1;
	}
	return {edgesMs, counts};
}

/** The first bucket whose edge is not below `ms`. */
function bucketOf(edgesMs: readonly number[], ms: number): number {
	let low = 0;
	let high = edgesMs.length;
	while (low < high) {
		const middle = (low + high) >>> 1;
		if ((edgesMs[middle] ?? 0) < ms) low = middle + 1;
		else high = middle;
	}
	return low;
}

/** The sum of two with the same edges. @throws Error for others: a bug, since a canary keeps its edges */
export function addHistograms(a: Histogram, b: Histogram): Histogram {
	if (a.edgesMs.length !== b.edgesMs.length) throw new Error('histograms of different edges cannot be added');
	return {edgesMs: a.edgesMs, counts: a.counts.map((count, index) => count + (b.counts[index] ?? 0))};
}

export function totalOf({counts}: Histogram): number {
	return counts.reduce((sum, count) => sum + count, 0);
}

/** How many were slower than an edge of the histogram. */
export function slowerThan({edgesMs, counts}: Histogram, edgeMs: number): number {
	const index = edgesMs.indexOf(edgeMs);
	if (index === -1) throw new Error(`${edgeMs} ms is no edge of the histogram`);
	return counts.slice(index + 1).reduce((sum, count) => sum + count, 0);
}

/**
 * The edges that lie nearest above the given quantiles, without doubles; none that nothing or everything is above, since it
 * could tell no difference.
 */
export function edgesAt(histogram: Histogram, quantiles: readonly number[]): number[] {
	const total = totalOf(histogram);
	const edges = quantiles.map((quantile) => {
		let seen = 0;
		const index = histogram.counts.findIndex((count) => {
			seen += count;
			return seen >= total * quantile;
		});
		return histogram.edgesMs[index];
	});
	return [...new Set(edges)].filter((edge) => edge !== undefined && slowerThan(histogram, edge) < total) as number[];
}

/**
 * Log odds of being slower than any `ms`, between edges interpolated on a straight line over ln ms, which is exact for
 * log-logistic and close for log-normal times. Half a request is added on either side, so that it stays finite.
 */
export function logOddsSlower(histogram: Histogram, ms: number): number {
	const {edgesMs} = histogram;
	const total = totalOf(histogram);
	const at = (index: number) => {
		const slower = histogram.counts.slice(index + 1).reduce((sum, count) => sum + count, 0);
		return Math.log((slower + 0.5) / (total - slower + 0.5));
	};
	const above = Math.min(Math.max(bucketOf(edgesMs, ms), 1), edgesMs.length - 1);
	const [low, high] = [edgesMs[above - 1] ?? 1, edgesMs[above] ?? 1];
	const share = (Math.log(ms) - Math.log(low)) / (Math.log(high) - Math.log(low));
	return at(above - 1) + share * (at(above) - at(above - 1));
}

/** The quantile's bucket's upper edge, for people; undefined without counts or above the last edge. */
export function quantileMs(histogram: Histogram, quantile: number): number | undefined {
	const total = totalOf(histogram);
	if (total === 0) return undefined;
	let seen = 0;
	const index = histogram.counts.findIndex((count) => {
		seen += count;
		return seen >= total * quantile;
	});
	return histogram.edgesMs[index];
}
