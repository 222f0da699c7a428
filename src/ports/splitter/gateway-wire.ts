import * as z from 'zod';

/** What the gateway's admin endpoint and its client say to each other. */
export const GATEWAY_KIND = 'sastaops-gateway';

/** Shares are kept in steps of 0.01 %, rounded down: never more than was asked for. */
export const SHARE_STEPS = 10_000;

const MOST_LEASE_MS = 24 * 3_600_000;

/** `PUT /split`. */
export const wantedSplit = z.strictObject({
	share: z.number().min(0).max(1),
	leaseMs: z.number().min(0).max(MOST_LEASE_MS),
	owner: z.string().max(200).nullable(),
});

/** `GET /split`, and the answer to `PUT /split`. */
export const splitAnswer = z.object({
	kind: z.literal(GATEWAY_KIND),
	incarnation: z.string().min(1),
	share: z.number().min(0).max(1),
	/** Left of the lease; 0 where it has run out: then the share does not count. */
	leaseMs: z.number().min(0),
	owner: z.string().nullable(),
});

const sideTotals = z.object({requests: z.number(), errors: z.number()});

/** `GET /totals`. */
export const totalsAnswer = z.object({
	kind: z.literal(GATEWAY_KIND),
	incarnation: z.string().min(1),
	atMs: z.number(),
	totals: z.object({stable: sideTotals, canary: sideTotals}),
	/** Requests of the canary's share that a stable instance answered, as no canary took the connection. */
	rescued: z.number(),
});

const servedRequest = z.object({
	side: z.enum(['stable', 'canary']),
	atMs: z.number(),
	method: z.string(),
	path: z.string(),
	status: z.number(),
	durationMs: z.number(),
	client: z.string(),
	isAborted: z.boolean(),
});

/** `GET /served?after=<cursor>&of=<incarnation>`. */
export const servedAnswer = totalsAnswer.extend({
	served: z.array(servedRequest),
	/** The cursor to go on from. */
	next: z.number(),
	/** Whether there is nothing behind `next` yet. */
	isLast: z.boolean(),
	/** Requests behind the cursor that are not kept any more. */
	missed: z.number(),
});

export type WantedSplit = z.infer<typeof wantedSplit>;
export type SplitAnswer = z.infer<typeof splitAnswer>;
export type TotalsAnswer = z.infer<typeof totalsAnswer>;
export type ServedAnswer = z.infer<typeof servedAnswer>;
