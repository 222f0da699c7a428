import type {Share} from '../stats/odds-likelihood.js';
import type {Histogram} from './histogram.js';
import type {InstanceCounts} from './measures.js';

/** What one instance did between two readings. */
export type InstanceDelta = {
	/** It started anew in between: what it has counted since is what is known. */
	readonly hasRestarted: boolean;
	readonly shares: Readonly<Record<string, Share>>;
	readonly latency: Histogram | undefined;
};

/**
 * The difference of two readings of one instance. A counter that fell, or another start time, is a restart: what it holds now
 * was counted since. A counter that was not there before began at 0.
 */
export function instanceDelta(before: InstanceCounts, after: InstanceCounts): InstanceDelta {
	const fell = Object.entries(after.counters).some(([key, value]) => value < (before.counters[key] ?? 0));
	const hasRestarted = fell || (before.startedAt !== undefined && before.startedAt !== after.startedAt);
	const differences: Record<string, number> = {};
	for (const [key, value] of Object.entries(after.counters)) {
		const difference = value - (hasRestarted ? 0 : (before.counters[key] ?? 0));
		if (Number.isFinite(difference)) differences[key] = Math.round(difference);
	}
	return {hasRestarted, shares: sharesOf(differences), latency: histogramOfBuckets(differences)};
}

function sharesOf(differences: Readonly<Record<string, number>>): Record<string, Share> {
	const shares: Record<string, Share> = {};
	for (const [key, trials] of Object.entries(differences)) {
		if (!key.endsWith('.total')) continue;
		const name = key.slice(0, -'.total'.length);
		const bad = differences[`${name}.bad`];
		const good = differences[`${name}.good`];
		// A family without a series for what is bad has none yet; one without tries at all is missing.
		const events = good === undefined ? (bad ?? 0) : trials - good;
		shares[name] = {trials, events: Math.min(Math.max(events, 0), trials)};
	}
	return shares;
}

/** Cumulative `le` buckets in seconds as counts by edge in milliseconds. */
function histogramOfBuckets(differences: Readonly<Record<string, number>>): Histogram | undefined {
	const buckets = Object.entries(differences)
		.flatMap(([key, count]) =>
			key.startsWith('latency.') ? [{le: Number(key.slice('latency.'.length).replace('+Inf', 'Infinity')), count}] : [],
		)
		.sort((a, b) => a.le - b.le);
	if (buckets.length < 2) return undefined;
	const edgesMs = buckets.filter(({le}) => Number.isFinite(le)).map(({le}) => Number((le * 1000).toPrecision(6)));
	const counts = buckets.map(({count}, index) => Math.max(0, count - (buckets[index - 1]?.count ?? 0)));
	return {edgesMs, counts: edgesMs.length === counts.length ? [...counts, 0] : counts};
}
