import {emptyHistogram, REQUEST_EDGES_MS} from '../../src/canary/histogram.js';
import type {Counted, Look} from '../../src/canary/look.js';
import type {Random} from '../support/random.js';

/** A shop's traffic as far as a canary sees it. Rates are per request. */
export type Traffic = {
	readonly requestsPerSecond: number;
	readonly errorShare: number;
	readonly checkoutShare: number;
	readonly paymentFailureShare: number;
	/** Median and spread of log-normal answer times. */
	readonly medianMs: number;
	readonly sigma: number;
};

export const SHOP: Traffic = {
	requestsPerSecond: 10,
	errorShare: 0.005,
	checkoutShare: 0.02,
	paymentFailureShare: 0.03,
	medianMs: 120,
	sigma: 0.8,
};

/** What is wrong with the canary: factors on its traffic's figures. */
export type Fault = {
	readonly errors?: number;
	readonly latency?: number;
	readonly checkouts?: number;
	readonly payments?: number;
	/** It begins so late. */
	readonly fromMs?: number;
};

export type Scenario = {
	readonly traffic: Traffic;
	readonly stages: readonly number[];
	readonly bakeMs: number;
	readonly lookEveryMs: number;
	readonly fault?: Fault;
	/** Errors come in incidents of mean 2 (one and geometric), each in one arm; counted raw, or once. */
	readonly clusters?: 'raw' | 'once';
	/** A checkout comes so long after the session's first request, which decides its side; the ramp then fakes a drop. */
	readonly checkoutLagMs?: number;
};

const EDGES = REQUEST_EDGES_MS;
/** Φ at a log-normal's edges gives exact bucket chances; drawn by the multinomial's binomials. */
function chances(medianMs: number, sigma: number): number[] {
	const below = EDGES.map((edge) => phi((Math.log(edge) - Math.log(medianMs)) / sigma));
	return below.map((value, index) => value - (below[index - 1] ?? 0)).concat(1 - (below.at(-1) ?? 1));
}

function phi(z: number): number {
	// Abramowitz and Stegun 26.2.17: 7.5e-8 is exact enough to draw by.
	const t = 1 / (1 + 0.2316419 * Math.abs(z));
	const tail =
		(Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) *
		t *
		(0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
	return z > 0 ? 1 - tail : tail;
}

/** Looks of a canary that nobody stops, drawn one by one. */
export function* simulateLooks(scenario: Scenario, random: Random): Generator<Look> {
	const {traffic, stages, bakeMs, lookEveryMs, fault = {}} = scenario;
	const stableChances = chances(traffic.medianMs, traffic.sigma);
	const slowChances = chances(traffic.medianMs * (fault.latency ?? 1), traffic.sigma);
	const looksPerStage = Math.round(bakeMs / lookEveryMs);
	const seconds = lookEveryMs / 1000;
	/** Sessions begun by look and side: their checkouts come `checkoutLagMs` later. */
	const begun: {stable: number; canary: number}[] = [];
	let atMs = 0;
	for (let warmup = 0; warmup < 60; warmup++) {
		atMs += lookEveryMs;
		yield lookOf({
			atMs,
			stage: 0,
			share: 0,
			settledMs: 0,
			isWarmup: true,
			counts: drawLook({share: 0, isFaulty: false}),
		});
	}
	for (const [stage, share] of stages.entries()) {
		for (let look = 0; look < looksPerStage; look++) {
			atMs += lookEveryMs;
			const isFaulty = atMs >= (fault.fromMs ?? 0);
			yield lookOf({
				atMs,
				stage,
				share,
				settledMs: look * lookEveryMs,
				isWarmup: false,
				counts: drawLook({share, isFaulty}),
			});
		}
	}

	function drawLook({share, isFaulty}: {share: number; isFaulty: boolean}) {
		// Both sides drift together by a fifth over the hour.
		const drift = 1 + 0.2 * Math.sin((2 * Math.PI * atMs) / 3_600_000);
		const total = random.poisson(traffic.requestsPerSecond * seconds * drift);
		const canary = random.binomial(total, share);
		const sides = {canary, stable: total - canary};
		const errorsOf = (side: 'canary' | 'stable') => {
			const p = traffic.errorShare * drift * (side === 'canary' && isFaulty ? (fault.errors ?? 1) : 1);
			if (scenario.clusters === undefined) return random.binomial(sides[side], Math.min(1, p));
			const incidents = random.binomial(sides[side], Math.min(1, p / 2));
			if (scenario.clusters === 'once') return incidents;
			let errors = 0;
			for (let i = 0; i < incidents; i++) {
				errors++;
				while (random.next() < 0.5) errors++;
			}
			return Math.min(errors, sides[side]);
		};
		const checkoutFactor = isFaulty ? (fault.checkouts ?? 1) : 1;
		const attempts = {
			canary: random.binomial(sides.canary, traffic.checkoutShare),
			stable: random.binomial(sides.stable, traffic.checkoutShare),
		};
		const paymentFault = isFaulty ? (fault.payments ?? 1) : 1;
		begun.push(sides);
		const lagLooks = Math.round((scenario.checkoutLagMs ?? 0) / lookEveryMs);
		const source = begun[begun.length - 1 - lagLooks] ?? {canary: 0, stable: 0};
		const checkouts = {
			canary: Math.min(sides.canary, random.binomial(source.canary, traffic.checkoutShare * checkoutFactor)),
			stable: Math.min(sides.stable, random.binomial(source.stable, traffic.checkoutShare)),
		};
		return {
			sides,
			errors: {canary: errorsOf('canary'), stable: errorsOf('stable')},
			attempts,
			failures: {
				canary: random.binomial(attempts.canary, traffic.paymentFailureShare * paymentFault),
				stable: random.binomial(attempts.stable, traffic.paymentFailureShare),
			},
			checkouts,
			latency: {
				canary: drawHistogram(sides.canary, isFaulty ? slowChances : stableChances),
				stable: drawHistogram(sides.stable, stableChances),
			},
		};
	}

	function drawHistogram(total: number, bucketChances: readonly number[]) {
		const counts = emptyHistogram(EDGES).counts.slice();
		let left = total;
		let chanceLeft = 1;
		for (let index = 0; index < counts.length && left > 0; index++) {
			const chance = bucketChances[index] ?? 0;
			const drawn = chanceLeft <= chance ? left : random.binomial(left, Math.min(1, chance / chanceLeft));
			counts[index] = drawn;
			left -= drawn;
			chanceLeft -= chance;
		}
		return {edgesMs: EDGES, counts};
	}

	function lookOf({
		counts,
		...rest
	}: Omit<Look, 'measures' | 'routes' | 'latency'> & {counts: ReturnType<typeof drawLook>}): Look {
		const of = (trials: Record<'canary' | 'stable', number>, events: Record<'canary' | 'stable', number>): Counted => ({
			canary: {trials: trials.canary, events: events.canary},
			stable: {trials: trials.stable, events: events.stable},
			...(scenario.clusters === 'raw' ? {mayCluster: true} : {}),
		});
		const without = {
			canary: counts.sides.canary - counts.checkouts.canary,
			stable: counts.sides.stable - counts.checkouts.stable,
		};
		return {
			...rest,
			measures: {
				errors: of(counts.sides, counts.errors),
				payments: of(counts.attempts, counts.failures),
				'checkout-rate': {...of(counts.sides, without)},
			},
			routes: {},
			latency: counts.latency,
		};
	}
}
