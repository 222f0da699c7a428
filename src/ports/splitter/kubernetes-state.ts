import {ANNOTATION, notASplit, type Route, type RouteNames, shareOf} from './kubernetes-route.js';
import type {SplitterState} from './splitter.js';

/** A lease that ends later is none that was ever set: a clock that jumps back must not make one last for ever. */
export const LONGEST_LEASE_MS = 3_600_000;
const CLOCK_STEP_MS = 1000;

/** All that is ours taken away. */
export const NO_LEASE: Readonly<Record<string, undefined>> = {
	[ANNOTATION.owner]: undefined,
	[ANNOTATION.leaseUntil]: undefined,
	[ANNOTATION.lapsedShare]: undefined,
};

/**
 * Whether the last to write the route's spec was sastaops: Kubernetes counts every change of a spec, and each of ours notes
 * the number that it makes.
 */
export function isKept({annotations, generation}: Route): boolean {
	return annotations[ANNOTATION.generation] === String(generation);
}

/** Undefined where there is no lease; 0 where it has ended, cannot be read, or is none that sastaops sets. */
export function leaseLeftMs({annotations}: Route, serverMs: number): number | undefined {
	const until = annotations[ANNOTATION.leaseUntil];
	if (until === undefined) return undefined;
	const leftMs = Date.parse(until) - serverMs;
	return leftMs > 0 && leftMs <= LONGEST_LEASE_MS + CLOCK_STEP_MS ? leftMs : 0;
}

/**
 * What the route says, in the words of the port. A lease that has ended is 0 only once the watchdog has taken the traffic
 * away; until then a millisecond, as the canary is still served. After that `share` is what it would get again, as of any
 * splitter whose lease has ended.
 * @throws SastaError SPLITTER_UNKNOWN where it divides nothing
 */
export function stateOf(
	{route, serverMs}: {readonly route: Route; readonly serverMs: number},
	name: string,
	names: RouteNames,
): SplitterState {
	const share = shareOf(route);
	if (share === undefined) throw notASplit(route, name, names);
	const {annotations, uid} = route;
	const setBy = annotations[ANNOTATION.owner];
	const owner = setBy === undefined || isKept(route) ? setBy : (route.lastStranger ?? 'somebody else');
	const lapsed = isKept(route) && share === 0 ? Number(annotations[ANNOTATION.lapsedShare]) : Number.NaN;
	const leftMs = leaseLeftMs(route, serverMs);
	if (share > 0)
		return {share, leaseMs: leftMs === undefined ? undefined : Math.max(1, leftMs), owner, incarnation: uid};
	return {
		share: lapsed > 0 && lapsed <= 1 ? lapsed : 0,
		leaseMs: lapsed > 0 ? 0 : (leftMs ?? 0),
		owner,
		incarnation: uid,
	};
}
