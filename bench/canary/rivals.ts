import {addHistograms, type Histogram, quantileMs} from '../../src/canary/histogram.js';
import type {Look} from '../../src/canary/look.js';
import type {Side} from '../../src/ports/splitter/splitter.js';

/** Says after a look whether the canary goes back. */
export type Rule = {add(look: Look): boolean};

const MINUTE_MS = 60_000;

type Minute = {readonly errorShare: Record<Side, number>; readonly p95: Record<Side, number>};

/** What a scraper and a query give: one value a minute and side; NaN without requests. */
function openMinutes(): {add(look: Look): Minute | undefined} {
	let startMs: number | undefined;
	let counts = zero();
	let latency: Record<Side, Histogram> | undefined;
	return {
		add(look) {
			startMs ??= look.atMs;
			for (const side of ['stable', 'canary'] as const) {
				counts[side].trials += look.measures['errors']?.[side].trials ?? 0;
				counts[side].events += look.measures['errors']?.[side].events ?? 0;
			}
			if (look.latency !== undefined)
				latency =
					latency === undefined
						? {...look.latency}
						: {
								stable: addHistograms(latency.stable, look.latency.stable),
								canary: addHistograms(latency.canary, look.latency.canary),
							};
			if (look.atMs - startMs < MINUTE_MS) return undefined;
			const p95 = (side: Side) =>
				latency === undefined ? Number.NaN : (quantileMs(latency[side], 0.95) ?? Number.NaN);
			const minute = {
				errorShare: {stable: share(counts.stable), canary: share(counts.canary)},
				p95: {stable: p95('stable'), canary: p95('canary')},
			};
			startMs = look.atMs;
			counts = zero();
			latency = undefined;
			return minute;
		},
	};
}

function zero(): Record<Side, {trials: number; events: number}> {
	return {stable: {trials: 0, events: 0}, canary: {trials: 0, events: 0}};
}

function share({trials, events}: {trials: number; events: number}): number {
	return trials === 0 ? Number.NaN : events / trials;
}

/**
 * Fixed limits on the canary alone, once a minute, as Flagger's checks (five failed ones in all) and Argo Rollouts' analysis
 * (more than three of one metric) have them. No data fails a check there.
 */
export function openThresholds(
	{errorShare, p95Ms}: {errorShare: number; p95Ms: number},
	kind: 'flagger' | 'argo',
): Rule {
	const minutes = openMinutes();
	const failed = {errors: 0, latency: 0, checks: 0};
	return {
		add(look) {
			const minute = minutes.add(look);
			if (minute === undefined) return false;
			const isBad = !(minute.errorShare.canary <= errorShare);
			const isSlow = !(minute.p95.canary <= p95Ms);
			if (isBad) failed.errors++;
			if (isSlow) failed.latency++;
			if (isBad || isSlow) failed.checks++;
			return kind === 'flagger' ? failed.checks >= 5 : failed.errors > 3 || failed.latency > 3;
		},
	};
}

/**
 * Kayenta's judge: Mann-Whitney of the minutes of canary and stable, by stage, every five minutes; "high" when the lower end
 * of the confidence interval of the shift is above the tolerance (0.25 of the Hodges-Lehmann estimate's size) and the shift is
 * upwards. One metric high of two is a score of 50, below the marginal 75: it fails.
 */
export function openKayenta({confidence}: {confidence: number}): Rule {
	const minutes = openMinutes();
	let stage = -1;
	let seen: Minute[] = [];
	let sinceJudged = 0;
	return {
		add(look) {
			if (look.stage !== stage) {
				stage = look.stage;
				seen = [];
				sinceJudged = 0;
			}
			const minute = minutes.add(look);
			if (minute === undefined) return false;
			seen.push(minute);
			sinceJudged++;
			if (sinceJudged < 5) return false;
			sinceJudged = 0;
			return (['errorShare', 'p95'] as const).some((metric) => {
				const values = (side: Side) => seen.map((one) => one[metric][side]).filter((value) => !Number.isNaN(value));
				return isHigh(values('canary'), values('stable'), confidence);
			});
		},
	};
}

function isHigh(canary: readonly number[], stable: readonly number[], confidence: number): boolean {
	if (canary.length < 3 || stable.length < 3) return false;
	const differences = canary.flatMap((a) => stable.map((b) => a - b)).sort((a, b) => a - b);
	const n = differences.length;
	const estimate = ((differences[Math.floor((n - 1) / 2)] ?? 0) + (differences[Math.ceil((n - 1) / 2)] ?? 0)) / 2;
	const spread = Math.sqrt((canary.length * stable.length * (canary.length + stable.length + 1)) / 12);
	const rank = Math.floor(n / 2 - normalQuantile((1 + confidence) / 2) * spread);
	const low = rank < 0 ? Number.NEGATIVE_INFINITY : (differences[rank] ?? 0);
	return estimate > 0 && low > 0.25 * Math.abs(estimate);
}

/** The inverse of the normal distribution, by bisection of its series (Abramowitz and Stegun 26.2.11). */
function normalQuantile(p: number): number {
	let low = -8;
	let high = 8;
	for (let i = 0; i < 80; i++) {
		const middle = (low + high) / 2;
		if (normalBelow(middle) < p) low = middle;
		else high = middle;
	}
	return (low + high) / 2;
}

function normalBelow(z: number): number {
	let sum = z;
	let term = z;
	for (let k = 1; k < 200; k++) {
		term *= (z * z) / (2 * k + 1);
		sum += term;
	}
	return 0.5 + (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}
