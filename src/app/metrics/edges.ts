/**
 * Upper bounds of latency, in milliseconds. Every objective's threshold is one of them (objectives.ts proves it): a
 * share is then counted, not estimated.
 */
export const LATENCY_EDGES_MS = [
	5, 10, 25, 50, 100, 200, 300, 500, 750, 1000, 1500, 2000, 2500, 3000, 5000, 10_000,
] as const;

/** From a few seconds to half an hour: how long customers take to pay. In seconds. */
export const PAYMENT_EDGES_SECONDS = [1, 5, 15, 30, 60, 120, 300, 600, 900, 1800] as const;

/** Waiting for a connection of the pool: nothing, as a rule. In seconds. */
export const POOL_WAIT_EDGES_SECONDS = [0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const;

/** The name of a latency's bucket among counts: its edge, `inf` above the last. */
export function bucketOf(ms: number): string {
	for (const edge of LATENCY_EDGES_MS) if (ms <= edge) return String(edge);
	return 'inf';
}
