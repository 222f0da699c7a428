import type {TaggedVersion} from '../version.js';

/** Names that a restore works under inside the shop's database; a backup never holds them. */
export type StagingNames = {
	/** Restored collections, until they go live. */
	readonly staged: string;
	/** What was live, kept until the end. */
	readonly before: string;
};

/** What goes back to a backup, and what that costs. */
export type DataRollback = {
	readonly database: string;
	readonly backup: string;
	/** ISO 8601; from then on what was written is lost to the shop, and kept in the safety backup. */
	readonly backupAt: string;
	readonly backupSha256: string;
	readonly estimatedBytes: number;
	readonly names: StagingNames;
	readonly safetyBackup: string;
};

/** A rollback, decided: plain data, written into the journal and run from there. */
export type RollbackPlan = {
	readonly planVersion: number;
	readonly kind: 'rollback';
	readonly run: string;
	/** Milliseconds since the epoch. */
	readonly createdAt: number;
	readonly shop: string;
	readonly environment: string;
	/** Where it goes back to. */
	readonly version: string;
	readonly target: TaggedVersion;
	/** Releases above it, greatest first: what is taken back. */
	readonly releases: readonly TaggedVersion[];
	/** Null when the data stays. */
	readonly data: DataRollback | null;
	/** Migrations the target's code does not know, all of the expand phase when the data stays. */
	readonly migrationsSince: readonly {readonly id: string; readonly phase: string}[];
	readonly deploy: {readonly title: string} | null;
	readonly health: {readonly url: string; readonly timeoutMs: number; readonly intervalMs: number} | null;
	readonly github: {readonly repository: string} | null;
	/** A release run past its push that this rollback ends. */
	readonly endsRun: string | null;
	readonly configHash: string;
};
