import type {Host} from '../kernel/host.js';
import {readHealth} from '../ports/http-probe.js';
import type {SplitterState, TrafficReading} from '../ports/splitter/splitter.js';
import {addShares, NOTHING, type Share} from '../stats/odds-likelihood.js';
import {instanceDelta} from './instance-delta.js';
import type {InstanceCounts} from './measures.js';
import {type InstanceObservation, instancesOf, observe, type Told} from './observe.js';
import type {CanaryPorts} from './open-context.js';
import type {TrafficFacts} from './plan.js';

/** What there is before a canary begins; nothing is changed to learn it. */
export type CanaryFacts = {
	readonly splitter: Told<SplitterState>;
	readonly stable: readonly InstanceObservation[];
	readonly canary: readonly InstanceObservation[];
	/** What the stable instances say they run; undefined where they do not tell, or not the same. */
	readonly stableVersion: string | undefined;
	readonly measures: readonly string[];
	readonly traffic: TrafficFacts;
	readonly clockSkewMs: number;
	/** Whether the front door answers; undefined where its address is not known. */
	readonly front: {readonly isHealthy: boolean; readonly words: string} | undefined;
};

/** How long the splitter is watched where no instance tells how much traffic there is. */
const GLANCE_MS = 3000;

/** Asks splitter, instances and front door, all at once. Never rejects for what does not answer. */
export async function gatherCanaryFacts(
	{ports, stable, canary}: {ports: CanaryPorts; stable: readonly string[]; canary: readonly string[]},
	host: Host,
): Promise<CanaryFacts> {
	const {splitter, measures, healthPath, metricsPath, metricsToken, headers, frontUrl} = ports;
	const instances = instancesOf({stable, canary});
	const terms = {splitter, instances, measures, healthPath, metricsPath, metricsToken, headers, timeoutMs: 5000};
	const [first, front] = await Promise.all([
		observe(terms, host),
		frontUrl === undefined ? undefined : readHealth({url: frontUrl, headers}, host),
	]);
	const stables = first.instances.filter(({side}) => side === 'stable');
	const counted = stables.flatMap(({counts}) => (counts !== undefined && 'value' in counts ? [counts.value] : []));
	const told = trafficOf(counted, first.atMs);
	const traffic =
		told.requestsPerSecond === undefined && 'value' in first.traffic
			? {...told, requestsPerSecond: await glance(splitter, first.traffic.value, host)}
			: told;
	const versions = new Set(stables.map(({health}) => health.version));
	return {
		splitter: first.splitter,
		stable: stables,
		canary: first.instances.filter(({side}) => side === 'canary'),
		stableVersion: versions.size === 1 ? [...versions][0] : undefined,
		measures: measuresTold(counted, 'value' in first.traffic ? first.traffic.value : undefined),
		traffic,
		clockSkewMs: 'value' in first.traffic ? first.traffic.value.atMs - first.atMs : 0,
		front,
	};
}

async function glance(
	splitter: CanaryPorts['splitter'],
	before: TrafficReading,
	host: Host,
): Promise<number | undefined> {
	await host.sleep(GLANCE_MS, host.signal);
	const after = await splitter.observe().catch(() => undefined);
	if (after === undefined || after.incarnation !== before.incarnation) return undefined;
	const total = ({totals}: TrafficReading) => totals.stable.requests + totals.canary.requests;
	return ((total(after) - total(before)) * 1000) / Math.max(1, after.atMs - before.atMs);
}

/** Means since the instances started: a plan needs no more. */
function trafficOf(counted: readonly InstanceCounts[], nowMs: number): TrafficFacts {
	const nothing: InstanceCounts = {startedAt: undefined, counters: {}, loopDelay: undefined};
	let requestsPerSecond: number | undefined;
	const sums: Record<string, Share> = {};
	for (const counts of counted) {
		const {shares} = instanceDelta(nothing, counts);
		const seconds = counts.startedAt === undefined ? undefined : nowMs / 1000 - counts.startedAt;
		const requests = shares['errors']?.trials;
		if (requests !== undefined && seconds !== undefined && seconds > 0)
			requestsPerSecond = (requestsPerSecond ?? 0) + requests / seconds;
		for (const [name, share] of Object.entries(shares)) sums[name] = addShares(sums[name] ?? NOTHING, share);
	}
	const requests = sums['errors']?.trials ?? 0;
	const measures = Object.fromEntries(
		Object.entries(sums)
			.filter(([, {trials}]) => trials > 0 && requests > 0)
			.map(([name, {trials, events}]) => [name, {triesPerRequest: trials / requests, badShare: events / trials}]),
	);
	return {requestsPerSecond, measures};
}

function measuresTold(counted: readonly InstanceCounts[], traffic: TrafficReading | undefined): string[] {
	const names = counted.flatMap((counts) => [
		...Object.keys(counts.counters).flatMap((key) => (key.endsWith('.total') ? [key.slice(0, -'.total'.length)] : [])),
		...(Object.keys(counts.counters).some((key) => key.startsWith('latency.')) ? ['latency'] : []),
		...(counts.loopDelay === undefined ? [] : ['event-loop']),
	]);
	if (traffic !== undefined) names.push('errors');
	if (traffic?.served !== undefined) names.push('latency');
	return [...new Set(names)];
}
