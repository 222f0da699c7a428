import {logLikelihood, type Stratum} from './odds-likelihood.js';

/** The grid's ends: an odds ratio of 50, either way. Regressions beyond are found as fast as one of 50. */
const WIDEST = Math.log(50);

/** Log odds ratios at which the whole picture is kept, for the confidence sequence. */
const GRID = Float64Array.from({length: 81}, (_, j) => -WIDEST + (2 * WIDEST * j) / 80);

/** Distances from a bound at which evidence against it is sought, denser near it: small and large ones are found alike. */
const DISTANCES = Float64Array.from({length: 32}, (_, j) => WIDEST * ((j + 1) / 32) ** 2);

/** How likely each distance is held beforehand: log-normal around a factor of 2.5, wide enough for any. They add up to 1. */
const LIKELY = likelihoods(0.9, 1);

/** Share of the evidence that counts from the start; the rest is spread over the later beginnings. */
const FROM_START = 0.75;

/** The bounds, as log odds ratios, by which one stratum is judged. They may be chosen from all that was seen before it. */
export type Bounds = {
	/** Above this the canary is worse than is tolerated. */
	readonly tolerated: number;
	/** Below this it is good enough to go on. */
	readonly acceptable: number;
};

export type EvidenceTerms = {
	/** How many later beginnings are planned (`startAnew`); fixed in advance. @default 0 */
	readonly restarts?: number;
};

/**
 * What has been seen of one thing that is counted on both sides, as evidence that stays valid however often it is looked at.
 *
 * Each stratum multiplies a likelihood ratio of the conditional distribution of the canary's events (`logLikelihood`): at
 * the bound against points beyond it, averaged. Its expectation is at most 1 while the true odds ratio stays within the
 * bound, since that family has a monotone likelihood ratio; so by Ville's inequality the average ever reaches 1/α with
 * probability at most α (Lindon and Malek 2020 for counts by sequential tests; Turner and Grünwald 2023 for strata). The
 * bound may move from stratum to stratum as long as it is chosen before it.
 *
 * Three quarters of the evidence count from the start, one is spread over later beginnings, so that a regression that
 * comes late is not drowned by a long healthy time before it: an average of such processes is one again.
 */
export type Evidence = {
	/**
	 * Adds a stratum, its weight lessened by the dispersion: the variance of the events over that of independent ones, where
	 * they come in clusters. @default 1
	 */
	add(stratum: Stratum, bounds: Bounds, dispersion?: number): void;
	/** Begins one of the planned later beginnings; more than planned are passed over. */
	startAnew(): void;
	/** Evidence for "worse than tolerated": 1 is none, 1/α and more is proof at error probability α. */
	worse(): number;
	/** Evidence for "within what is acceptable", of the same kind. */
	fine(): number;
	/**
	 * The odds ratios that are still possible at error probability `alpha`, whenever one looks. The grid's ends stand for
	 * "and beyond". Empty evidence gives the whole grid.
	 */
	range(alpha: number): {readonly low: number; readonly high: number};
};

export function openEvidence({restarts = 0}: EvidenceTerms = {}): Evidence {
	const grid = new Float64Array(GRID.length);
	const above = new Float64Array(DISTANCES.length);
	const below = new Float64Array(DISTANCES.length);
	/** What `above` was at each later beginning. */
	const beginnings: Float64Array[] = [];

	return {
		add(stratum, {tolerated, acceptable}, dispersion = 1) {
			if (!canTell(stratum)) return;
			const weight = 1 / dispersion;
			const atTolerated = logLikelihood(stratum, tolerated);
			const atAcceptable = logLikelihood(stratum, acceptable);
			addTo(grid, (j) => weight * logLikelihood(stratum, at(GRID, j)));
			addTo(above, (j) => weight * (logLikelihood(stratum, tolerated + at(DISTANCES, j)) - atTolerated));
			addTo(below, (j) => weight * (logLikelihood(stratum, acceptable - at(DISTANCES, j)) - atAcceptable));
		},
		startAnew() {
			if (beginnings.length < restarts) beginnings.push(above.slice());
		},
		worse() {
			const fromStart = meanOfExp(above);
			if (restarts === 0) return fromStart;
			const later = beginnings.reduce((sum, begun) => sum + meanOfExp(above, begun), restarts - beginnings.length);
			return FROM_START * fromStart + (1 - FROM_START) * (later / restarts);
		},
		fine: () => meanOfExp(below),
		range(alpha) {
			const least = logMeanOfExp(grid) + Math.log(alpha);
			const low = grid.findIndex((value) => value >= least);
			const high = grid.findLastIndex((value) => value >= least);
			return {low: Math.exp(at(GRID, low)), high: Math.exp(at(GRID, high))};
		},
	};
}

/** Whether more than one outcome was possible. Most looks at rare events see none. */
function canTell({canary, stable}: Stratum): boolean {
	const events = canary.events + stable.events;
	return events > 0 && canary.trials > 0 && stable.trials > 0 && events < canary.trials + stable.trials;
}

function addTo(sums: Float64Array, amountAt: (index: number) => number): void {
	for (let j = 0; j < sums.length; j++) sums[j] = at(sums, j) + amountAt(j);
}

function at(values: Float64Array, index: number): number {
	return values[index] ?? Number.NaN;
}

/** Of each distance's part of the line, by a log-normal density of that median and spread. */
function likelihoods(median: number, spread: number): Float64Array {
	const raw = DISTANCES.map((distance, j) => {
		const width = distance - (DISTANCES[j - 1] ?? 0);
		const z = Math.log(distance / median) / spread;
		return (width / distance) * Math.exp((-z * z) / 2);
	});
	const sum = raw.reduce((total, value) => total + value, 0);
	return raw.map((value) => value / sum);
}

/** Beyond what a number holds it is Infinity, which is proof of anything all the same. */
function meanOfExp(logs: Float64Array, since?: Float64Array): number {
	let sum = 0;
	for (let j = 0; j < logs.length; j++)
		sum += at(LIKELY, j) * Math.exp(at(logs, j) - (since === undefined ? 0 : at(since, j)));
	return sum;
}

function logMeanOfExp(logs: Float64Array): number {
	const largest = Math.max(...logs);
	let sum = 0;
	for (const value of logs) sum += Math.exp(value - largest);
	return largest + Math.log(sum / logs.length);
}
