import type {Share} from '../stats/odds-likelihood.js';
import type {Guard, Tolerance} from './guard.js';
import {type Histogram, logOddsSlower} from './histogram.js';

/**
 * What a measure is taken to be before anything was counted: one bad of a hundred, as much as a hundred requests' word. It
 * only translates a tolerance; evidence is never based on it.
 */
const PRIOR: Share = {trials: 100, events: 1};

/**
 * How many times the odds of a bad event may be stable's, as a logarithm, at the rate that stable has shown so far. The
 * test is one of odds, since only that does not depend on how frequent the events are; people think in points and percent.
 * Never below 0: no tolerance asks a canary to be better.
 */
export function tolerancesOdds(kind: 'failures' | 'rate', tolerance: Tolerance, stable: Share): number {
	const share = (stable.events + PRIOR.events) / (stable.trials + PRIOR.trials);
	const bad = Math.min(0.999, badShare(kind, tolerance, share));
	return Math.max(0, logit(bad) - logit(Math.min(share, bad)));
}

function badShare(kind: Exclude<Guard['kind'], 'latency'>, tolerance: Tolerance, share: number): number {
	if ('points' in tolerance) return share + tolerance.points / 100;
	const factor = tolerance.percent / 100;
	// A rate counts what does not happen: a tenth fewer checkouts of 2 % is 98.2 % without one instead of 98 %.
	return kind === 'rate' ? 1 - (1 - share) * (1 - factor) : share * (1 + factor);
}

/** Less than this nobody feels; fewer kept connections make a canary slower by as much. */
const LEAST_FELT_MS = 5;
/** Where a time lessened by that would be nothing. */
const SOON_MS = 0.5;

/**
 * The same for "slower than an edge": a canary that is slower by `percent` throughout has above an edge what stable has
 * above the edge's time lessened by so much.
 */
export function latencyTolerance(tolerance: Tolerance, stable: Histogram, edgeMs: number): number {
	if ('points' in tolerance) {
		const odds = logOddsSlower(stable, edgeMs);
		const share = 1 / (1 + Math.exp(-odds));
		return logit(Math.min(0.999, share + tolerance.points / 100)) - odds;
	}
	const slower = Math.min(edgeMs / (1 + tolerance.percent / 100), Math.max(edgeMs - LEAST_FELT_MS, SOON_MS));
	return Math.max(0, logOddsSlower(stable, slower) - logOddsSlower(stable, edgeMs));
}

function logit(share: number): number {
	return Math.log(share) - Math.log1p(-share);
}
