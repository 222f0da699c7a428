import type {Host} from '../kernel/host.js';
import {SHARE_STEPS, type WantedSplit} from '../ports/splitter/gateway-wire.js';

/** Who gets the canary, and until when. Held in memory only: a gateway that starts anew starts at 0 %. */
export type Split = {
	/** Whether a client with this bucket, 0 to 9999, goes to the canary at this moment. */
	isForCanary(bucket: number): boolean;
	set(wanted: WantedSplit): void;
	read(): {readonly share: number; readonly leaseMs: number; readonly owner: string | null};
};

/** A split at 0 %. The lease is measured by a clock that nobody can set. */
export function makeSplit(host: Pick<Host, 'monotonicMs'>): Split {
	let steps = 0;
	let endsAt = host.monotonicMs();
	let owner: string | null = null;
	return {
		isForCanary: (bucket) => bucket < steps && host.monotonicMs() < endsAt,
		set(wanted) {
			// The little is for what binary fractions lose: 0.29 * 10000 is 2899.99….
			steps = Math.floor(wanted.share * SHARE_STEPS + 1e-6);
			endsAt = host.monotonicMs() + wanted.leaseMs;
			owner = wanted.owner;
		},
		read: () => ({share: steps / SHARE_STEPS, leaseMs: Math.max(0, endsAt - host.monotonicMs()), owner}),
	};
}
