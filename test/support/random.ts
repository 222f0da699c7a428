import {makeRandom as makeUniform} from './sweep.js';

/** Seeded random numbers: the same seed, the same run. */
export type Random = {
	/** From 0 to below 1. */
	next(): number;
	/** Hits among `n` tries of probability `p`. */
	binomial(n: number, p: number): number;
	/** Arrivals of a Poisson process with that mean. */
	poisson(mean: number): number;
	/** Of the standard normal distribution. */
	normal(): number;
};

export function makeRandom(seed: number): Random {
	const next = makeUniform(seed);
	const normal = () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
	return {
		next,
		normal,
		binomial(n, p) {
			if (p <= 0 || n <= 0) return 0;
			if (p >= 1) return n;
			// The gaps between hits are geometric: as many draws as there are hits.
			const logMiss = Math.log1p(-p);
			let hits = 0;
			for (let at = Math.floor(Math.log(1 - next()) / logMiss); at < n; hits++)
				at += 1 + Math.floor(Math.log(1 - next()) / logMiss);
			return hits;
		},
		poisson(mean) {
			if (mean > 500) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normal()));
			let count = 0;
			for (let at = -Math.log(1 - next()); at < mean; count++) at -= Math.log(1 - next());
			return count;
		},
	};
}
