import type {Side} from '../ports/splitter/splitter.js';
import type {Share} from '../stats/odds-likelihood.js';
import type {Guard} from './guard.js';
import type {Watch} from './guard-watch.js';
import {addHistograms, type Histogram, quantileMs} from './histogram.js';
import type {Look} from './look.js';
import {openWatch} from './open-watch.js';

export type JudgeTerms = {
	/** Chosen before anything is seen; their weights add up to 1. */
	readonly guards: readonly Guard[];
	/** Chance, over the whole canary, that one which is no worse goes back. @default 0.01 */
	readonly alpha: number;
	/** Chance that a guard is called fine although the canary is worse than acceptable. @default 0.05 */
	readonly beta: number;
	/** A late regression is sought anew so often. @default 300000 */
	readonly restartEveryMs: number;
	/** How long the canary is planned to take. */
	readonly plannedMs: number;
	/** How long after a change of the share rates are not counted: their events come late. @default 600000 */
	readonly lagMs: number;
};

/** `worse`: proved so. `fine`: proved acceptable. `open`: counted, and neither is proved. `unseen`: nothing was counted. */
export type GuardState = 'worse' | 'fine' | 'open' | 'unseen';

export type GuardVerdict = {
	readonly name: string;
	readonly title: string;
	readonly kind: Guard['kind'];
	readonly state: GuardState;
	/** Evidence for worse than tolerated, and for acceptable: 1 is none; ≥ 1/α, 1/β is proof. */
	readonly worse: number;
	readonly fine: number;
	/** Which part tells it: a route, an edge; undefined where the guard has one part only. */
	readonly where: string | undefined;
	/** What the canary's odds of a bad event still may be, as times stable's, at 95 %. Undefined where unseen. */
	readonly range: {readonly low: number; readonly high: number} | undefined;
	/** Counted since the start: bad events of tries. */
	readonly counts: Readonly<Record<Side, Share>>;
};

export type Verdict = {
	/** All guards' evidence together. */
	readonly evidence: number;
	/** Proved: the canary is worse than tolerated by some guard. */
	readonly isWorse: boolean;
	/** The guards that are to blame, worst first. */
	readonly culprits: readonly string[];
	readonly guards: readonly GuardVerdict[];
	readonly p95Ms: Readonly<Record<Side, number | undefined>>;
};

export type Judge = {
	/** Takes one look in; looks come in the order of their time. The same looks give the same verdict, bit by bit. */
	add(look: Look): void;
	verdict(): Verdict;
	/** All answer times so far. */
	readonly latency: () => Readonly<Record<Side, Histogram | undefined>>;
};

/**
 * Judges a canary from looks. Guards' evidence is averaged by weights fixed in advance, which is valid under any dependence
 * between them (Vovk and Wang 2021), so that the chance of ever sending a good canary back stays below `alpha`.
 */
export function openJudge(terms: JudgeTerms): Judge {
	const restarts = Math.max(1, Math.floor(terms.plannedMs / terms.restartEveryMs));
	const watches = terms.guards.map((guard) => ({guard, watch: openWatch(guard, {restarts, lagMs: terms.lagMs})}));
	const latency: Record<Side, Histogram | undefined> = {stable: undefined, canary: undefined};
	let begunAtMs: number | undefined;
	let renewals = 0;

	return {
		add(look) {
			if (!look.isWarmup) {
				begunAtMs ??= look.atMs;
				if (look.atMs - begunAtMs >= (renewals + 1) * terms.restartEveryMs) {
					renewals++;
					for (const {watch} of watches) watch.startAnew();
				}
				for (const side of ['stable', 'canary'] as const) latency[side] = sumOf(latency[side], look.latency?.[side]);
			}
			for (const {watch} of watches) watch.add(look);
		},
		verdict: () => makeVerdict(watches, latency, terms),
		latency: () => latency,
	};
}

function sumOf(sum: Histogram | undefined, more: Histogram | undefined): Histogram | undefined {
	if (sum === undefined || more === undefined) return sum ?? more;
	return sum.edgesMs.length === more.edgesMs.length ? addHistograms(sum, more) : sum;
}

function makeVerdict(
	watches: readonly {readonly guard: Guard; readonly watch: Watch}[],
	latency: Readonly<Record<Side, Histogram | undefined>>,
	{alpha, beta}: Pick<JudgeTerms, 'alpha' | 'beta'>,
): Verdict {
	const seen = watches.map(({guard, watch}) => ({guard, ...watch.evidence()}));
	const evidence = seen.reduce((sum, {guard, worse}) => sum + guard.weight * worse, 0);
	const isWorse = evidence >= 1 / alpha;
	const culprits = isWorse ? blame(seen, alpha) : [];
	return {
		evidence,
		isWorse,
		culprits,
		p95Ms: {
			stable: latency.stable && quantileMs(latency.stable, 0.95),
			canary: latency.canary && quantileMs(latency.canary, 0.95),
		},
		guards: seen.map(({guard: {name, title, kind}, ...rest}) => ({
			name,
			title,
			kind,
			...rest,
			state: culprits.includes(name) ? 'worse' : stateOf(rest, beta),
		})),
	};
}

function stateOf({fine, counts}: Pick<GuardVerdict, 'fine' | 'counts'>, beta: number): GuardState {
	if (counts.canary.trials === 0 || counts.stable.trials === 0) return 'unseen';
	return fine >= 1 / beta ? 'fine' : 'open';
}

/**
 * Whom to name: e-BH (Wang and Ramdas 2022), by which the share of wrongly named guards stays below `alpha`; where it names
 * nobody, the one with the most evidence, since it was their average that decided.
 */
function blame(seen: readonly {guard: Guard; worse: number}[], alpha: number): string[] {
	const sorted = seen.toSorted((a, b) => b.worse - a.worse);
	const count = sorted.findLastIndex(({worse}, index) => worse >= sorted.length / ((index + 1) * alpha)) + 1;
	return sorted.slice(0, Math.max(1, count)).map(({guard: {name}}) => name);
}
