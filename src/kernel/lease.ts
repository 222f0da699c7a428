import type {Host} from './host.js';

/** Who holds the lease; shown to whoever finds it held. */
export type LeaseHolder = {
	/** A nonce: what `release unlock <id>` takes. */
	readonly id: string;
	readonly host: string;
	readonly pid: number;
	/** When that process started, as the operating system tells it; a reused pid has another. */
	readonly pidStartedAt: string | undefined;
	readonly command: string;
	/** The CI job's page, where there is one. */
	readonly url: string | undefined;
	/** Milliseconds since the epoch on the holder's clock; for people only. */
	readonly since: number;
};

export type LeaseState = {
	readonly holder: LeaseHolder | undefined;
	/** Grows by one with every acquisition, for ever. */
	readonly token: number;
	/** Left until it expires, by the store's own clock; 0 or less is expired. */
	readonly remainingMs: number;
};

/** Where the lease lives: a document in the state database, or a ref on the git remote. Every call is one atomic act. */
export type LeaseStore = {
	read(): Promise<LeaseState | undefined>;
	/** Takes a lease that is free or expired; undefined when somebody holds it. */
	acquire(holder: LeaseHolder, ttlMs: number): Promise<{readonly token: number} | undefined>;
	/** Takes the lease from the holder with this token, expired or not; undefined when it has changed hands meanwhile. */
	takeOver(fromToken: number, holder: LeaseHolder, ttlMs: number): Promise<{readonly token: number} | undefined>;
	/** Extends it; false when it is no longer ours. */
	renew(id: string, token: number, ttlMs: number): Promise<boolean>;
	/** The fencing check: false when it is no longer ours. Checked before each effect and each write of a migration. */
	check(id: string, token: number): Promise<boolean>;
	/** Gives it back if it is still ours. */
	release(id: string, token: number): Promise<void>;
};

/** A lease that is held and renews itself until released or lost. */
export type Lease = {
	readonly holder: LeaseHolder;
	readonly token: number;
	/** @throws SastaError LEASE_LOST when another run has taken it */
	assertHeld(): Promise<void>;
	/** Gives it back; never fails, for a lease ends by itself. */
	release(): Promise<void>;
};

export type LeaseHost = Pick<Host, 'sleep' | 'monotonicMs' | 'emit'>;
