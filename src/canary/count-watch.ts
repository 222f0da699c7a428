import type {Side} from '../ports/splitter/splitter.js';
import {type Bounds, type Evidence, openEvidence} from '../stats/evidence.js';
import {addShares, NOTHING, type Share} from '../stats/odds-likelihood.js';
import {openDispersion} from './dispersion.js';
import type {Guard, Tolerance} from './guard.js';
import type {Watch, WatchTerms} from './guard-watch.js';
import type {GuardVerdict} from './judge.js';
import type {Counted} from './look.js';
import {tolerancesOdds} from './tolerance.js';

/** What the ranges shown to people are good for. */
const SHOWN_ALPHA = 0.05;

type Bounded = Pick<Guard, 'worse' | 'acceptable'>;

/** One count on both sides: evidence, and what stable has shown, by which a tolerance is put into odds. */
export function openCount(kind: 'failures' | 'rate', guard: Bounded, restarts: number) {
	const evidence = openEvidence({restarts});
	const dispersion = openDispersion();
	const seen: Record<Side, Share> = {stable: NOTHING, canary: NOTHING};
	const learn = (side: Side, more: Share) => {
		seen[side] = addShares(seen[side], more);
	};
	const oddsOf = (tolerance: Tolerance) => tolerancesOdds(kind, tolerance, seen.stable);
	return {
		evidence,
		seen,
		add(counted: Counted, isJudged: boolean) {
			if (isJudged) {
				const bounds: Bounds = {tolerated: oddsOf(guard.worse), acceptable: oddsOf(guard.acceptable)};
				evidence.add(counted, bounds, counted.mayCluster ? dispersion.value() : 1);
				learn('canary', counted.canary);
			}
			// After it was used: a bound may only come from what was seen before.
			learn('stable', counted.stable);
			dispersion.add(counted.stable);
		},
	};
}

/** A measure that is counted as a whole. */
export function watchMeasure(
	guard: Exclude<Guard, {kind: 'latency'}>,
	measure: string,
	{restarts, lagMs}: WatchTerms,
): Watch {
	const count = openCount(guard.kind, guard, restarts);
	return {
		add(look) {
			const counted = look.measures[measure];
			if (counted === undefined) return;
			const isSettled = guard.kind !== 'rate' || look.settledMs >= lagMs;
			count.add(counted, !look.isWarmup && isSettled);
		},
		startAnew: () => count.evidence.startAnew(),
		evidence: () => ({
			worse: count.evidence.worse(),
			fine: count.evidence.fine(),
			where: undefined,
			range: rangeOf(count.evidence, count.seen),
			counts: {...count.seen},
		}),
	};
}

/** The odds still possible, for people; undefined where one side was never counted. */
export function rangeOf(evidence: Evidence, seen: Readonly<Record<Side, Share>>): GuardVerdict['range'] {
	const isSeen = seen.canary.trials > 0 && seen.stable.trials > 0;
	return isSeen ? evidence.range(SHOWN_ALPHA) : undefined;
}
