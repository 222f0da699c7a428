import type {Side} from '../ports/splitter/splitter.js';
import {type Bounds, type Evidence, openEvidence} from '../stats/evidence.js';
import type {Share, Stratum} from '../stats/odds-likelihood.js';
import {openDispersion} from './dispersion.js';
import type {Guard, Tolerance} from './guard.js';
import {addHistograms, edgesAt, emptyHistogram, type Histogram, slowerThan, totalOf} from './histogram.js';
import type {GuardVerdict} from './judge.js';
import type {Counted, Look} from './look.js';
import {latencyTolerance, tolerancesOdds} from './tolerance.js';

export type WatchTerms = {readonly restarts: number; readonly lagMs: number};

/** One guard over the time of a canary. */
export type Watch = {
	add(look: Look): void;
	startAnew(): void;
	evidence(): Pick<GuardVerdict, 'worse' | 'fine' | 'where' | 'range' | 'counts'>;
};

/** What the ranges shown to people are good for. */
const SHOWN_ALPHA = 0.05;

export function openWatch(guard: Guard, terms: WatchTerms): Watch {
	switch (guard.kind) {
		case 'failures':
			return guard.measure === 'errors' ? watchErrors(guard, terms) : watchMeasure(guard, guard.measure, terms);
		case 'rate':
			return watchMeasure(guard, guard.measure, terms);
		case 'latency':
			return watchLatency(guard, terms);
		default:
			return guard satisfies never;
	}
}

type Bounded = Pick<Guard, 'worse' | 'acceptable'>;

/** One count on both sides: evidence, and what stable has shown, by which a tolerance is put into odds. */
function openCount(kind: 'failures' | 'rate', guard: Bounded, restarts: number) {
	const evidence = openEvidence({restarts});
	const dispersion = openDispersion();
	const seen: Record<Side, Share> = {stable: {trials: 0, events: 0}, canary: {trials: 0, events: 0}};
	const learn = (side: Side, more: Share) => {
		seen[side] = {trials: seen[side].trials + more.trials, events: seen[side].events + more.events};
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

function watchMeasure(guard: Exclude<Guard, {kind: 'latency'}>, measure: string, {restarts, lagMs}: WatchTerms): Watch {
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

/** Of the errors' evidence. */
const OF_ROUTES = 0.25;
/** Routes watched one by one; more than these are only part of the whole. Fixed in advance, as weights must be. */
const ROUTE_SLOTS = 20;

/** Part of the evidence is that of single routes: who breaks one page breaks few requests. */
function watchErrors(guard: Guard, terms: WatchTerms): Watch {
	const whole = watchMeasure({...guard, kind: 'failures', measure: 'errors'}, 'errors', terms);
	const routes = new Map<string, ReturnType<typeof openCount>>();
	let renewals = 0;

	const routeOf = (route: string) => {
		const known = routes.get(route);
		if (known !== undefined || routes.size >= ROUTE_SLOTS) return known;
		const count = openCount('failures', guard, terms.restarts);
		// A route that is first seen late has evidence of 1 since every beginning so far.
		for (let i = 0; i < renewals; i++) count.evidence.startAnew();
		routes.set(route, count);
		return count;
	};
	return {
		add(look) {
			whole.add(look);
			for (const [route, counted] of Object.entries(look.routes)) routeOf(route)?.add(counted, !look.isWarmup);
		},
		startAnew() {
			renewals++;
			whole.startAnew();
			for (const {evidence} of routes.values()) evidence.startAnew();
		},
		evidence() {
			const all = whole.evidence();
			const byRoute = [...routes].map(([route, {evidence}]) => ({route, worse: evidence.worse()}));
			const idle = ROUTE_SLOTS - byRoute.length;
			const ofRoutes = (byRoute.reduce((sum, {worse}) => sum + worse, 0) + idle) / ROUTE_SLOTS;
			const worst = byRoute.toSorted((a, b) => b.worse - a.worse)[0];
			return {
				...all,
				worse: (1 - OF_ROUTES) * all.worse + OF_ROUTES * ofRoutes,
				where: worst !== undefined && worst.worse > 1 && ofRoutes > all.worse ? worst.route : undefined,
			};
		},
	};
}

/** Where a difference of answer times is looked for. */
const QUANTILES = [0.5, 0.8, 0.95, 0.99];
/** Before stable has shown so many requests its distribution is not known well enough to choose edges by. */
const LEAST_TO_CHOOSE = 200;

function watchLatency(guard: Guard, {restarts}: WatchTerms): Watch {
	let stable: Histogram | undefined;
	let edges: readonly {readonly edgeMs: number; readonly evidence: Evidence; seen: Record<Side, Share>}[] = [];
	let renewals = 0;

	const choose = (histogram: Histogram) =>
		edgesAt(histogram, QUANTILES).map((edgeMs) => {
			const evidence = openEvidence({restarts});
			for (let i = 0; i < renewals; i++) evidence.startAnew();
			const none = {trials: 0, events: 0};
			return {edgeMs, evidence, seen: {stable: none, canary: none}};
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
					edge.seen = {stable: sum(edge.seen.stable, stratum.stable), canary: sum(edge.seen.canary, stratum.canary)};
				}
			}
			stable = addHistograms(stable, latency.stable);
		},
		startAnew() {
			renewals++;
			for (const {evidence} of edges) evidence.startAnew();
		},
		evidence() {
			const none = {trials: 0, events: 0};
			if (edges.length === 0)
				return {worse: 1, fine: 1, where: undefined, range: undefined, counts: {stable: none, canary: none}};
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

function sum(a: Share, b: Share): Share {
	return {trials: a.trials + b.trials, events: a.events + b.events};
}

function rangeOf(evidence: Evidence, seen: Readonly<Record<Side, Share>>): GuardVerdict['range'] {
	const isSeen = seen.canary.trials > 0 && seen.stable.trials > 0;
	return isSeen ? evidence.range(SHOWN_ALPHA) : undefined;
}
