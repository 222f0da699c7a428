import type {Side} from '../ports/splitter/splitter.js';
import {type Evidence, openEvidence} from '../stats/evidence.js';
import {addShares, NOTHING, type Share, type Stratum} from '../stats/odds-likelihood.js';
import {rangeOf} from './count-watch.js';
import type {Guard} from './guard.js';
import type {Watch, WatchTerms} from './guard-watch.js';
import {addHistograms, edgesAt, emptyHistogram, type Histogram, slowerThan, totalOf} from './histogram.js';
import {latencyTolerance} from './tolerance.js';

/** Where a difference of answer times is looked for. */
const QUANTILES = [0.5, 0.8, 0.95, 0.99];
/** Before stable has shown so many requests its distribution is not known well enough to choose edges by. */
const LEAST_TO_CHOOSE = 200;

/** The whole distribution of answer times, at edges that stable chose before. */
export function watchLatency(guard: Guard, {restarts}: WatchTerms): Watch {
	let stable: Histogram | undefined;
	let edges: readonly {readonly edgeMs: number; readonly evidence: Evidence; seen: Record<Side, Share>}[] = [];
	let renewals = 0;

	const choose = (histogram: Histogram) =>
		edgesAt(histogram, QUANTILES).map((edgeMs) => {
			const evidence = openEvidence({restarts});
			for (let i = 0; i < renewals; i++) evidence.startAnew();
			return {edgeMs, evidence, seen: {stable: NOTHING, canary: NOTHING}};
		});
	return {
		add(look) {
			if (look.latency === undefined) return;
			const {latency} = look;
			stable ??= emptyHistogram(latency.stable.edgesMs);
			// Another source with edges of its own cannot be added to what was seen.
			if (latency.stable.edgesMs.length !== stable.edgesMs.length) return;
			if (edges.length === 0 && totalOf(stable) >= LEAST_TO_CHOOSE) edges = choose(stable);
			if (!look.isWarmup) {
				for (const edge of edges) {
					const stratum: Stratum = {
						canary: {trials: totalOf(latency.canary), events: slowerThan(latency.canary, edge.edgeMs)},
						stable: {trials: totalOf(latency.stable), events: slowerThan(latency.stable, edge.edgeMs)},
					};
					edge.evidence.add(stratum, {
						tolerated: latencyTolerance(guard.worse, stable, edge.edgeMs),
						acceptable: latencyTolerance(guard.acceptable, stable, edge.edgeMs),
					});
					edge.seen = {
						stable: addShares(edge.seen.stable, stratum.stable),
						canary: addShares(edge.seen.canary, stratum.canary),
					};
				}
			}
			stable = addHistograms(stable, latency.stable);
		},
		startAnew() {
			renewals++;
			for (const {evidence} of edges) evidence.startAnew();
		},
		evidence() {
			if (edges.length === 0)
				return {worse: 1, fine: 1, where: undefined, range: undefined, counts: {stable: NOTHING, canary: NOTHING}};
			const all = edges.map(({edgeMs, evidence, seen}) => ({edgeMs, evidence, seen, worse: evidence.worse()}));
			const worst = all.reduce((a, b) => (b.worse > a.worse ? b : a));
			// Where nothing is proved it is the tail that people ask about.
			const shown = worst.worse > 1 ? worst : (all.find(({edgeMs}) => edgeMs === edges.at(-2)?.edgeMs) ?? worst);
			return {
				worse: all.reduce((total, {worse}) => total + worse, 0) / all.length,
				// Fine is what is fine at every edge.
				fine: Math.min(...all.map(({evidence}) => evidence.fine())),
				where: `slower than ${shown.edgeMs} ms`,
				range: rangeOf(shown.evidence, shown.seen),
				counts: shown.seen,
			};
		},
	};
}
