import type {Host} from '../kernel/host.js';

/** Thrown instead of sending what would go over the budget, or what a target has asked us not to send. */
export class NotSent extends Error {
	override readonly name = 'NotSent';
	readonly why: 'budget' | 'rate-limited' | 'live';
	constructor(why: NotSent['why'], message: string) {
		super(message);
		this.why = why;
	}
}

export type BudgetLimits = {
	/** Requests and handshakes a second; `Infinity` for a target on this machine or network. */
	readonly perSecond: number;
	/** Of the whole run. */
	readonly total: number;
	/** At once. */
	readonly parallel: number;
};

/** What may be sent to the target, for all checks together. */
export type Budget = {
	/** Waits until one more may be sent, then sends it. @throws NotSent */
	spend<T>(send: () => Promise<T>): Promise<T>;
	/** Sends nothing before then: a 429 with Retry-After. */
	pauseUntil(atMs: number): void;
	/** Nothing more is sent by `spend`. */
	close(why: NotSent): void;
	readonly spent: () => number;
};

/** A bucket of one token: requests are spread evenly, none is saved up. */
export function makeBudget(
	{perSecond, total, parallel}: BudgetLimits,
	host: Pick<Host, 'monotonicMs' | 'sleep' | 'signal'>,
): Budget {
	let spent = 0;
	let nextAtMs = host.monotonicMs();
	let running = 0;
	let closed: NotSent | undefined;
	const waiting: (() => void)[] = [];

	return {
		async spend(send) {
			if (running >= parallel) await new Promise<void>((resolve) => waiting.push(resolve));
			else running++;
			try {
				await takeTurn();
				return await send();
			} finally {
				const next = waiting.shift();
				if (next === undefined) running--;
				else next();
			}
		},
		pauseUntil(atMs) {
			nextAtMs = Math.max(nextAtMs, atMs);
		},
		close(why) {
			closed ??= why;
		},
		spent: () => spent,
	};

	async function takeTurn(): Promise<void> {
		if (closed !== undefined) throw closed;
		if (spent >= total) {
			throw new NotSent('budget', `all ${total} requests of the budget are used`);
		}
		spent++;
		// Each takes its place in the row before it waits: two that wake together must not go together.
		const startAtMs = Math.max(nextAtMs, host.monotonicMs());
		nextAtMs = startAtMs + 1000 / perSecond;
		const waitMs = startAtMs - host.monotonicMs();
		if (waitMs > 0) await host.sleep(waitMs, host.signal);
		if (closed !== undefined) throw closed;
	}
}
