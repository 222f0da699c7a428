/** The two sides traffic is divided between: the version that runs, and the one on trial. */
export type Side = 'stable' | 'canary';

export const SIDES: readonly Side[] = ['stable', 'canary'];

/** What a splitter says of itself; read from the running proxy, never from what was last sent. */
export type SplitterState = {
	/** Share of the traffic that goes to the canary while the lease lasts, 0 to 1. */
	readonly share: number;
	/**
	 * Left until the canary falls to 0 by itself, in milliseconds by the splitter's own clock: 0 where it has run out.
	 * Undefined where nothing in the splitter expires.
	 */
	readonly leaseMs: number | undefined;
	/** Who set it last, where the splitter can keep that: the run's name, to tell a stranger's change. */
	readonly owner: string | undefined;
	/**
	 * Names this life of the running configuration: another one means a reload or a restart by somebody, after which
	 * counters may begin anew.
	 */
	readonly incarnation: string;
	/** What is not as it should be and may change the split, in words for people; undefined as a rule. */
	readonly doubt?: string;
};

/** Whether the canary gets anything now. */
export function isServing({share, leaseMs}: Pick<SplitterState, 'share' | 'leaseMs'>): boolean {
	return share > 0 && leaseMs !== 0;
}

/** One finished request as the splitter saw it. */
export type ServedRequest = {
	readonly side: Side;
	/** Milliseconds since the epoch by the splitter's clock, when it ended. */
	readonly atMs: number;
	readonly method: string;
	/** Without its query. */
	readonly path: string;
	/** What the client was sent; 0 where there was no answer to send (client gone: see `isAborted`). */
	readonly status: number;
	/** From the request's last byte to the answer's last byte. */
	readonly durationMs: number;
	/** A pseudonym of who asked (cookie, else address), so that one incident is counted once; never shown. */
	readonly client: string;
	/** The client went away before the answer: nobody's error. */
	readonly isAborted: boolean;
};

/** What a side has served since `incarnation` began, by the proxy's own counters (or its log from the first reading on). */
export type SideTotals = {
	readonly requests: number;
	/** Answers with a 5xx status, and requests that no server answered. */
	readonly errors: number;
};

/** What was seen since the last reading. */
export type TrafficReading = {
	/** Milliseconds since the epoch by the splitter's clock. */
	readonly atMs: number;
	readonly incarnation: string;
	readonly totals: Readonly<Record<Side, SideTotals>>;
	/** Undefined where the splitter gives no single requests, only totals. */
	readonly served: readonly ServedRequest[] | undefined;
	/** Requests known to be missing from `served`: a log that was overwritten or cut. 0 as a rule. */
	readonly missed: number;
};

/** What divides traffic. Every adapter proves what it did by reading it back. */
export type Splitter = {
	readonly kind: string;
	/** For people: `HAProxy at /run/haproxy/admin.sock`. */
	readonly title: string;
	/** Whether a shopper stays on one side while the share does not change, and never goes back from the canary when it grows. */
	readonly isSticky: boolean;
	/** The shortest lease that makes sense, in milliseconds: how coarse its clock is, how dear a renewal. */
	readonly shortestLeaseMs: number;
	/** @throws SastaError SPLITTER_UNREACHABLE, SPLITTER_UNKNOWN where it is not set up as its template says */
	read(): Promise<SplitterState>;
	/**
	 * Sets the share and a lease that ends `leaseMs` from now by the splitter's clock, and reads both back. A renewal is the
	 * same call with the same share.
	 * @throws SastaError SPLITTER_UNREACHABLE, SPLITTER_REFUSED (it stays as it was), SPLITTER_UNPROVED (reads back otherwise)
	 */
	set(wanted: {readonly share: number; readonly leaseMs: number; readonly owner: string}): Promise<SplitterState>;
	/** Requests since the last call, and totals. The first call begins: its `served` is empty. */
	observe(): Promise<TrafficReading>;
	/** Share 0 and no lease, read back. Safe from any state, and again. Throws as `set` does. */
	revert(): Promise<SplitterState>;
	close(): Promise<void>;
};
