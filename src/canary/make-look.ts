import type {Side, SideTotals, TrafficReading} from '../ports/splitter/splitter.js';
import {addShares, NOTHING, type Share, type Stratum} from '../stats/odds-likelihood.js';
import {addHistograms, type Histogram} from './histogram.js';
import {type InstanceDelta, instanceDelta} from './instance-delta.js';
import type {Counted, Look} from './look.js';
import {openLoopWatch} from './loop-watch.js';
import type {InstanceCounts} from './measures.js';
import type {InstanceObservation, Observation} from './observe.js';
import {openServedCounter} from './served.js';

/** Where a canary stands when it is looked at. */
export type Position = Pick<Look, 'stage' | 'share' | 'settledMs' | 'isWarmup'>;

export type Sight = {
	readonly look: Look;
	/** Which source told each measure, for people. */
	readonly sources: Readonly<Record<string, string>>;
	/** Requests since the last look, by the splitter. Undefined where it did not tell. */
	readonly requests: Readonly<Record<Side, number>> | undefined;
	/** Answers of the canary since the last look, and the failed ones: undefined where the splitter did not tell. */
	readonly canaryAnswers: Share | undefined;
	/** What is missing or odd in this look, each in words: the canary does not go on while there is any. */
	readonly gaps: readonly string[];
	/** Canary instances that started anew since the last look. */
	readonly canaryRestarts: number;
};

export type LookMaker = {
	/** Puts what was seen into one look, by the difference to the last. The first one only begins. */
	make(observation: Observation, position: Position): Sight;
};

export function openLookMaker(splitterTitle: string): LookMaker {
	const counter = openServedCounter();
	const loop = openLoopWatch();
	const counts = new Map<string, InstanceCounts>();
	let traffic: TrafficReading | undefined;
	/** Once the splitter has told of errors, or of single requests, nobody else's word is mixed with its own. */
	let told: {readonly errors: boolean; readonly latency: boolean} = {errors: false, latency: false};

	return {
		make(observation, position) {
			const gaps: string[] = [];
			const measures: Record<string, Counted> = {};
			const sources: Record<string, string> = {};
			let latency: Look['latency'];
			let routes: Look['routes'] = {};

			const seenInside = tellInstances(observation.instances, gaps);
			if ('value' in observation.traffic)
				told = {errors: true, latency: told.latency || observation.traffic.value.served !== undefined};
			for (const [name, stratum] of Object.entries(seenInside.shares)) {
				if (name === 'errors' && told.errors) continue;
				measures[name] = {...stratum, mayCluster: true};
				sources[name] = 'the instances’ metrics';
			}
			if (seenInside.latency !== undefined && !told.latency) {
				latency = seenInside.latency;
				sources['latency'] = 'the instances’ metrics';
			}
			const late = loop.add(observation);
			if (late !== undefined) {
				measures['event-loop'] = late;
				sources['event-loop'] = 'the instances’ metrics';
			}

			const seen = tellTraffic(observation, gaps);
			if (seen?.served !== undefined) {
				const counted = counter.count(seen.served);
				measures['errors'] = counted.errors;
				({routes, latency} = counted);
				sources['errors'] = `each request at ${splitterTitle}`;
				sources['latency'] = sources['errors'];
			} else if (seen?.difference !== undefined) {
				measures['errors'] = {...seen.difference, mayCluster: true};
				sources['errors'] = `the counters of ${splitterTitle}`;
			}
			return {
				look: {atMs: observation.atMs, ...position, measures, routes, latency},
				sources,
				requests:
					seen?.difference === undefined
						? undefined
						: {stable: seen.difference.stable.trials, canary: seen.difference.canary.trials},
				canaryAnswers: seen?.difference?.canary,
				gaps,
				canaryRestarts: seenInside.canaryRestarts,
			};
		},
	};

	function tellTraffic(observation: Observation, gaps: string[]) {
		if ('why' in observation.traffic) {
			gaps.push(`${splitterTitle} does not tell its traffic: ${observation.traffic.why}`);
			return undefined;
		}
		const now = observation.traffic.value;
		const before = traffic;
		traffic = now;
		if (before === undefined) return undefined;
		const isSame = before.incarnation === now.incarnation;
		if (!isSame) gaps.push(`${splitterTitle} was reloaded or restarted by somebody; its counters began anew`);
		if (now.missed > 0) gaps.push(`${now.missed} requests are missing from the log of ${splitterTitle}`);
		const since = (side: Side) => shareSince(isSame ? before.totals[side] : undefined, now.totals[side]);
		return {served: now.served, difference: {stable: since('stable'), canary: since('canary')}};
	}

	function tellInstances(instances: readonly InstanceObservation[], gaps: string[]) {
		const deltas: {readonly side: Side; readonly delta: InstanceDelta}[] = [];
		let canaryRestarts = 0;
		for (const {url, side, counts: told} of instances) {
			if (told === undefined) continue;
			if ('why' in told) {
				gaps.push(`${url} does not tell its metrics: ${told.why}`);
				continue;
			}
			const before = counts.get(url);
			counts.set(url, told.value);
			if (before === undefined) continue;
			const delta = instanceDelta(before, told.value);
			if (delta.hasRestarted) {
				gaps.push(`${url} (${side}) was restarted`);
				if (side === 'canary') canaryRestarts++;
			}
			deltas.push({side, delta});
		}
		return {shares: sharesOf(deltas), latency: latencyOf(deltas), canaryRestarts};
	}
}

function shareSince(before: SideTotals | undefined, now: SideTotals): Share {
	const trials = now.requests - (before?.requests ?? 0);
	const events = now.errors - (before?.errors ?? 0);
	// Totals that fell under one name of the configuration: what they are now was counted since.
	if (trials < 0 || events < 0) return {trials: now.requests, events: now.errors};
	return {trials, events: Math.min(events, trials)};
}

type SideDelta = {readonly side: Side; readonly delta: InstanceDelta};

/** Measures that both sides told. */
function sharesOf(deltas: readonly SideDelta[]): Record<string, Stratum> {
	const sums: Record<Side, Record<string, Share>> = {stable: {}, canary: {}};
	for (const {side, delta} of deltas) {
		for (const [name, share] of Object.entries(delta.shares)) {
			sums[side][name] = addShares(sums[side][name] ?? NOTHING, share);
		}
	}
	const shares: Record<string, Stratum> = {};
	for (const [name, stable] of Object.entries(sums.stable)) {
		const canary = sums.canary[name];
		if (canary !== undefined) shares[name] = {stable, canary};
	}
	return shares;
}

function latencyOf(deltas: readonly SideDelta[]): Record<Side, Histogram> | undefined {
	const sums: Partial<Record<Side, Histogram>> = {};
	for (const {side, delta} of deltas) {
		const sum = sums[side];
		if (delta.latency === undefined) continue;
		sums[side] = sum === undefined ? delta.latency : addHistograms(sum, delta.latency);
	}
	const {stable, canary} = sums;
	const isComparable = stable !== undefined && canary !== undefined && stable.edgesMs.length === canary.edgesMs.length;
	return isComparable ? {stable, canary} : undefined;
}

/** Whether a look tells anything of what the canary does. */
export function tellsOfCanary({look, canaryAnswers}: Pick<Sight, 'look' | 'canaryAnswers'>): boolean {
	return canaryAnswers !== undefined || Object.keys(look.measures).length > 0;
}
