import {logGamma} from './log-gamma.js';

/** More than this never comes: the fraction settles after about the square root of the larger parameter. */
const MAX_TERMS = 200_000;
const EPSILON = 1e-15;
/** Stands in for a zero denominator in Lentz's method. */
const TINY = 1e-300;

/** P(X ≤ k) for X counting hits in `n` independent tries of probability `p`. Exact, for any `n`. */
export function binomialAtMost(k: number, n: number, p: number): number {
	if (k < 0) return 0;
	if (k >= n) return 1;
	return regularisedBeta(1 - p, n - k, k + 1);
}

/** P(X ≥ k), exact: not one minus the other, which would lose what is small. */
export function binomialAtLeast(k: number, n: number, p: number): number {
	if (k <= 0) return 1;
	if (k > n) return 0;
	return regularisedBeta(p, k, n - k + 1);
}

/** I_x(a, b) by its continued fraction (DLMF 8.17.22), on the side where that converges fast. */
function regularisedBeta(x: number, a: number, b: number): number {
	if (x <= 0) return 0;
	if (x >= 1) return 1;
	const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
	return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** Lentz's method: two terms of the fraction a round, until nothing changes. */
function betaFraction(x: number, a: number, b: number): number {
	let c = 1;
	let d = 1 / orTiny(1 - ((a + b) * x) / (a + 1));
	let fraction = d;
	for (let m = 1; m <= MAX_TERMS; m++) {
		const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
		d = 1 / orTiny(1 + even * d);
		c = orTiny(1 + even / c);
		fraction *= d * c;
		const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
		d = 1 / orTiny(1 + odd * d);
		c = orTiny(1 + odd / c);
		fraction *= d * c;
		if (Math.abs(d * c - 1) < EPSILON) return fraction;
	}
	return fraction;
}

function orTiny(value: number): number {
	return Math.abs(value) < TINY ? TINY : value;
}
